"""The pages that people follow with their hands: everything that they name is there."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from landbridge.adapters.price_table import read_prices
from landbridge.cli.main import app
from landbridge.configuration.fields import field_named
from landbridge.domain.cost import bill_of, share_of
from landbridge.domain.cost_made import PrimaryFacts, made_counts
from tests.deploy.test_bicep import parsed
from tests.docs.commands import ROOT, Page, read_page

PAGES = [read_page(f"{name}.md") for name in ("first-day", "runbook", "security", "limits")]
EACH = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
(DAY, *_) = PAGES
# Folders that a command of the page makes, and what they are copies of.
COPIES = {
    "build/deploy/both-azure": "deploy/both",
    "build/deploy/postgresql-azure": "deploy/postgresql",
    "build/deploy": "deploy",
}
# The ids of one workload's stacks.
STACKS = set(
    re.findall(
        r'Stack\(\s+app,\s+f"\{beginning\}(\w+)"',
        (ROOT / "stacks" / "application.py").read_text(),
    )
)


def original(path: str) -> str:
    """Return what a path is a copy of, or the path itself."""
    for copy, own in COPIES.items():
        if path.startswith(copy):
            path = path.replace(copy, own, 1)
    return path.rstrip("./")


def outputs_of(module: str) -> set[str]:
    """Return the outputs that a stack's module names."""
    text = (ROOT / "stacks" / module).read_text()
    return set(re.findall(r'^\s*\(?"([A-Z]\w+)"[,:]', text, re.MULTILINE))


@EACH
def test_every_file_and_folder_is_there(page: Page) -> None:
    """Each path of the repository that is named, in commands and in the text."""
    folders = "(?:build/)?deploy|lab|tests|docs|landbridge/(?:domain|database_pod)"
    named = re.findall(rf"(?<![\w/.-])((?:{folders})/[\w./-]+)", page.text)
    assert [path for path in named if not (ROOT / original(path)).exists()] == []
    if page is DAY:
        assert len(set(named)) > 20


@EACH
def test_every_command_of_landbridge_takes_its_options(page: Page) -> None:
    """Each `landbridge ...` is a command, or a group's, that has the options it is shown with."""
    root: Any = typer.main.get_command(app)
    for words in page.commands("landbridge"):
        if not words or not words[0].islower() or not words[0].isalpha():
            continue
        command, *rest = words
        assert command in root.commands, words
        found = root.commands[command]
        if hasattr(found, "commands"):
            found = found.commands[rest[0]]
        options = {option for one in found.params for option in one.opts}
        assert {word.rstrip('",.') for word in rest if word.startswith("--")} <= options, words


@EACH
def test_every_target_of_make_is_there(page: Page) -> None:
    """Each `make TARGET`."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {words[0] for words in page.commands("make") if words}
    assert named <= targets


def test_every_stack_that_is_deployed_is_one_of_the_app() -> None:
    """`cdk deploy` and `cdk destroy` name stacks of the app, the first all that are needed."""
    assert len(STACKS) == 7
    named: dict[str, set[str]] = {"deploy": set(), "destroy": set()}
    for words in DAY.commands("cdk"):
        if words and words[0] in named:
            names = {word for word in words[1:] if word[:1].isalpha()}
            assert names <= STACKS, words
            named[words[0]] |= names
    assert named["deploy"] == named["destroy"] == STACKS - {"GameDay"}


def test_every_output_that_is_asked_for_comes_out() -> None:
    """Of the stack Primary, and of Azure's three deployments, by name."""
    asked = {words[0].rstrip(")\"'") for words in DAY.commands("primary") if words}
    asked |= set(re.findall(r"\$\(primary (\w+)\)", DAY.text))
    names = {name for name in asked if name[0].isupper()}
    assert len(names) >= 6
    made = outputs_of("primary_stack.py") | {"VpnConnection1", "VpnConnection2"}
    assert names <= made
    azure = set(re.findall(r"\bazure (standby|main|link) (\w+)", DAY.text))
    assert len(azure) >= 7
    for deployment, output in azure:
        assert output in parsed(f"{deployment}.bicep")["outputs"], output


def test_what_azure_is_given_is_what_it_takes() -> None:
    """The keys' file has every parameter of link.bicep without a default, and no other."""
    (block,) = re.findall(r"parameters: \{(.*?)\n  \}", DAY.shell, re.DOTALL)
    given = set(re.findall(r"^\s+(\w+): \{value", block, re.MULTILINE))
    declared = parsed("link.bicep")["parameters"]
    assert given <= set(declared)
    assert {name for name, one in declared.items() if one["default"] is None} <= given
    named = {
        one.partition(".")[0] for one in re.findall(r"^\| `([\w.]+)` \|", DAY.text, re.MULTILINE)
    }
    known = set(parsed("main.bicep")["parameters"])
    assert named <= known
    assert {"applicationId", "awsIssuer", "awsSubject", "clusterIssuers", "site"} <= named


@EACH
def test_every_field_of_the_configuration_is_one(page: Page) -> None:
    """What is written as a dotted field of cdk.json exists there."""
    roots = ("primary", "eks", "databases", "sites", "function_app", "database_pod", "recovery")
    named = re.findall(rf"`((?:{'|'.join(roots)})(?:\.[a-z_]+)*)`", page.text)
    assert [name for name in named if field_named(name) is None] == []


