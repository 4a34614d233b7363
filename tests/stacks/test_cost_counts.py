"""landbridge's own bill counts what the templates have."""

from typing import Any

import pytest

from landbridge.configuration import load_configuration, read_context
from landbridge.domain import cost_orchestrator
from landbridge.domain.cost_orchestrator import OrchestratorFacts, orchestrator_counts
from tests.configuration.test_configuration import CDK_JSON

Template = dict[str, Any]


def _of_type(template: Template, kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


def _facts() -> OrchestratorFacts:
    configuration = load_configuration(read_context(CDK_JSON))
    return OrchestratorFacts(
        configuration.health_checks.interval_seconds,
        len(configuration.secrets),
        hosted_zone=not configuration.hosted_zone_id,
        forwarded=configuration.orchestrator_region != configuration.health_region,
    )


def test_health_checks_are_billed_as_they_are_made(health: Template, dns: Template) -> None:
    """Each option is billed: HTTPS, string matching, the fast interval; dearer outside of AWS."""
    checks = [one["HealthCheckConfig"] for one in _of_type(health, "AWS::Route53::HealthCheck")]
    calculated = [one for one in checks if one["Type"] == "CALCULATED"]
    endpoints = [one for one in checks if one["Type"] != "CALCULATED"]
    in_aws = [one for one in endpoints if one["FullyQualifiedDomainName"] == "health.shop.test"]
    elsewhere = [one for one in endpoints if one not in in_aws]
    counts = orchestrator_counts(_facts())

    def options(config: dict[str, Any]) -> int:
        kind = config["Type"]
        ways = (
            kind.startswith("HTTPS"),
            kind.endswith("_STR_MATCH"),
            config["RequestInterval"] == 10,
        )
        return sum(ways)

    assert counts["aws.route53.check-aws"] == len(in_aws) + len(calculated)
    assert counts["aws.route53.check-other"] == len(elsewhere)
    assert counts["aws.route53.option-aws"] == sum(map(options, in_aws))
    assert counts["aws.route53.option-other"] == sum(map(options, elsewhere))
    assert counts["aws.route53.zone"] == len(_of_type(dns, "AWS::Route53::HostedZone"))


def test_alarms_keys_secrets_and_memory_are_the_templates(
    health: Template, orchestrator: Template, monitoring: Template
) -> None:
    """An alarm or a key that is added, or a function that grows, changes the bill."""
    counts = orchestrator_counts(_facts())
    alarms = [
        one
        for template in (health, orchestrator, monitoring)
        for one in _of_type(template, "AWS::CloudWatch::Alarm")
    ]
    functions = _of_type(orchestrator, "AWS::Lambda::Function")
    named = [one["Environment"]["Variables"].get("LANDBRIDGE_SECRETS", "") for one in functions]
    secrets = {secret for names in named for secret in names.split(",") if secret}

    assert counts["aws.cloudwatch.alarm"] == len(alarms)
    keys = [
        one
        for template in (health, orchestrator, monitoring)
        for one in _of_type(template, "AWS::KMS::Key")
    ]
    assert counts["aws.kms.key"] == len(keys)
    dashboards = _of_type(monitoring, "AWS::CloudWatch::Dashboard")
    assert counts["aws.cloudwatch.dashboard"] == len(dashboards)
    assert counts["aws.secret"] == len(secrets)
    assert {one["MemorySize"] for one in functions} == {cost_orchestrator._MEMORY_GB * 1024}


def test_secrets_are_read_by_those_that_have_them(orchestrator: Template) -> None:
    """Each worker that runs each minute reads each secret of its own every five minutes."""
    looking = ("record_look", "run_preflight")
    running = {*(step.name for step in cost_orchestrator.WARMED), *looking}
    read = 0
    for one in _of_type(orchestrator, "AWS::Lambda::Function"):
        if one["Handler"].split(".")[1] in running:
            named = one["Environment"]["Variables"].get("LANDBRIDGE_SECRETS", "")
            read += len(named.split(",")) if named else 0
    calls = orchestrator_counts(_facts())["aws.secret.calls"] * 1e6
    assert calls == pytest.approx(read * 12 * 730)


def test_what_runs_each_minute_is_what_is_billed(orchestrator: Template) -> None:
    """The scheduled functions and the steps that one of them warms."""
    rules = _of_type(orchestrator, "AWS::Events::Rule")
    scheduled = [one for one in rules if one.get("ScheduleExpression") == "rate(1 minute)"]
    targets = sum(len(one["Targets"]) for one in scheduled)

    assert targets + len(cost_orchestrator.WARMED) == cost_orchestrator._CALLS_PER_MINUTE


# What costs nothing, or below a cent a month and is said so in landbridge.domain.cost_orchestrator.
NOT_BILLED = {
    "AWS::Events::Rule",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::LogGroup",
    "AWS::Route53::RecordSet",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
    "AWS::StepFunctions::StateMachineAlias",
    "AWS::StepFunctions::StateMachineVersion",
}
# What is: the kind, and the prices that count it or its use.
BILLED = {
    "AWS::CloudWatch::Alarm": {"aws.cloudwatch.alarm"},
    "AWS::CloudWatch::Dashboard": {"aws.cloudwatch.dashboard"},
    "AWS::DynamoDB::Table": {"aws.dynamodb.reads", "aws.dynamodb.writes"},
    "AWS::KMS::Key": {"aws.kms.key"},
    "AWS::Lambda::Function": {"aws.lambda.gb-second", "aws.lambda.requests", "aws.logs"},
    "AWS::Route53::HealthCheck": {"aws.route53.check-aws", "aws.route53.check-other"},
    "AWS::Route53::HostedZone": {"aws.route53.zone"},
    "AWS::S3::Bucket": {"aws.s3.puts", "aws.s3.storage"},
    # A run's and a GameDay's transitions: landbridge.domain.cost_gameday.
    "AWS::StepFunctions::StateMachine": set(),
}


def test_every_kind_of_resource_is_billed_or_known_to_cost_nothing(
    templates: dict[str, Template],
) -> None:
    """A new kind in a template is a question to the bill; the sites themselves have their own."""
    ours = [each for stack, each in templates.items() if stack not in {"Primary", "Access"}]
    kinds = {one["Type"] for each in ours for one in each["Resources"].values()}

    assert kinds == NOT_BILLED | set(BILLED)
    assert {price for prices in BILLED.values() for price in prices} <= set(
        orchestrator_counts(_facts())
    )
