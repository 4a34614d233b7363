"""What landbridge itself costs: counts of what its stacks make and of what its functions do.

The counts follow from the configuration and from the plan; the template is held to them by a test.
Left out, each below a cent a month: SNS, SQS, EventBridge's events, DNS queries of the checks, the
table's storage, requests to the stacks' own keys. AWS's keys cost their requests alone.
"""

from dataclasses import dataclass

from landbridge.domain.monitoring import METRICS
from landbridge.domain.plan import WARMED, step_named
from landbridge.domain.standby_alarms import ALARMS

__all__ = ["OrchestratorFacts", "orchestrator_counts"]

_MINUTES_PER_MONTH = 730 * 60
# Each minute: a look at replication, the preflight, the watchdog, the warmer and what it warms.
_CALLS_PER_MINUTE = 4 + len(WARMED)
_MEMORY_GB = 0.5  # stacks.constructs.step_function
_SECONDS_PER_CALL = 0.1  # assumed: a warm call does next to nothing
_PREFLIGHT_SECONDS = 2.0  # assumed: it waits for both clouds and for name servers
_SECONDS_PER_MINUTE = (_CALLS_PER_MINUTE - 1) * _SECONDS_PER_CALL + _PREFLIGHT_SECONDS
_LOG_GB_PER_CALL = 1e-6  # assumed: 1 KB
# A unit for each KB of an item, and one for its row in the index: the look has 1 KB, the
# preflight's report 6.
_WRITE_UNITS_PER_MINUTE = 2 + 7
# X-Ray's default rule: the first trace of each second and 5 % of the others; the calls of a minute
# come within about two seconds.
_TRACES_PER_MINUTE = 2 + 0.05 * (_CALLS_PER_MINUTE - 2)
# A unit for 4 KB, half of one where it need not be the newest: the preflight reads the last hundred
# records (1 KB each, assumed) and the last look, the watchdog what it knew a minute ago.
_READ_UNITS_PER_MINUTE = 100 / 4 / 2 + 1 + 1
# A worker keeps a secret for five minutes, the table's client its key as long
# (landbridge.adapters.secrets; Amazon DynamoDB, "Encryption at rest").
_FIVE_MINUTES_PER_MONTH = _MINUTES_PER_MONTH / 5
_LOOKING = tuple(step_named(name) for name in ("record_look", "run_preflight"))
_SECRET_USES = frozenset({"aws_database", "azure_database"})
_SECRET_READERS = sum(len(step.uses & _SECRET_USES) for step in (*WARMED, *_LOOKING))
_TABLE_USERS = 3  # the look, the preflight, the watchdog
# Assumed: a GameDay and some drills a month, 100 KB each, kept for seven years.
_RUNS_PER_MONTH, _RECORD_GB, _KEPT_MONTHS = 8, 1e-4, 84
_FAST_SECONDS = 10


@dataclass(frozen=True)
class OrchestratorFacts:
    """What the bill depends on of the configuration."""

    site_interval_seconds: int
    secrets: int
    hosted_zone: bool
    # Whether the alarm's events go to another region: then there is a key of ours in both.
    forwarded: bool = True


# Checks as stacks.constructs.health_checks makes them: A looks at AWS, Z and Z' at Azure with the
# sites' interval; G and H at the Function App, always fast and for a word in the answer; two are
# calculated from the others and are billed as a basic check of an AWS endpoint.
_AWS_SITE_CHECKS, _AZURE_SITE_CHECKS, _GATE_CHECKS, _CALCULATED = 1, 2, 2, 2
_GATE_OPTIONS = 3  # HTTPS, fast, string matching
_DASHBOARDS = 1


def orchestrator_counts(facts: OrchestratorFacts) -> dict[str, float]:
    """Return the month's counts by price id."""
    site_options = 2 if facts.site_interval_seconds == _FAST_SECONDS else 1  # HTTPS, fast
    calls = _MINUTES_PER_MONTH * _CALLS_PER_MINUTE
    alarms = [one for one in ALARMS if facts.forwarded or not one.in_health_region]
    return {
        "aws.route53.check-aws": _AWS_SITE_CHECKS + _CALCULATED,
        "aws.route53.check-other": _AZURE_SITE_CHECKS + _GATE_CHECKS,
        "aws.route53.option-aws": _AWS_SITE_CHECKS * site_options,
        "aws.route53.option-other": _AZURE_SITE_CHECKS * site_options
        + _GATE_CHECKS * _GATE_OPTIONS,
        "aws.route53.zone": 1 if facts.hosted_zone else 0,
        "aws.cloudwatch.alarm": 1 + len(alarms),
        "aws.cloudwatch.metric": len(METRICS),
        "aws.cloudwatch.dashboard": _DASHBOARDS,
        "aws.secret": facts.secrets,
        "aws.secret.calls": _FIVE_MINUTES_PER_MONTH * _SECRET_READERS / 1e6,
        "aws.kms.key": 2 if facts.forwarded else 1,
        "aws.kms.requests": _FIVE_MINUTES_PER_MONTH * _TABLE_USERS / 1e6,
        "aws.lambda.requests": calls / 1e6,
        "aws.lambda.gb-second": _MINUTES_PER_MONTH * _SECONDS_PER_MINUTE * _MEMORY_GB,
        "aws.logs": calls * _LOG_GB_PER_CALL,
        "aws.xray": _MINUTES_PER_MONTH * _TRACES_PER_MINUTE / 1e6,
        "aws.dynamodb.writes": _MINUTES_PER_MONTH * _WRITE_UNITS_PER_MINUTE / 1e6,
        "aws.dynamodb.reads": _MINUTES_PER_MONTH * _READ_UNITS_PER_MINUTE / 1e6,
        "aws.s3.puts": _RUNS_PER_MONTH / 1e6,
        "aws.s3.storage": _RUNS_PER_MONTH * _RECORD_GB * _KEPT_MONTHS,
        # Route 53's checkers ask it several times a second: a plan by the hour, not by the call.
        "azure.functions.B1": 1,
    }
