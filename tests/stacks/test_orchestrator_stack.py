"""The orchestrator stack: the machine, its steps, what starts them and what they may do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from landbridge.adapters import run_archive, runs
from landbridge.domain.plan import (
    FAILBACK,
    FAILBACK_STATES,
    FAILOVER,
    GAMEDAY,
    GAMEDAY_STATES,
    STANDALONE,
    WARMED,
    Step,
    step_named,
)
from landbridge.domain.settings import parse_settings
from landbridge.domain.triggers import ALARM_EVENT, EVERY_MINUTE, FORWARDED_ALARM, trigger_name
from tests.stacks.published import live_of, version_of

Template = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
STEPS = FAILOVER + FAILBACK + GAMEDAY + STANDALONE


def _of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def _function(template: Template, step: Step) -> tuple[str, dict[str, Any]]:
    functions = _of_type(template, "AWS::Lambda::Function").items()
    handler = f"functions.{step.name}.handler.lambda_handler"
    (found,) = [one for one in functions if one[1]["Handler"] == handler]
    return found


def _statements(template: Template, role: str | None = None) -> Iterator[dict[str, Any]]:
    for policy in _of_type(template, "AWS::IAM::Policy").values():
        if role is None or {"Ref": role} in policy["Roles"]:
            yield from policy["PolicyDocument"]["Statement"]


def _actions(statement: dict[str, Any]) -> list[str]:
    action = statement["Action"]
    return [action] if isinstance(action, str) else list(action)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_is_a_function_of_its_own(orchestrator: Template, step: Step) -> None:
    """Its name, timeout, environment and role follow from the plan."""
    _, function = _function(orchestrator, step)
    variables = function["Environment"]["Variables"]
    expected = {"LANDBRIDGE_SETTINGS", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"}
    expected |= {
        variable
        for use, variable in (
            ("runs_read", "LANDBRIDGE_RUNS_TABLE"),
            ("runs_write", "LANDBRIDGE_RUNS_TABLE"),
            ("earlier_runs", "LANDBRIDGE_RUNS_TABLE"),
            ("records", "LANDBRIDGE_RECORDS_BUCKET"),
            ("rehearsal_records", "LANDBRIDGE_RECORDS_BUCKET"),
            ("topic", "LANDBRIDGE_TOPIC_ARN"),
            ("starter", "LANDBRIDGE_STARTER_NAME"),
            ("aws_database", "LANDBRIDGE_SECRETS"),
            ("azure_database", "LANDBRIDGE_SECRETS"),
            ("function_app", "LANDBRIDGE_FUNCTION_CALLER_ROLE"),
            ("failover_machine", "LANDBRIDGE_STATE_MACHINE_ARN"),
            ("failover_machine", "LANDBRIDGE_OTHER_MACHINE_ARN"),
            ("failback_machine", "LANDBRIDGE_STATE_MACHINE_ARN"),
            ("failback_machine", "LANDBRIDGE_OTHER_MACHINE_ARN"),
            ("gameday_machine", "LANDBRIDGE_STATE_MACHINE_ARN"),
            ("gameday_machine", "LANDBRIDGE_OTHER_MACHINE_ARN"),
            ("failover_machine", "LANDBRIDGE_STATE_MACHINE_ALIAS_ARN"),
            ("failback_machine", "LANDBRIDGE_STATE_MACHINE_ALIAS_ARN"),
            ("gameday_machine", "LANDBRIDGE_STATE_MACHINE_ALIAS_ARN"),
            ("executions", "LANDBRIDGE_STATE_MACHINE_ARN"),
            ("execution_status", "LANDBRIDGE_STATE_MACHINE_ARN"),
            ("execution_status", "LANDBRIDGE_OTHER_MACHINE_ARN"),
            ("executions", "LANDBRIDGE_OTHER_MACHINE_ARN"),
            ("all_executions", "LANDBRIDGE_STATE_MACHINE_ARN"),
            ("all_executions", "LANDBRIDGE_OTHER_MACHINE_ARN"),
            ("failback_starter", "LANDBRIDGE_FAILBACK_STARTER_NAME"),
        )
        if use in step.uses
    }

    assert function["Timeout"] == step.timeout_seconds
    assert function["FunctionName"] == f"landbridge-orders-{step.name.replace('_', '-')}"
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert set(variables) == expected
    assert variables["LANDBRIDGE_SETTINGS"] == {
        "Fn::FindInMap": ["Configured", "Values", "Settings"]
    }


def test_a_starter_never_waits_for_the_accounts_other_functions(orchestrator: Template) -> None:
    """Both starters of an incident have some concurrency of their own; no step takes any."""
    reserved = {
        step.name
        for step in STEPS
        if _function(orchestrator, step)[1].get("ReservedConcurrentExecutions", 0) >= 2
    }

    assert reserved == {"start_failover", "start_failback"}


def test_no_two_steps_share_a_role(orchestrator: Template) -> None:
    """Each function has a role of its own."""
    roles = [_function(orchestrator, step)[1]["Role"]["Fn::GetAtt"][0] for step in STEPS]

    assert len(set(roles)) == len(STEPS)


NEEDED = {
    "aws_database": ("secretsmanager:GetSecretValue", "landbridge/aws-database-??????"),
    "azure_database": ("secretsmanager:GetSecretValue", "landbridge/azure-database-??????"),
    "function_app": ("sts:AssumeRole", "FunctionCallerRole"),
    "runs_read": ("dynamodb:GetItem", "Runs"),
    "runs_write": ("dynamodb:PutItem", "Runs"),
    "earlier_runs": ("dynamodb:Query", f"/index/{runs.BY_KIND}"),
    "records": ("s3:PutObject", f"/{run_archive.PREFIX}*"),
    "rehearsal_records": ("s3:PutObject", f"/{run_archive.PREFIX}rehearsal-*"),
    "histories": ("states:GetExecutionHistory", ":execution:landbridge-orders-failover:*"),
    "topic": ("sns:Publish", "Operators"),
    "failover_machine": ("states:StartExecution", "FailoverMachine"),
    "failback_machine": ("states:StartExecution", "FailbackMachine"),
    "gameday_machine": ("states:StartExecution", "GamedayMachine"),
    "executions": ("states:ListExecutions", "FailbackMachine"),
    "execution_status": ("states:DescribeExecution", ":execution:landbridge-orders-failback:*"),
    "all_executions": ("states:DescribeExecution", ":execution:landbridge-orders-gameday:*"),
    "steps": ("lambda:InvokeFunction", "function:landbridge-orders-promote-standby"),
    "starter": ("lambda:InvokeFunction", "function:landbridge-orders-start-failover"),
    "failback_starter": ("lambda:InvokeFunction", "function:landbridge-orders-start-failback"),
    "health_alarm": ("cloudwatch:DescribeAlarms", "*"),
    "route53": ("route53:GetHealthCheck", "arn:aws:route53:::healthcheck/*"),
    "triggers": ("events:DescribeRule", ":rule/landbridge-orders-on-alarm"),
}
# Who is handed events by EventBridge or Scheduler, and what it takes to keep those that failed.
HANDED_EVENTS = {"start_failover", "tell_alarm", "close_gameday", "start_gameday"}
KEEPING = {"sqs:SendMessage", "kms:Decrypt", "kms:GenerateDataKey"}
# Beside those: what a use reads on the way.
ALSO = {
    "route53:ListHostedZonesByName",
    "route53:ListResourceRecordSets",
    "scheduler:GetSchedule",
}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_role_may_do_what_its_step_uses_and_no_more(orchestrator: Template, step: Step) -> None:
    """Beside its logs and traces a role has one statement for each use."""
    _, function = _function(orchestrator, step)
    statements = list(_statements(orchestrator, function["Role"]["Fn::GetAtt"][0]))
    seen = {
        (action, json.dumps(statement["Resource"]))
        for statement in statements
        for action in _actions(statement)
        if not action.startswith(("logs:", "xray:"))
    }

    for use, (action, resource) in NEEDED.items():
        has = any(one == action and resource in where for one, where in seen)
        # What warms steps warms the starters too.
        warms = use in {"starter", "failback_starter"} and "steps" in step.uses
        reads_all = use in {"executions", "execution_status"} and "all_executions" in step.uses
        # A starter starts while none is on.
        starts = use == "executions" and any(one.endswith("_machine") for one in step.uses)
        assert has == (use in step.uses or warms or reads_all or starts), use
    keeps = {one for one, _ in seen} & KEEPING
    assert keeps == (KEEPING if step.name in HANDED_EVENTS else set())
    assert {one for one, _ in seen} - keeps <= ALSO | {one for one, _ in NEEDED.values()}


def test_what_a_function_never_managed_is_kept(orchestrator: Template) -> None:
    """Who hands it an event hears no more: after two more tries it waits in the encrypted queue."""
    configs = _of_type(orchestrator, "AWS::Lambda::EventInvokeConfig").values()
    (queue,) = [name for name in _of_type(orchestrator, "AWS::SQS::Queue") if "LostEvents" in name]
    names = {name: _function(orchestrator, step_named(name))[0] for name in HANDED_EVENTS}

    assert {one["FunctionName"]["Ref"] for one in configs} == set(names.values())
    for one in configs:
        assert one["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0] == queue
        assert (one["MaximumRetryAttempts"], one["MaximumEventAgeInSeconds"]) == (2, 300)
        assert one["Qualifier"] == "live"


def test_only_the_preflight_reads_route_53_and_nobody_writes_it(orchestrator: Template) -> None:
    """A failover edits no record: no role of the orchestrator can."""
    _, function = _function(orchestrator, step_named("run_preflight"))
    own = [*_statements(orchestrator, function["Role"]["Fn::GetAtt"][0])]
    every = [*_statements(orchestrator)]

    def actions(statements: list[dict[str, Any]]) -> list[str]:
        found = [action for one in statements for action in _actions(one)]
        return sorted(action for action in found if action.startswith("route53:"))

    assert actions(every) == actions(own)
    assert actions(own) == [
        "route53:GetHealthCheck",
        "route53:ListHostedZonesByName",
        "route53:ListResourceRecordSets",
    ]


def test_one_role_speaks_to_entra_and_can_do_nothing_else(orchestrator: Template) -> None:
    """STS signs it short RS256 tokens for Entra alone, and its name, the subject, is fixed."""
    (name,) = [one for one in _of_type(orchestrator, "AWS::IAM::Role") if "FunctionCaller" in one]
    role = _of_type(orchestrator, "AWS::IAM::Role")[name]
    assert role["RoleName"] == "landbridge-orders-function-caller"
    assert "ManagedPolicyArns" not in role
    (statement,) = _statements(orchestrator, name)
    assert _actions(statement) == ["sts:GetWebIdentityToken"]
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"sts:IdentityTokenAudience": "api://AzureADTokenExchange"},
        "NumericLessThanEquals": {"sts:DurationSeconds": "300"},
        "StringEquals": {"sts:SigningAlgorithm": "RS256"},
    }
    assert orchestrator["Outputs"]["FunctionCallerRoleArn"]["Value"]["Fn::GetAtt"][0] == name


READ_OF_ALL = {
    "cloudwatch:DescribeAlarms",
    "route53:ListHostedZonesByName",
    "sts:GetWebIdentityToken",
}


def test_no_action_is_a_wildcard(orchestrator: Template, health: Template) -> None:
    """Not in a role of either stack; a resource is ``*`` only where the API knows no resources."""
    for template in (orchestrator, health):
        for statement in _statements(template):
            assert not [action for action in _actions(statement) if "*" in action]
            if statement["Resource"] == "*":
                actions = set(_actions(statement)) - READ_OF_ALL
                assert {action.partition(":")[0] for action in actions} <= {"xray", "logs"}


FLOWS = pytest.mark.parametrize(
    ("flow", "steps"),
    [("failover", FAILOVER), ("failback", FAILBACK_STATES), ("gameday", GAMEDAY_STATES)],
    ids=["failover", "failback", "gameday"],
)


def _machine(template: Template, flow: str) -> dict[str, Any]:
    machines = _of_type(template, "AWS::StepFunctions::StateMachine").values()
    (found,) = [one for one in machines if one["StateMachineName"] == f"landbridge-orders-{flow}"]
    return found


@FLOWS
def test_the_machine_is_the_file(
    orchestrator: Template, flow: str, steps: tuple[Step, ...]
) -> None:
    """The template has the flow's own bytes, and a function's version for each name in it."""
    machine = _machine(orchestrator, flow)
    text = (ROOT / "statemachines" / f"{flow}.asl.json").read_text()
    functions = {step.substitution: _function(orchestrator, step)[0] for step in steps}

    assert machine["DefinitionString"] == text
    assert machine["DefinitionSubstitutions"] == {
        name: {"Ref": version_of(orchestrator, function)} for name, function in functions.items()
    }
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(functions)


@FLOWS
def test_the_machine_may_call_its_steps_alone(
    orchestrator: Template, flow: str, steps: tuple[Step, ...]
) -> None:
    """lambda:InvokeFunction is granted on the steps' functions, not on the starter."""
    machine = _machine(orchestrator, flow)
    invocable = [
        statement["Resource"]
        for statement in _statements(orchestrator, machine["RoleArn"]["Fn::GetAtt"][0])
        if _actions(statement) == ["lambda:InvokeFunction"]
    ]
    named = [one for entry in invocable for one in (entry if isinstance(entry, list) else [entry])]
    parts = [one["Fn::Join"][1] for one in named]

    assert {versions for _, versions in parts} == {":*"}
    assert {function["Fn::GetAtt"][0] for function, _ in parts} == {
        _function(orchestrator, step)[0] for step in steps
    }


