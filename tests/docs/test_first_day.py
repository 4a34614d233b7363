"""The pages that people follow with their hands: everything that they name is there."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from landbridge.adapters.price_table import read_prices
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
    """Each path of the repository in a command; those in the text are in test_pages."""
    folders = "(?:build/)?deploy|lab|tests|docs|landbridge/(?:domain|database_pod)"
    named = re.findall(rf"(?<![\w/.-])((?:{folders})/[\w./-]+)", page.shell)
    assert [path for path in named if not (ROOT / original(path)).exists()] == []
    if page is DAY:
        assert len(set(named)) > 20


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


# Addresses, names and images that stand for somebody's own.
EXAMPLE = (
    r"192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|ENTRY_A|_ARN|ADDRESS_NAME|RESOURCE_GROUP"
    r"|shop\.test|image\W+landbridge|: landbridge-function$"
)
# What the page's commands ask the clouds for, as it was told.
STUBS = """
set -eu
GROUP=group AWS_REGISTRY=1.dkr.ecr AZURE_REGISTRY=registry CERTIFICATE=arn:c DOMAIN=shop.example
primary() { echo "primary-$1"; }
azure() { echo "azure-$2"; }
"""


def test_no_example_is_left_in_the_copy(tmp_path: Path) -> None:
    """The page's own commands, run on a copy: addresses, images and names are all replaced."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    filling = [block for block in DAY.blocks if "fill" in block]
    assert len(filling) == 2
    script = "\n".join([STUBS, *filling])
    subprocess.run(["bash", "-c", script], cwd=tmp_path, check=True)
    left = re.compile(EXAMPLE)
    files = [*(tmp_path / "build").rglob("*.yaml"), *(tmp_path / "build").rglob("*.conf")]
    assert len(files) > 15
    found = [
        f"{file.name}: {line}"
        for file in files
        for line in file.read_text().splitlines()
        if left.search(line.partition("#")[0])
    ]
    assert found == []
    text = (tmp_path / "build/deploy/both-azure/rebuild.yaml").read_text()
    assert "registry.azurecr.io/landbridge/postgres:16" in text
    assert (
        "1.dkr.ecr/landbridge/orders:1" in (tmp_path / "build/deploy/aws/orders.yaml").read_text()
    )


# Programs of others, which note what they are told as arguments.
NOTING = """
set -eu
DOMAIN=shop.example APP=application ACCOUNT=1 ORCHESTRATOR=eu-central-1 ZONE=Z PRIMARY=eu-west-1
for program in kubectl aws az npx make landbridge curl jq; do
  eval "$program() { echo \\"$program \\$*\\" >> arguments; }"
done
openssl() { echo "$PASSWORD"; }
primary() { echo "primary-$1"; }
azure() { echo "azure-$2"; }
cdk() { echo "cdk $*" >> arguments; }
"""


def test_no_password_is_an_argument(tmp_path: Path) -> None:
    """The page's own commands, run with programs that note their arguments: none has one."""
    password = "not-for-arguments"
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    blocks = [block for block in DAY.blocks if "build/secrets" in block]
    assert len(blocks) == 4
    script = "\n".join([f"PASSWORD={password}", NOTING, *blocks])
    subprocess.run(["bash", "-c", script], cwd=tmp_path, check=True)
    arguments = (tmp_path / "arguments").read_text()
    assert password not in arguments
    assert arguments.count("create secret generic orders-database-host") == 2
    for site, other in (("aws", "azure"), ("azure", "aws")):
        conninfo = f"PRIMARY_CONNINFO=host=database-peer.{other}.shop.example"
        assert f"SITE={site} --from-literal=SLOT={site}" in arguments
        assert conninfo in arguments
    assert not (tmp_path / "build" / "secrets").exists()


@EACH
def test_every_block_is_good_shell(page: Page) -> None:
    """Bash reads each, with no quote or bracket left open."""
    for block in page.blocks:
        done = subprocess.run(
            ["bash", "-n"], input=block, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (done.stderr, block)
