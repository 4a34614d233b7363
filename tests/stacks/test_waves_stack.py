"""Two workloads in one deployment: each as if it were alone, and the parent that asks both."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.aws.synthesis import synthesize
from landbridge.domain.plan import WAVES, WAVES_STATES, Step, step_named
from landbridge.domain.wave_settings import wave_settings_from
from tests.configuration.several import several, two_workloads
from tests.stacks.published import version_of

Template = dict[str, Any]
KINDS = ("Health", "Dns", "Orchestrator", "Monitoring")
CFN_LINT = Path(sys.executable).parent / "cfn-lint"


@pytest.fixture(scope="module")
def both() -> Path:
    """Return the assembly of two workloads: cdk-nag found nothing in it."""
    return synthesize(several({}))


@pytest.fixture(scope="module")
def waves(both: Path) -> Template:
    """Return the parent's template."""
    return _read(both, "Waves")


def _read(assembly: Path, stack: str) -> Template:
    return dict(json.loads((assembly / f"{stack}.template.json").read_text()))


def _leaves(value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in items:
        if isinstance(inner, dict | list):
            yield from (((str(name), *path), text) for path, text in _leaves(inner))
        elif isinstance(inner, str):
            yield (str(name),), inner


def _as_orders(text: str) -> str:
    """Return a template's text with billing's names turned into those of orders."""
    orders, billing = (dict(_leaves(one)) for one in two_workloads()["workloads"])
    turned = {own: orders[path] for path, own in billing.items() if path in orders}
    for own in sorted(turned, key=len, reverse=True):
        if own != turned[own]:
            text = text.replace(own, turned[own])
    return text.replace("billing", "orders")


def _without_hashes(text: str) -> str:
    # A version's logical id has a hash of what the functions are told, names among them. A
    # permission's has the rule's path from the app, and a hash of that.
    text = re.sub(r"CurrentVersion[0-9A-Fa-f]{40}", "CurrentVersion", text)
    text = re.sub(r"AllowEventRule(orders|billing)", "AllowEventRule", text)
    return re.sub(r"(AllowEventRule\w+?)[0-9A-F]{8,16}\b", r"\1", text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_workload_differs_from_another_in_nothing_but_its_names(both: Path, kind: str) -> None:
    """With its names turned, billing's template is that of orders."""
    orders, billing = (
        (both / f"{name}-{kind}.template.json").read_text() for name in ("orders", "billing")
    )
    assert "billing" in billing
    assert "billing" not in orders
    assert _without_hashes(_as_orders(billing)) == _without_hashes(orders)


@pytest.mark.parametrize("kind", KINDS)
def test_a_workload_of_several_is_what_it_is_alone(assembly: Path, both: Path, kind: str) -> None:
    """Each resource, but for what has the zone, which is told in the one and made in the other."""
    alone, among = (
        json.loads(_without_hashes(file.read_text()))["Resources"]
        for file in (assembly / f"{kind}.template.json", both / f"orders-{kind}.template.json")
    )
    zone = {name for name, one in alone.items() if one["Type"] == "AWS::Route53::HostedZone"}
    records = {name for name, one in alone.items() if one["Type"] == "AWS::Route53::RecordSet"}
    reads_zone = {name for name in alone if name.startswith("RunPreflightRoleDefaultPolicy")}
    assert set(alone) - set(among) == zone
    assert set(among) <= set(alone)
    differ = {name for name in among if among[name] != alone[name]}
    assert differ <= records | reads_zone


def test_no_two_resources_have_one_name(both: Path) -> None:
    """Functions, machines, tables, topics, queues, roles, rules, alarms, log groups: all differ."""
    named = []
    for file in both.glob("*.template.json"):
        for one in json.loads(file.read_text())["Resources"].values():
            for field, value in one.get("Properties", {}).items():
                of_ours = isinstance(value, str) and value.startswith(("landbridge-", "/aws/"))
                if field.endswith("Name") and of_ours:
                    named.append((one["Type"], value))
    assert len(named) > 200
    assert len(set(named)) == len(named)


def test_one_workload_has_no_parent(assembly: Path) -> None:
    """cdk.json's own assembly has its stacks, by their old ids."""
    assert {file.name.partition(".")[0] for file in assembly.glob("*.template.json")} == set(KINDS)


def test_each_stack_is_tagged_with_its_own_workload(both: Path) -> None:
    """A bill tells them apart."""
    artifacts = json.loads((both / "manifest.json").read_text())["artifacts"]
    tags = {
        name: one["properties"].get("tags", {}).get("landbridge:workload")
        for name, one in artifacts.items()
        if one["type"] == "aws:cloudformation:stack"
    }
    assert tags == {
        **{f"{name}-{kind}": name for name in ("orders", "billing") for kind in KINDS},
        "Waves": None,
    }


def _resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    found = template["Resources"].items()
    return {name: one["Properties"] for name, one in found if one["Type"] == kind}


def _function(template: Template, step: Step) -> tuple[str, dict[str, Any]]:
    handler = f"functions.{step.name}.handler.lambda_handler"
    functions = _resources(template, "AWS::Lambda::Function").items()
    (found,) = [one for one in functions if one[1]["Handler"] == handler]
    return found


def test_the_parent_is_told_who_waits_for_whom(waves: Template) -> None:
    """Each of its functions has the order and the limit, and none a workload's secret."""
    for step in WAVES:
        variables = _function(waves, step)[1]["Environment"]["Variables"]
        settings = wave_settings_from(variables)
        assert settings.after == {"orders": (), "billing": ("orders",)}
        assert settings.max_concurrency == 3
        assert "LANDBRIDGE_SECRETS" not in variables


def test_the_machine_calls_published_versions(waves: Template) -> None:
    """Each placeholder is a function's version; a run ends on the code that it began with."""
    (machine,) = _resources(waves, "AWS::StepFunctions::StateMachine").values()
    assert machine["StateMachineName"] == "landbridge-waves"
    versions = {
        step.substitution: {"Ref": version_of(waves, _function(waves, step)[0])}
        for step in WAVES_STATES
    }
    assert machine["DefinitionSubstitutions"] == versions


def _told(resource: Any) -> str:
    if isinstance(resource, dict) and "Fn::Join" in resource:
        parts = resource["Fn::Join"][1]
        return "".join(one if isinstance(one, str) else f"[{next(iter(one))}]" for one in parts)
    return resource if isinstance(resource, str) else json.dumps(resource)


def _allowed(template: Template, step: Step) -> set[tuple[str, str]]:
    role = _function(template, step)[1]["Role"]["Fn::GetAtt"][0]
    return {
        (action, _told(resource))
        for policy in _resources(template, "AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
        if not action.startswith(("logs:", "xray:"))
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _of_both(action: str, pattern: str) -> set[tuple[str, str]]:
    return {
        (action, pattern.format(workload=workload, flow=flow))
        for workload in ("orders", "billing")
        for flow in ("failover", "failback")
    }


HERE = "eu-central-1:[Ref]"
STATES, ONE = f"arn:aws:states:{HERE}", "landbridge-{workload}"
RUNNING = _of_both("states:ListExecutions", f"{STATES}:stateMachine:{ONE}-{{flow}}")
RUNS = _of_both("states:DescribeExecution", f"{STATES}:execution:{ONE}-{{flow}}:*")
STARTERS = f"arn:aws:lambda:{HERE}:function:{ONE}-start-{{flow}}:live"
EXPECTED = {
    "plan_wave": set(),
    "start_workload": RUNNING | RUNS | _of_both("lambda:InvokeFunction", STARTERS),
    "watch_workload": RUNS,
    "report_waves": _of_both("sns:Publish", f"arn:aws:sns:{HERE}:{ONE}-operators"),
}


@pytest.mark.parametrize("step", WAVES_STATES, ids=lambda step: step.name)
def test_a_step_may_do_what_it_does_and_nothing_else(waves: Template, step: Step) -> None:
    """The starters of these workloads and no other function; their runs read and never ended."""
    assert _allowed(waves, step) == EXPECTED[step.name]


def test_the_starter_may_start_its_own_machine_alone(waves: Template) -> None:
    """By the alias, and see whether it is on."""
    ((machine, _),) = _resources(waves, "AWS::StepFunctions::StateMachine").items()
    arn = json.dumps({"Ref": machine})
    assert _allowed(waves, step_named("start_waves")) == {
        ("states:StartExecution", "[Ref]:live"),
        ("states:ListExecutions", arn),
    }


def test_what_the_parent_asks_for_is_there(waves: Template, both: Path) -> None:
    """Starters, machines and topics have in the workloads' stacks the names that it uses."""
    for workload in ("orders", "billing"):
        template = _read(both, f"{workload}-Orchestrator")
        machines = _resources(template, "AWS::StepFunctions::StateMachine").values()
        functions = _resources(template, "AWS::Lambda::Function").values()
        topics = _resources(template, "AWS::SNS::Topic").values()
        names = {one["StateMachineName"] for one in machines}
        names |= {f"{one['FunctionName']}:live" for one in functions}
        names |= {one["TopicName"] for one in topics}
        asked = {
            re.sub(r":\*$", "", resource).partition("landbridge-")[2]
            for step in WAVES_STATES
            for _, resource in _allowed(waves, step)
            if f"landbridge-{workload}-" in resource
        }
        assert asked
        assert {f"landbridge-{name}" for name in asked} <= names


def test_cfn_lint_has_nothing_to_say_of_the_parent(both: Path) -> None:
    """Its template is valid CloudFormation, and its flow valid ASL, the Map included."""
    done = subprocess.run(
        [CFN_LINT, "--ignore-checks", "W3005", "-t", both / "Waves.template.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == ("", 0)