@pytest.mark.parametrize("flow", ["failover", "failback", "gameday"])
def test_a_run_can_be_read_afterwards(orchestrator: Template, flow: str) -> None:
    """The machine is STANDARD, logs everything with its data, is traced, and logs are kept."""
    machine = _machine(orchestrator, flow)
    groups = _of_type(orchestrator, "AWS::Logs::LogGroup").values()

    assert machine["StateMachineType"] == "STANDARD"
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is True
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert len(groups) == len(STEPS) + 3
    assert all(group["RetentionInDays"] == 90 for group in groups)


def test_the_alarm_starts_the_starter(orchestrator: Template, health: Template) -> None:
    """Whatever state it came from: the starter refuses by name, so the rule must not be silent."""
    alarms = _of_type(health, "AWS::CloudWatch::Alarm").values()
    (alarm,) = [one for one in alarms if one["Namespace"] == "AWS/Route53"]
    starter, _ = _function(orchestrator, STANDALONE[0])
    rules = _of_type(orchestrator, "AWS::Events::Rule").values()
    (rule,) = [one for one in rules if "state" in one.get("EventPattern", {}).get("detail", {})]
    (target,) = rule["Targets"]

    assert rule["EventPattern"] == {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": [alarm["AlarmName"]], "state": {"value": ["ALARM"]}},
    }
    assert target["Arn"] == {"Ref": live_of(orchestrator, starter)}
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 300
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert "DeadLetterConfig" in target


