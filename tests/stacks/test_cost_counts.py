"""landbridge's own bill counts what the templates have."""

from typing import Any

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
    )


def test_health_checks_are_billed_as_they_are_made(health: Template) -> None:
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
    assert counts["aws.route53.zone"] == len(_of_type(health, "AWS::Route53::HostedZone"))


def test_alarms_secrets_and_memory_are_the_templates(
    health: Template, orchestrator: Template, monitoring: Template
) -> None:
    """An alarm that is added, or a function that grows, changes the bill."""
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
    dashboards = _of_type(monitoring, "AWS::CloudWatch::Dashboard")
    assert counts["aws.cloudwatch.dashboard"] == len(dashboards)
    assert counts["aws.secret"] == len(secrets)
    assert {one["MemorySize"] for one in functions} == {cost_orchestrator._MEMORY_GB * 1024}


def test_what_runs_each_minute_is_what_is_billed(orchestrator: Template) -> None:
    """The scheduled functions and the steps that one of them warms."""
    rules = _of_type(orchestrator, "AWS::Events::Rule")
    scheduled = [one for one in rules if one.get("ScheduleExpression") == "rate(1 minute)"]
    targets = sum(len(one["Targets"]) for one in scheduled)

    assert targets + len(cost_orchestrator.WARMED) == cost_orchestrator._CALLS_PER_MINUTE