def test_what_the_databases_pods_are_told_is_what_their_manifests_read() -> None:
    """Each ConfigMap and Secret that the manifests name is made, with the keys that they use."""
    made = set(re.findall(r"create (?:secret (?:generic|tls)|configmap) ([\w-]+)", DAY.shell))
    wanted = set()
    for file in (ROOT / "deploy").glob("*/*.yaml"):
        text = file.read_text()
        wanted |= set(
            re.findall(r"(?:secretName|secretRef|configMapRef):\s+(?:name: )?([\w-]+)", text)
        )
    # The page of rehearsals makes its own, and the templates of Jobs are no settings.
    assert wanted - made - {"orders-rehearsal-settings"} == set()
    for file in ("postgresql.conf", "landbridge.conf", "pg_hba.conf"):
        assert f"$folder/{file}" in DAY.shell
    stateful = (ROOT / "deploy" / "both" / "database.yaml").read_text()
    for key in re.findall(r"[A-Z]+_[A-Z_]+", stateful.partition("apiVersion")[0]):
        assert f"--from-literal={key}=" in DAY.shell, key


def test_everything_in_deploy_is_applied() -> None:
    """No manifest is left lying: each is in a command, at the site that it is for."""
    applied = set(re.findall(r"build/(deploy/[\w-]+/[\w-]+\.yaml)", DAY.shell))
    for site in ("aws", "azure"):
        applied |= {one.replace("$site", site) for one in
                    re.findall(r"build/(deploy/\$site/[\w-]+\.yaml)", DAY.shell)}  # fmt: skip
    applied = {one.replace("both-azure", "both") for one in applied}
    files = {file.relative_to(ROOT).as_posix() for file in (ROOT / "deploy").glob("*/*.yaml")}
    assert files == applied


def test_each_name_in_a_command_is_an_object_of_the_manifests() -> None:
    """Pods, sets, Jobs and Deployments that kubectl is told of exist under that name."""
    every = {
        (one["kind"].lower(), one["metadata"]["name"])
        for file in (ROOT / "deploy").glob("*/*.yaml")
        for one in yaml.safe_load_all(file.read_text())
    } | {("job", "orders-rebuild"), ("pod", "orders-database-0"), ("pvc", "data-orders-database-0")}
    lines = "\n".join(line for line in DAY.shell.splitlines() if "kubectl" in line)
    named = re.findall(r"\b(statefulset|job|deployment|pvc|pod)[ /]([a-z][\w-]+)", lines)
    assert len(named) > 8
    assert {one for one in named if one not in every} == set()


def test_the_figures_are_those_of_the_command() -> None:
    """With the part `primary` as it is by default, and its VPN: today's prices."""
    table, _ = read_prices(ROOT / "prices.json")
    facts = PrimaryFacts("m5.xlarge", 4, 50, 2, vpn=True)
    counts = made_counts(facts)
    primary, warm = (bill_of(counts[name], table, name) for name in ("primary", "warm"))
    without = bill_of(made_counts(replace(facts, vpn=False))["warm"], table, "warm")
    share = share_of(warm, primary)
    assert share is not None
    said = (
        f"primary {primary.usd:.2f}, warm standby {warm.usd:.2f} USD a month, {share:.1%}".replace(
            "%", " %"
        )
    )
    assert said in DAY.text
    assert f"of the standby {warm.usd - without.usd:.2f} are the way" in DAY.text


@EACH
def test_every_link_leads_somewhere(page: Page) -> None:
    """Pages beside this one, and headings in them."""
    for target, _, heading in re.findall(r"\]\(([\w.-]*)(#?)([\w-]*)\)", page.text):
        file = ROOT / "docs" / (target or page.name)
        assert file.exists(), target
        if heading:
            assert heading in _anchors(file), f"{target}#{heading}"


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", one.lower()) for one in headings)
    return {one.replace(" ", "-") for one in plain}


def test_the_page_of_limits_leaves_nothing_open() -> None:
    """Each row says what happens; the last cell may be empty where nothing can be done."""
    text = (ROOT / "docs" / "limits.md").read_text()
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 15
    assert all(len(row) >= 3 and all(cell.strip(" |") for cell in row[:2]) for row in rows)


def test_the_examples_are_json() -> None:
    """Both parameter files, as Azure's CLI reads them."""
    for name in ("main", "standby"):
        file = ROOT / "deploy" / "azure" / "bicep" / f"{name}.parameters.json"
        assert json.loads(file.read_text())["parameters"]


# What the AWS CLI has beside the services' own operations, and what each of its commands takes.
CLI_ALONE = {
    ("eks", "update-kubeconfig"): {"--name", "--alias"},
    ("ecr", "get-login-password"): set(),
}
CLI_WIDE = {"--region", "--query", "--output"}
# Options that the CLI calls otherwise than the service does.
CLI_NAMES = {("sns", "subscribe"): {"--notification-endpoint"}}


@EACH
def test_every_call_of_aws_is_one_that_aws_takes(page: Page) -> None:
    """Service, operation and options, by the published models of the services."""
    loader = Loader()
    for words in page.commands("aws"):
        if len(words) < 2 or not words[0].isalnum():
            continue
        service, operation = words[0], words[1].rstrip(")\"'")
        options = {word.partition("=")[0].rstrip(")\"'") for word in words if word[:2] == "--"}
        known = CLI_ALONE.get((service, operation))
        if known is None:
            model = ServiceModel(loader.load_service_model(service, "service-2"), service)
            names = {xform_name(one, "-"): one for one in model.operation_names}
            assert operation in names, words
            shape = model.operation_model(names[operation]).input_shape
            members = shape.members if shape is not None else {}
            known = {f"--{xform_name(one, '-')}" for one in members}
            known |= {f"--no-{one[2:]}" for one in known}
            known |= CLI_NAMES.get((service, operation), set())
        assert options - CLI_WIDE <= known, words