@pytest.mark.parametrize(
    ("flow", "statuses"),
    [("gameday", ["ABORTED", "FAILED", "TIMED_OUT"]), ("failover", ["SUCCEEDED"])],
)
def test_a_gameday_that_nobody_leads_any_more_is_closed(
    orchestrator: Template, flow: str, statuses: list[str]
) -> None:
    """Stopped from outside, out of time or broken; or its way out arrived after that."""
    machines = _of_type(orchestrator, "AWS::StepFunctions::StateMachine").items()
    (arn,) = [name for name, one in machines if one["StateMachineName"].endswith(f"-{flow}")]
    closes, _ = _function(orchestrator, step_named("close_gameday"))
    rules = _of_type(orchestrator, "AWS::Events::Rule").values()
    patterns = [(one.get("EventPattern", {}), one["Targets"]) for one in rules]
    found = [
        (pattern, targets)
        for pattern, targets in patterns
        if pattern.get("detail", {}).get("stateMachineArn") == [{"Ref": arn}]
    ]
    ((pattern, (target,)),) = found

    assert pattern["source"] == ["aws.states"]
    assert pattern["detail-type"] == ["Step Functions Execution Status Change"]
    assert pattern["detail"]["status"] == statuses
    assert target["Arn"] == {"Ref": live_of(orchestrator, closes)}
    assert "DeadLetterConfig" in target


