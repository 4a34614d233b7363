"""Deployment: the very templates of the cloud, with everything in them but Route 53."""

import json
from pathlib import Path
from typing import Any

import pytest
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

from lab.aws.deployment import Stack, of_a_site, read_stacks
from lab.aws.not_created import NOT_CREATED
from lab.aws.service import ACCOUNT, Aws
from lab.aws.templates import (
    UnknownValueError,
    UnresolvedReferenceError,
    configured,
    without,
)
from lab.dns.control_plane import CreatedZone
from landbridge.domain.plan import FAILBACK, FAILOVER, GAMEDAY, STANDALONE, WEBHOOK

ORCHESTRATOR = "landbridge-orders-orchestrator"
HEALTH = "landbridge-orders-health"
DNS = "landbridge-orders-dns"
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
    """There is a function for each step of the plan, and its settings are the template's."""
    functions = aws.client("lambda", REGION).list_functions(MaxItems=100)["Functions"]
    handlers = {one["Handler"] for one in functions if one["Handler"].startswith("functions.")}

    assert outputs[ORCHESTRATOR]
    assert handlers == {
        f"functions.{step.name}.handler.lambda_handler"
        for step in (*FAILOVER, *FAILBACK, *GAMEDAY, *STANDALONE, WEBHOOK)
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


def _kinds(stack: Stack) -> set[str]:
    return {one["Type"] for one in stack.template["Resources"].values()}


def test_what_the_lab_does_not_create_is_listed_with_why(
    aws: Aws, outputs: Outputs, assembly: Path
) -> None:
    """Every kind of all templates was created by the emulator, or stands in NOT_CREATED alone."""
    stacks = read_stacks(assembly)
    deployed = [stack for stack in stacks if not of_a_site(stack)]
    created = {
        one["ResourceType"]
        for stack in deployed
        if stack.name != DNS
        for one in aws.client("cloudformation", stack.region).describe_stack_resources(
            StackName=stack.name
        )["StackResources"]
        if one["ResourceStatus"] == "CREATE_COMPLETE"
    }

    assert {stack.name for stack in deployed} == set(outputs)
    assert len(stacks) - len(deployed) == 2
    assert set().union(*map(_kinds, stacks)) - created == set(NOT_CREATED)
    assert created & set(NOT_CREATED) == set()
    assert all(len(why) > 20 for why in NOT_CREATED.values())


def test_what_the_emulator_learns_to_create_is_not_left_out(assembly: Path) -> None:
    """A kind stays in NOT_CREATED while it has to: unknown there, Route 53's, or a site's."""
    ours = set().union(*(_kinds(one) for one in read_stacks(assembly) if not of_a_site(one)))
    known = {kind for kind in ours & set(NOT_CREATED) if kind in _RESOURCE_HANDLERS}

    assert known == {"AWS::Route53::HostedZone", "AWS::Route53::RecordSet"}
    assert set(NOT_CREATED) <= set().union(*map(_kinds, read_stacks(assembly)))


def test_what_is_created_elsewhere_is_there(
    aws: Aws, outputs: Outputs, assembly: Path, zone: CreatedZone
) -> None:
    """Route 53's by lab.dns, from the same templates: a check for each, and the zone."""
    found = [
        name
        for stack in read_stacks(assembly)
        for name, one in stack.template["Resources"].items()
        if one["Type"] == "AWS::Route53::HealthCheck"
    ]

    assert set(zone.health_checks) == set(found)
    assert outputs[DNS] == {"HostedZoneId": zone.zone_id}
    assert aws.account == ACCOUNT


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


def test_an_unknown_value_is_an_error(assembly: Path) -> None:
    """A misspelt name is not silently what cdk.json says."""
    (health,) = [stack for stack in read_stacks(assembly) if stack.name == HEALTH]

    changed = configured(health.template, {"EntryPort": "1"})
    assert changed["Mappings"]["Configured"]["Values"]["EntryPort"] == "1"
    assert health.template["Mappings"]["Configured"]["Values"]["EntryPort"] == "443"
    with pytest.raises(UnknownValueError, match=r"'EntryPorts'.*it has EntryPort, "):
        configured(health.template, {"EntryPorts": "1"})


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
