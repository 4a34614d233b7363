"""Deployment: the very templates of the cloud, with everything in them but Route 53."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.aws.deployment import NOT_CREATED, read_stacks
from lab.aws.service import ACCOUNT, Aws
from lab.aws.templates import UnresolvedReferenceError, parameter_values, without
from lab.dns.control_plane import CreatedZone
from landbridge.domain.plan import FAILBACK, FAILOVER, GAMEDAY, STANDALONE

ORCHESTRATOR = "landbridge-orders-orchestrator"
HEALTH = "landbridge-orders-health"
REGION = "eu-central-1"
Outputs = dict[str, dict[str, str]]


def test_the_orchestrators_outputs_name_what_is_there(aws: Aws, outputs: Outputs) -> None:
    """The machine, the topic, the table and the starter of the outputs exist."""
    found = outputs[ORCHESTRATOR]
    machine = aws.client("stepfunctions", REGION).describe_state_machine(
        stateMachineArn=found["StateMachineArn"]
    )

    assert json.loads(machine["definition"])["StartAt"] == "Observe Sites"
    assert "${" not in machine["definition"]
    aws.client("sns", REGION).get_topic_attributes(TopicArn=found["TopicArn"])
    aws.client("dynamodb", REGION).describe_table(TableName=found["RunsTableName"])
    aws.client("lambda", REGION).get_function(FunctionName=found["StarterName"])


def test_every_step_is_deployed_with_its_settings(aws: Aws, outputs: Outputs) -> None:
    """There is a function for each step of the plan, and its settings are the parameter's."""
    functions = aws.client("lambda", REGION).list_functions(MaxItems=100)["Functions"]
    handlers = {one["Handler"] for one in functions if one["Handler"].startswith("functions.")}

    assert outputs[ORCHESTRATOR]
    assert handlers == {
        f"functions.{step.name}.handler.lambda_handler"
        for step in FAILOVER + FAILBACK + GAMEDAY + STANDALONE
    }


def test_the_alarm_watches_the_health_check_that_dns_made(
    aws: Aws, outputs: Outputs, zone: CreatedZone
) -> None:
    """What Route 53's own API created stands where the template refers to it."""
    (alarm,) = aws.client("cloudwatch", "us-east-1").describe_alarms(
        AlarmNames=[outputs[HEALTH]["AlarmName"]]
    )["MetricAlarms"]

    assert alarm["Dimensions"][0]["Value"] in zone.health_checks.values()
    assert alarm["Dimensions"][0]["Value"] == outputs[HEALTH]["AwsCheckId"]
    assert outputs[HEALTH]["HostedZoneId"] == zone.zone_id


def test_what_is_left_out_is_made_elsewhere(assembly: Path) -> None:
    """Each type that is not created has its reason: Route 53's, and what machines publish."""
    gone = set()
    for stack in read_stacks(assembly):
        resources = stack.template["Resources"]
        kept = without(stack.template, NOT_CREATED, {name: name for name in resources})
        gone |= {resources[name]["Type"] for name in set(resources) - set(kept["Resources"])}

    assert gone == set(NOT_CREATED)
    assert {kind for kind in gone if not kind.startswith("AWS::Route53::")} == {
        "AWS::StepFunctions::StateMachineAlias",
        "AWS::StepFunctions::StateMachineVersion",
    }


def test_a_start_takes_the_machines_version_in_use(aws: Aws, outputs: Outputs) -> None:
    """Every machine has the alias that its starter asks, and it leads to a published version."""
    states = aws.client("stepfunctions", REGION)
    for name in ("StateMachineArn", "FailbackMachineArn", "GamedayMachineArn"):
        machine = outputs[ORCHESTRATOR][name]
        alias = states.describe_state_machine_alias(stateMachineAliasArn=f"{machine}:live")
        (route,) = alias["routingConfiguration"]

        assert route == {"stateMachineVersionArn": f"{machine}:1", "weight": 100}


def test_a_missing_identifier_is_an_error(assembly: Path) -> None:
    """What stays and refers to what goes needs to be told its id."""
    (health,) = [stack for stack in read_stacks(assembly) if stack.name == HEALTH]

    with pytest.raises(UnresolvedReferenceError, match="created elsewhere"):
        without(health.template, NOT_CREATED, {})


def test_an_unknown_parameter_is_an_error(assembly: Path) -> None:
    """A misspelt parameter is not silently the default."""
    (health,) = [stack for stack in read_stacks(assembly) if stack.name == HEALTH]

    assert parameter_values(health.template, {"TtlSeconds": "1"})["TtlSeconds"] == "1"
    with pytest.raises(KeyError, match="TtlSecond"):
        parameter_values(health.template, {"TtlSecond": "1"})


def test_a_function_may_do_what_its_role_allows_only(aws: Aws, outputs: Outputs) -> None:
    """With the grant on the table taken from its role, the starter cannot record a refusal."""
    starter = outputs[ORCHESTRATOR]["StarterName"]
    functions, roles = aws.client("lambda", REGION), aws.client("iam", REGION)
    role = functions.get_function(FunctionName=starter)["Configuration"]["Role"].rpartition("/")[2]
    (name,) = roles.list_role_policies(RoleName=role)["PolicyNames"]
    document = roles.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    reduced = [one for one in document["Statement"] if "dynamodb:PutItem" not in one["Action"]]

    allowed = _invoke(functions, starter)
    roles.put_role_policy(
        RoleName=role,
        PolicyName=name,
        PolicyDocument=json.dumps({**document, "Statement": reduced}),
    )
    try:
        denied = _invoke(functions, starter)
    finally:
        roles.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    assert allowed["started"] is False
    assert denied["errorType"] == "AccessDeniedError"
    assert f":{ACCOUNT}:" in outputs[ORCHESTRATOR]["StateMachineArn"]


def _invoke(functions: Any, name: str) -> dict[str, Any]:
    # No reason given: the starter refuses, and records the refusal.
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"trigger": "manual"}))
    return dict(json.loads(answer["Payload"].read()))
