"""No action has a wildcard, and a resource has one where nothing else is possible."""

import json
import re
from collections.abc import Iterator
from typing import Any

Template = dict[str, Any]
Statement = dict[str, Any]

# Actions that know no resources, or are not sure to be asked about one. Source of each: the page
# of its service in the Service Authorization Reference, "Actions, resources, and condition keys".
NO_RESOURCES = {
    "cloudwatch:DescribeAlarms": "CloudWatch: a list of alarms is asked about all of them",
    "logs:CreateLogDelivery": "CloudWatch Logs: no resource types; Step Functions Developer Guide, "
    "Logging using CloudWatch Logs",
    "logs:DeleteLogDelivery": "as logs:CreateLogDelivery",
    "logs:DescribeLogGroups": "as logs:CreateLogDelivery",
    "logs:DescribeResourcePolicies": "as logs:CreateLogDelivery",
    "logs:GetLogDelivery": "as logs:CreateLogDelivery",
    "logs:ListLogDeliveries": "as logs:CreateLogDelivery",
    "logs:PutResourcePolicy": "as logs:CreateLogDelivery",
    "logs:UpdateLogDelivery": "as logs:CreateLogDelivery",
    "route53:ListHostedZonesByName": "Route 53: no resource types",
    "sts:GetWebIdentityToken": "STS: a token of whoever asks; its audience is a condition",
    "xray:GetSamplingRules": "X-Ray: no resource types",
    "xray:GetSamplingTargets": "X-Ray: no resource types",
    "xray:PutTelemetryRecords": "X-Ray: no resource types",
    "xray:PutTraceSegments": "X-Ray: no resource types",
}
# Resources of which a part is not known before: action -> how the resource ends, and why.
PART_UNKNOWN = {
    "lambda:InvokeFunction": (r":\*$", "a machine's runs end on the versions they began with"),
    "route53:GetHealthCheck": (r":::healthcheck/\*$", "ids are made in another region; read only"),
    "route53:ListResourceRecordSets": (r":::hostedzone/\*$", "as route53:GetHealthCheck"),
    "s3:PutObject": (r"/runs/(rehearsal-)?\*$", "an object for each run"),
    "secretsmanager:GetSecretValue": (r"-\?{6}$", "Secrets Manager's suffix of a secret's ARN"),
    "states:DescribeExecution": (r":execution:landbridge-orders-[a-z]+:\*$", "one for each run"),
    "states:GetExecutionHistory": (r":execution:landbridge-orders-[a-z]+:\*$", "one for each run"),
}


def _statements(templates: dict[str, Template]) -> Iterator[tuple[str, str, Statement]]:
    """Yield stack and resource, the kind of it, and each statement that allows something."""
    for stack, template in templates.items():
        for name, one in template["Resources"].items():
            properties = one["Properties"]
            for key in ("PolicyDocument", "KeyPolicy"):
                for statement in properties.get(key, {}).get("Statement", ()):
                    if statement["Effect"] == "Allow":
                        yield f"{stack}.{name}", one["Type"], statement


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(resource: Any) -> str:
    if isinstance(resource, dict) and "Fn::Join" in resource:
        return "".join(part if isinstance(part, str) else "…" for part in resource["Fn::Join"][1])
    return resource if isinstance(resource, str) else "…"


def test_no_action_has_a_wildcard(templates: dict[str, Template]) -> None:
    """In no policy of a role, a queue, a topic, a bucket or a key."""
    found = [
        (name, action)
        for name, _, statement in _statements(templates)
        for action in _list(statement["Action"])
        if "*" in action
    ]

    assert len({kind for _, kind, _ in _statements(templates)}) >= 4
    assert found == []


def _excused(action: str, resource: str) -> bool:
    if resource == "*":
        return action in NO_RESOURCES
    pattern, _ = PART_UNKNOWN.get(action, (r"(?!)", ""))
    return re.search(pattern, resource) is not None


def test_a_resource_has_a_wildcard_only_where_one_is_listed(
    templates: dict[str, Template],
) -> None:
    """And each exception that is listed is still needed by something."""
    used, found = set(), []
    for name, kind, statement in _statements(templates):
        if kind == "AWS::KMS::Key":
            continue  # there "*" is the key itself (KMS Developer Guide, "Key policies")
        for action in _list(statement["Action"]):
            for resource in map(_text, _list(statement["Resource"])):
                if not set("*?") & set(resource):
                    continue
                used.add(action)
                if not _excused(action, resource):
                    found.append((name, action, resource))

    assert found == []
    assert used == set(NO_RESOURCES) | set(PART_UNKNOWN)


def test_nobody_of_another_account_is_let_in(templates: dict[str, Template]) -> None:
    """No statement that allows something has everybody for its principal."""
    for name, _, statement in _statements(templates):
        principal = json.dumps(statement.get("Principal", {}))
        assert '"*"' not in principal, name