MINUTELY = ("record_look", "warm_steps", "run_preflight", "watch_primary")


def test_every_minute_looks_ahead_and_warms_the_steps(orchestrator: Template) -> None:
    """One rule calls all of them while all is well; none is tried again, for the next minute is."""
    scheduled = [step_named(name) for name in MINUTELY]
    rules = _of_type(orchestrator, "AWS::Events::Rule").values()
    (rule,) = [one for one in rules if "ScheduleExpression" in one]

    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert [target["Arn"] for target in rule["Targets"]] == [
        {"Ref": live_of(orchestrator, _function(orchestrator, step)[0])} for step in scheduled
    ]
    assert {one["RetryPolicy"]["MaximumRetryAttempts"] for one in rule["Targets"]} == {0}


def test_the_preflight_asks_for_the_rules_that_start_runs(
    orchestrator: Template, health: Template
) -> None:
    """By the names that they have in both regions, and may look at those alone."""
    rules = [*_of_type(orchestrator, "AWS::Events::Rule").values()]
    rules += _of_type(health, "AWS::Events::Rule").values()
    named = {rule["Name"] for rule in rules if "Name" in rule}
    assert named == {
        trigger_name("orders", one) for one in (ALARM_EVENT, EVERY_MINUTE, FORWARDED_ALARM)
    }
    _, function = _function(orchestrator, step_named("run_preflight"))
    (allowed,) = [
        one["Resource"]
        for one in _statements(orchestrator, function["Role"]["Fn::GetAtt"][0])
        if "events:DescribeRule" in _actions(one)
    ]
    arns = sorted(
        "".join(part for part in arn["Fn::Join"][1] if isinstance(part, str)) for arn in allowed
    )
    assert [arn.rpartition("/")[2] for arn in arns] == [
        "landbridge-orders-every-minute",
        "landbridge-orders-on-alarm",
        "landbridge-orders-forward-alarm",
    ]
    assert ":us-east-1:" in arns[2]


