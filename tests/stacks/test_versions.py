"""Upgrades while a run is on: it ends on the code and the settings that it began with."""

import json
from pathlib import Path
from typing import Any

import pytest

from landbridge.domain.plan import FAILBACK_STATES, FAILOVER, GAMEDAY_STATES, STANDALONE
from tests.stacks.published import live_of, version_of

Template = dict[str, Any]
FLOWS = {"failover": FAILOVER, "failback": FAILBACK_STATES, "gameday": GAMEDAY_STATES}


def _of(template: Template, kind: str) -> dict[str, Template]:
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


def _function(template: Template, step: str) -> str:
    handler = f"functions.{step}.handler.lambda_handler"
    (found,) = [
        name
        for name, one in _of(template, "AWS::Lambda::Function").items()
        if one["Properties"]["Handler"] == handler
    ]
    return found


def _machine(template: Template, flow: str) -> str:
    (found,) = [
        name
        for name, one in _of(template, "AWS::StepFunctions::StateMachine").items()
        if one["Properties"]["StateMachineName"] == f"landbridge-orders-{flow}"
    ]
    return found


def test_what_was_published_outlives_its_place_in_the_template(orchestrator: Template) -> None:
    """A version that a deployment leaves out is kept, of functions and of machines."""
    versions = {
        **_of(orchestrator, "AWS::Lambda::Version"),
        **_of(orchestrator, "AWS::StepFunctions::StateMachineVersion"),
    }

    functions = _of(orchestrator, "AWS::Lambda::Function")
    steps = [one for one in functions.values() if "functions." in one["Properties"]["Handler"]]
    assert len(versions) == len(steps) + len(FLOWS)
    for one in versions.values():
        assert (one["DeletionPolicy"], one["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_live_names_the_newest_version_of_every_step(orchestrator: Template) -> None:
    """Whoever calls a step from outside calls the code that the next run uses."""
    for name, one in _of(orchestrator, "AWS::Lambda::Alias").items():
        function = one["Properties"]["FunctionName"]["Ref"]
        version = version_of(orchestrator, function)

        assert one["Properties"]["Name"] == "live"
        assert one["Properties"]["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}
        assert live_of(orchestrator, function) == name


@pytest.mark.parametrize("flow", FLOWS)
def test_a_start_begins_the_machines_newest_version(orchestrator: Template, flow: str) -> None:
    """The starter may ask an alias alone, which is moved to each new revision at once."""
    machine = {"Ref": _machine(orchestrator, flow)}
    (version,) = [
        (name, one["Properties"])
        for name, one in _of(orchestrator, "AWS::StepFunctions::StateMachineVersion").items()
        if one["Properties"]["StateMachineArn"] == machine
    ]
    (alias,) = [
        one["Properties"]
        for one in _of(orchestrator, "AWS::StepFunctions::StateMachineAlias").values()
        if one["Properties"]["DeploymentPreference"]["StateMachineVersionArn"]
        == {"Fn::GetAtt": [version[0], "Arn"]}
    ]
    starter = orchestrator["Resources"][_function(orchestrator, f"start_{flow}")]["Properties"]
    asked = starter["Environment"]["Variables"]["LANDBRIDGE_STATE_MACHINE_ALIAS_ARN"]

    revision = {"Fn::GetAtt": [machine["Ref"], "StateMachineRevisionId"]}
    assert version[1]["StateMachineRevisionId"] == revision
    assert (alias["Name"], alias["DeploymentPreference"]["Type"]) == ("live", "ALL_AT_ONCE")
    assert asked == {"Fn::Join": ["", [machine, ":live"]]}
    assert _started_by(orchestrator, starter) == [asked]


def _started_by(template: Template, function: Template) -> list[Any]:
    role = {"Ref": function["Role"]["Fn::GetAtt"][0]}
    return [
        statement["Resource"]
        for policy in _of(template, "AWS::IAM::Policy").values()
        if role in policy["Properties"]["Roles"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "states:StartExecution" in statement["Action"]
    ]


@pytest.fixture(name="after_a_change", scope="module")
def _after_a_change(other_assembly: Path) -> Template:
    """Return the orchestrator's template with settings changed, which all steps have."""
    return dict(json.loads((other_assembly / "Orchestrator.template.json").read_text()))


def test_changed_settings_are_a_new_version(
    orchestrator: Template, after_a_change: Template
) -> None:
    """They stand in the template as a mapping: without their hash every version kept the old."""
    for step in (*FAILOVER, *STANDALONE):
        before = version_of(orchestrator, _function(orchestrator, step.name))
        after = version_of(after_a_change, _function(after_a_change, step.name))
        assert before != after, step.name


@pytest.mark.parametrize("flow", FLOWS)
def test_an_upgrade_takes_no_permission_from_the_run_that_is_on(
    orchestrator: Template, after_a_change: Template, flow: str
) -> None:
    """Each step that the machine called before may still be called after, whatever its number."""
    machine = after_a_change["Resources"][_machine(after_a_change, flow)]["Properties"]
    role = machine["RoleArn"]["Fn::GetAtt"][0]
    allowed = json.dumps(
        [
            one["Properties"]["PolicyDocument"]["Statement"]
            for one in _of(after_a_change, "AWS::IAM::Policy").values()
            if {"Ref": role} in one["Properties"]["Roles"]
        ]
    )
    for step in FLOWS[flow]:
        function = _function(orchestrator, step.name)
        every_version = {"Fn::Join": ["", [{"Fn::GetAtt": [function, "Arn"]}, ":*"]]}
        assert json.dumps(every_version) in allowed, step.name
