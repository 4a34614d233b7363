"""What roles may do in a lab, and what they asked for: both as the emulator has it."""

from collections.abc import Iterator
from typing import Any

from lab.clouds.clouds import Clouds

__all__ = ["NOT_ASKED", "Right", "asked", "granted", "matches", "refused", "why_not_asked"]

# Who holds it (a step by its verb-noun, else what the role is for), and the action.
Right = tuple[str, str]


def granted(clouds: Clouds) -> set[Right]:
    """Return every action that a role of the deployed stacks allows."""
    roles = clouds.aws.client("iam", clouds.configuration.orchestrator_region)
    holders = _holders(clouds)
    return {
        (holder, action)
        for role, holder in holders.items()
        for name in roles.list_role_policies(RoleName=role)["PolicyNames"]
        for action in _actions(roles.get_role_policy(RoleName=role, PolicyName=name))
    }


def asked(clouds: Clouds) -> set[Right]:
    """Return every action that IAM was asked for and allowed."""
    holders = _holders(clouds)
    return {(holders[one.role], one.action) for one in clouds.aws.access() if one.allowed}


def refused(clouds: Clouds) -> set[Right]:
    """Return every action that IAM was asked for and did not allow."""
    holders = _holders(clouds)
    return {(holders[one.role], one.action) for one in clouds.aws.access() if not one.allowed}


def _holders(clouds: Clouds) -> dict[str, str]:
    """Return each role's holder by the role's name."""
    region = clouds.configuration.orchestrator_region
    roles = clouds.aws.client("iam", region).list_roles(MaxItems=1000)["Roles"]
    functions = clouds.aws.client("lambda", region).list_functions(MaxItems=1000)["Functions"]
    steps = {one["Role"]: one["Handler"].split(".")[1] for one in functions}
    return {one["RoleName"]: steps.get(one["Arn"]) or _purpose(one) for one in roles}


def _purpose(role: dict[str, Any]) -> str:
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    principal = statement["Principal"]
    return str(principal.get("Service") or "the function caller")


def _actions(policy: dict[str, Any]) -> Iterator[str]:
    for statement in policy["PolicyDocument"]["Statement"]:
        action = statement["Action"]
        yield from [action] if isinstance(action, str) else action


def why_not_asked(holder: str, action: str) -> str:
    """Return why a lab does not show it, empty where it has to."""
    return NOT_ASKED.get((holder, action)) or NOT_ASKED.get((ANYBODY, action)) or ""


def matches(listed: Right, granted: set[Right]) -> bool:
    """Whether somebody holds what is listed."""
    holder, action = listed
    return any(one == action and holder in {ANYBODY, whose} for whose, one in granted)


ANYBODY = "anybody"
_RUNTIMES = "Lambda's runtime and its X-Ray daemon do it, and the lab's workers have neither"
_MACHINES = "Step Functions does it itself, and the emulator asks no policy for it"
_ROUTE_53 = "the lab's Route 53 is another emulator, which asks no policy"
_LAMBDA = "Lambda sends what a function never managed by itself, with the function's role"
_DRILL_AGE = "no lab limits the age of the last drill; tests/functions/test_start_failover.py does"
_WATCHDOG = (
    "with Azure serving it has nothing to keep or ask; tests/drill/test_drill_watchdog.py has"
)
# What a role may do and this lab does not show, and why.
NOT_ASKED: dict[Right, str] = {
    (ANYBODY, "logs:CreateLogStream"): _RUNTIMES,
    (ANYBODY, "logs:PutLogEvents"): _RUNTIMES,
    (ANYBODY, "xray:PutTelemetryRecords"): _RUNTIMES,
    (ANYBODY, "xray:PutTraceSegments"): _RUNTIMES,
    (ANYBODY, "xray:GetSamplingRules"): _MACHINES,
    (ANYBODY, "xray:GetSamplingTargets"): _MACHINES,
    (ANYBODY, "logs:CreateLogDelivery"): _MACHINES,
    (ANYBODY, "logs:DeleteLogDelivery"): _MACHINES,
    (ANYBODY, "logs:DescribeLogGroups"): _MACHINES,
    (ANYBODY, "logs:DescribeResourcePolicies"): _MACHINES,
    (ANYBODY, "logs:GetLogDelivery"): _MACHINES,
    (ANYBODY, "logs:ListLogDeliveries"): _MACHINES,
    (ANYBODY, "logs:PutResourcePolicy"): _MACHINES,
    (ANYBODY, "logs:UpdateLogDelivery"): _MACHINES,
    ("states.amazonaws.com", "lambda:InvokeFunction"): _MACHINES,
    (ANYBODY, "events:PutEvents"): "EventBridge forwards by itself, and the emulator asks nobody",
    (ANYBODY, "route53:GetHealthCheck"): _ROUTE_53,
    (ANYBODY, "route53:ListHostedZonesByName"): _ROUTE_53,
    (ANYBODY, "route53:ListResourceRecordSets"): _ROUTE_53,
    (ANYBODY, "sqs:SendMessage"): _LAMBDA,
    (ANYBODY, "kms:Decrypt"): _LAMBDA,
    (ANYBODY, "kms:GenerateDataKey"): _LAMBDA,
    ("start_failover", "dynamodb:Query"): _DRILL_AGE,
    ("start_failover", "sns:Publish"): _DRILL_AGE,
    ("watch_primary", "dynamodb:PutItem"): _WATCHDOG,
    ("watch_primary", "lambda:InvokeFunction"): _WATCHDOG,
    ("close_gameday", "lambda:InvokeFunction"): "no GameDay is left in Azure here; "
    "tests/functions/test_close_gameday.py has one",
}