def test_nothing_that_fails_over_waits_for_the_preflight(
    orchestrator: Template, health: Template
) -> None:
    """No state calls it, nobody warms it, no alarm or health check names it."""
    function, properties = _function(orchestrator, step_named("run_preflight"))
    for flow in ("failover", "failback"):
        assert function not in json.dumps(_machine(orchestrator, flow))
    assert step_named("run_preflight") not in WARMED
    assert properties["FunctionName"] not in json.dumps(health)


def test_a_step_is_told_the_secrets_that_it_uses(orchestrator: Template) -> None:
    """Warm steps read theirs ahead of time: the names that their roles may read, no others."""
    names = {
        "aws_database": "landbridge/aws-database",
        "azure_database": "landbridge/azure-database",
    }
    for step in STEPS:
        _, function = _function(orchestrator, step)
        told = function["Environment"]["Variables"].get("LANDBRIDGE_SECRETS", "")
        assert told.split(",") == ([n for use, n in names.items() if use in step.uses] or [""])


def test_the_warmer_may_call_what_a_failover_waits_for(orchestrator: Template) -> None:
    """It may invoke both starters and each step, by the very names that they have."""
    _, function = _function(orchestrator, step_named("warm_steps"))
    statements = list(_statements(orchestrator, function["Role"]["Fn::GetAtt"][0]))
    (statement,) = [one for one in statements if "lambda:InvokeFunction" in _actions(one)]
    granted = [str(arn["Fn::Join"][1][-1]) for arn in statement["Resource"]]

    assert {arn.partition(":function:")[2] for arn in granted} == {
        f"{_function(orchestrator, step)[1]['FunctionName']}:live" for step in WARMED
    }


