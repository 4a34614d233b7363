"""The health stack: what decides, without a control plane, which site DNS answers."""

from typing import Any

from lab.protocol.pair import CHECKS
from landbridge.domain.gate import VETO_AWS, VETO_AZURE

Template = dict[str, Any]


def _of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def _checks(health: Template) -> dict[str, dict[str, Any]]:
    found = _of_type(health, "AWS::Route53::HealthCheck")
    return {name: properties["HealthCheckConfig"] for name, properties in found.items()}


def _endpoint(check: dict[str, Any]) -> tuple[str, bool]:
    return check["ResourcePath"], check["Inverted"]


def _calculated(health: Template, role: str) -> dict[str, Any]:
    """Return the calculated check of that role: tests of the DNS stack hang its record on it."""
    output = health["Outputs"][f"{role.title()}CheckId"]
    return _checks(health)[output["Value"]["Ref"]]


def test_primary_answers_while_aws_can_write_and_nothing_vetoes_it(health: Template) -> None:
    """PRIMARY hangs on all of: A, not G, not Z."""
    primary = _calculated(health, "PRIMARY")
    children = [_checks(health)[child["Ref"]] for child in primary["ChildHealthChecks"]]

    assert primary["Type"] == "CALCULATED"
    assert primary["HealthThreshold"] == 3
    assert [_endpoint(child) for child in children] == [
        ("/ready", False),
        ("/api/gate/veto-aws", True),
        ("/ready", True),
    ]
    assert [child["FullyQualifiedDomainName"] for child in (children[0], children[2])] == [
        "health.shop.test",
        "health-azure.shop.test",
    ]


def test_secondary_answers_while_azure_can_write_and_the_gate_is_open(health: Template) -> None:
    """SECONDARY hangs on all of: Z, not H."""
    secondary = _calculated(health, "SECONDARY")
    children = [_checks(health)[child["Ref"]] for child in secondary["ChildHealthChecks"]]

    assert secondary["Type"] == "CALCULATED"
    assert secondary["HealthThreshold"] == 2
    assert [_endpoint(child) for child in children] == [
        ("/ready", False),
        ("/api/gate/veto-azure", True),
    ]
    assert children[0]["FullyQualifiedDomainName"] == "health-azure.shop.test"


def test_the_protocol_model_lives_by_these_very_checks(health: Template) -> None:
    """What the model's DNS hangs on is what the template deploys: kinds, vetoes, thresholds."""
    endpoints = {
        ("/ready", False, "health.shop.test"): "aws",
        ("/ready", False, "health-azure.shop.test"): "azure",
        ("/ready", True, "health-azure.shop.test"): "azure-veto",
        ("/api/gate/veto-aws", True, None): "gate-vetoes-aws",
        ("/api/gate/veto-azure", True, None): "gate-vetoes-azure",
    }

    def named(check: dict[str, Any]) -> str:
        host = check["FullyQualifiedDomainName"]
        return endpoints[*_endpoint(check), host if isinstance(host, str) else None]

    modelled = {check.id: check for check in CHECKS}
    for role in ("PRIMARY", "SECONDARY"):
        deployed, ours = _calculated(health, role), modelled[role.lower()]
        children = [named(_checks(health)[one["Ref"]]) for one in deployed["ChildHealthChecks"]]
        assert tuple(children) == ours.children
        assert deployed["HealthThreshold"] == ours.health_threshold
    for (_, veto, _), name in endpoints.items():
        assert modelled[name].inverted is veto


def test_a_flip_of_the_gate_is_seen_at_once(health: Template) -> None:
    """The gate's checks look every 10 s and believe the first answer; the sites' believe three."""
    thresholds = {
        check["ResourcePath"]: (check["RequestInterval"], check["FailureThreshold"])
        for check in _checks(health).values()
        if check["Type"] != "CALCULATED"
    }

    assert thresholds == {
        "/ready": (10, 3),
        "/api/gate/veto-aws": (10, 1),
        "/api/gate/veto-azure": (10, 1),
    }


def test_a_veto_counts_with_its_own_word_only(health: Template) -> None:
    """A page that somebody else answers with 200 keeps neither site out of DNS."""
    words = {
        check["ResourcePath"]: check["SearchString"]
        for check in _checks(health).values()
        if check["Type"] == "HTTPS_STR_MATCH"
    }

    assert words == {"/api/gate/veto-aws": VETO_AWS, "/api/gate/veto-azure": VETO_AZURE}
    assert len(set(words.values())) == 2


def test_no_check_looks_at_the_failover_name(health: Template) -> None:
    """Every endpoint is a health name or the Function App, never the name that fails over."""
    looked_at = [check.get("FullyQualifiedDomainName") for check in _checks(health).values()]

    assert "orders.shop.test" not in looked_at
    assert {"Fn::FindInMap": ["Configured", "Values", "FunctionHost"]} in looked_at


def _alarm(health: Template) -> dict[str, Any]:
    alarms = _of_type(health, "AWS::CloudWatch::Alarm").values()
    (found,) = [one for one in alarms if one["Namespace"] == "AWS/Route53"]
    return found


def test_an_event_that_did_not_get_across_is_an_alarm(health: Template) -> None:
    """The queue of the forwarding rule is watched where it is, and its alarm's event forwarded."""
    (queue,) = _of_type(health, "AWS::SQS::Queue").values()
    alarms = _of_type(health, "AWS::CloudWatch::Alarm").values()
    (alarm,) = [one for one in alarms if one["Namespace"] == "AWS/SQS"]
    (rule,) = _of_type(health, "AWS::Events::Rule").values()

    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": queue["QueueName"]}]
    assert alarm["AlarmName"] in rule["EventPattern"]["detail"]["alarmName"]


def test_the_alarm_watches_awss_own_check_alone(health: Template) -> None:
    """One minute of A below 1 is an alarm; no data is no alarm, it is insufficient."""
    alarm = _alarm(health)
    watched = _checks(health)[alarm["Dimensions"][0]["Value"]["Ref"]]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Route53", "HealthCheckStatus")
    assert (alarm["Statistic"], alarm["Period"]) == ("Minimum", 60)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (1, 1)
    assert alarm["TreatMissingData"] == "missing"
    assert (watched["FullyQualifiedDomainName"], watched["Inverted"]) == ("health.shop.test", False)


def test_the_alarms_events_go_to_the_orchestrators_region(health: Template) -> None:
    """The rule forwards to that region's bus with a role that may do just that."""
    (rule,) = _of_type(health, "AWS::Events::Rule").values()
    (target,) = rule["Targets"]
    (policy,) = _of_type(health, "AWS::IAM::Policy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert rule["EventPattern"] == {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": ["landbridge-orders-aws-unready", "landbridge-orders-lost-alarms"]},
    }
    bus = "".join(part if isinstance(part, str) else "*" for part in target["Arn"]["Fn::Join"][1])
    assert bus == "arn:aws:events:eu-central-1:*:event-bus/default"
    assert "DeadLetterConfig" in target
    assert statement["Action"] == "events:PutEvents"
    assert statement["Resource"] == target["Arn"]