def _keys(properties: dict[str, Any]) -> dict[str, str]:
    return {key["AttributeName"]: key["KeyType"] for key in properties["KeySchema"]}


def test_the_runs_table_outlives_mistakes(orchestrator: Template) -> None:
    """It has the keys of the record, is encrypted, restorable, and kept with its stack gone."""
    tables = {
        name: one
        for name, one in orchestrator["Resources"].items()
        if one["Type"] == "AWS::DynamoDB::Table"
    }
    (table,) = tables.values()
    (index,) = table["Properties"]["GlobalSecondaryIndexes"]

    assert _keys(table["Properties"]) == {"run": "HASH", "kind": "RANGE"}
    assert (index["IndexName"], _keys(index)) == (runs.BY_KIND, {"kind": "HASH", "at": "RANGE"})
    # Not the document: a query of many runs would carry each one's whole state.
    assert index["Projection"] == {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": [runs.RECORD],
    }
    assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True}
    recovery = table["Properties"]["PointInTimeRecoverySpecification"]
    assert recovery["PointInTimeRecoveryEnabled"] is True
    assert table["DeletionPolicy"] == "Retain"
    forgetting = table["Properties"]["TimeToLiveSpecification"]
    assert forgetting == {"AttributeName": runs.EXPIRES, "Enabled": True}


def test_the_bucket_of_records_is_private_encrypted_and_kept(orchestrator: Template) -> None:
    """KMS, no public access, TLS alone, versions, a lifecycle, and kept with its stack gone."""
    (bucket,) = [
        one for one in orchestrator["Resources"].values() if one["Type"] == "AWS::S3::Bucket"
    ]
    (policy,) = _of_type(orchestrator, "AWS::S3::BucketPolicy").values()
    properties = bucket["Properties"]
    (encryption,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    (rule,) = properties["LifecycleConfiguration"]["Rules"]
    conditions = [one["Condition"] for one in policy["PolicyDocument"]["Statement"]]

    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms"}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert rule["Status"] == "Enabled"
    assert (rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) == (
        runs.KEPT_DAYS,
        90,
    )
    assert {"Bool": {"aws:SecureTransport": "false"}} in conditions
    assert {one["Effect"] for one in policy["PolicyDocument"]["Statement"]} == {"Deny"}
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_only_what_ends_a_run_writes_records(orchestrator: Template) -> None:
    """A rehearsal cannot put the record of a real run, and nobody may read or delete one."""
    writers = {
        policy["Roles"][0]["Ref"]: statement["Resource"]["Fn::Join"][1][-1]
        for policy in _of_type(orchestrator, "AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if any(action.startswith("s3:") for action in _actions(statement))
    }
    may_put = {
        "record_run": "*",
        "report_gameday": "*",
        "close_gameday": "*",
        "rehearse_standby": "rehearsal-*",
    }
    roles = {name: _function(orchestrator, step_named(name))[1]["Role"] for name in may_put}

    assert writers == {
        roles[name]["Fn::GetAtt"][0]: f"/{run_archive.PREFIX}{objects}"
        for name, objects in may_put.items()
    }


def test_the_topic_is_encrypted(orchestrator: Template) -> None:
    """Operators' messages lie encrypted and come over TLS."""
    (topic,) = _of_type(orchestrator, "AWS::SNS::Topic").values()
    (policy,) = _of_type(orchestrator, "AWS::SNS::TopicPolicy").values()

    assert "KmsMasterKeyId" in topic
    deny, allow = sorted(
        policy["PolicyDocument"]["Statement"], key=lambda s: s["Effect"] == "Allow"
    )
    assert deny["Effect"] == "Deny"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    # A policy without it would take from the steps what the default one gave their account.
    assert allow["Action"] == "sns:Publish"
    assert "root" in json.dumps(allow["Principal"])


def test_the_configured_settings_are_what_the_steps_parse(orchestrator: Template) -> None:
    """Deployed as it is, the template's functions start with valid settings."""
    settings = orchestrator["Mappings"]["Configured"]["Values"]["Settings"]

    assert parse_settings(json.loads(settings)).workload == "orders"
