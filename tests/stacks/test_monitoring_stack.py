"""The alarms and the dashboard, and that they watch what the functions really write."""

import json
from pathlib import Path
from typing import Any

import pytest

from landbridge.adapters.metrics import emit
from landbridge.domain.monitoring import METRICS, Metric
from landbridge.domain.plan import STANDALONE, step_named
from landbridge.domain.standby_alarms import ALARMS

Template = dict[str, Any]


def _named(template: Template, kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


def _alarms(template: Template) -> dict[str, dict[str, Any]]:
    return {one["AlarmName"]: one for one in _named(template, "AWS::CloudWatch::Alarm")}


def _dimensions(alarm: dict[str, Any]) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in alarm["Dimensions"]}


def test_an_alarm_watches_the_figure_that_is_written(
    monitoring: Template, capsys: pytest.CaptureFixture[str]
) -> None:
    """Namespace, name and dimensions are the line's in the log, or CloudWatch sees nothing."""
    emit([Metric(name, 1.0) for name in METRICS], "orders")
    line = json.loads(capsys.readouterr().out)
    (written,) = line["_aws"]["CloudWatchMetrics"]
    units = {one["Name"]: one["Unit"] for one in written["Metrics"]}
    dimensions = {name: line[name] for name in written["Dimensions"][0]}
    alarms = _alarms(monitoring).values()
    own = [one for one in alarms if one.get("Namespace") == "landbridge"]

    assert units == dict(METRICS)
    assert written["Namespace"] == "landbridge"
    assert own
    for alarm in own:
        assert alarm["MetricName"] in units
        assert _dimensions(alarm) == dimensions


def test_nothing_is_written_where_nothing_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    """No line without a figure."""
    emit([], "orders")
    assert capsys.readouterr().out == ""


def test_every_alarm_is_there_and_waits_as_it_says(monitoring: Template, health: Template) -> None:
    """A missing figure is not a failure, but where silence is what it is about."""
    beside = {name: one for name, one in _alarms(health).items() if "Route53" not in str(one)}
    found = _alarms(monitoring) | beside
    assert set(found) == {alarm.full_name("orders") for alarm in ALARMS}
    for alarm in ALARMS:
        made = found[alarm.full_name("orders")]
        assert made["EvaluationPeriods"] == made["DatapointsToAlarm"] == alarm.minutes
        assert (made["Period"], made["Threshold"]) == (60, 1)
        expected = "breaching" if alarm.silent else "notBreaching"
        assert made["TreatMissingData"] == expected
        assert made["ComparisonOperator"].startswith("Less" if alarm.silent else "Greater")
        assert alarm.following in made["AlarmDescription"]
        if alarm.step:
            function = step_named(alarm.step).function_name("orders")
            assert _dimensions(made) == {"FunctionName": function}
            assert made["Namespace"] == "AWS/Lambda"


def test_a_run_of_each_machine_that_ends_badly_wakes_somebody(
    monitoring: Template, orchestrator: Template
) -> None:
    """Failed, timed out or stopped: a machine that can tell nobody is seen from outside."""
    machines = _named(orchestrator, "AWS::StepFunctions::StateMachine")
    seen: dict[str, list[str]] = {}
    for alarm in _named(monitoring, "AWS::CloudWatch::Alarm"):
        if alarm["Namespace"] == "AWS/States":
            name = _plain(_dimensions(alarm)["StateMachineArn"]).rsplit(":", 1)[1]
            seen.setdefault(name, []).append(alarm["MetricName"].removeprefix("Executions"))
    assert {name: sorted(ends) for name, ends in seen.items()} == {
        one["StateMachineName"]: ["Aborted", "Failed", "TimedOut"] for one in machines
    }
    assert len(seen) == 3


def test_what_could_not_be_delivered_wakes_somebody(templates: dict[str, Template]) -> None:
    """The queues of what was lost, by their very names, each with an alarm in its own region."""

    def named(kind: str, name: str, stacks: set[str]) -> set[str]:
        found = [one for stack in stacks for one in _named(templates[stack], kind)]
        if kind == "AWS::SQS::Queue":
            return {one[name] for one in found}
        return {_dimensions(one)[name] for one in found if one["Namespace"] == "AWS/SQS"}

    in_us_east_1 = {"Health"}
    for stacks in (in_us_east_1, set(templates) - in_us_east_1):
        made = named("AWS::SQS::Queue", "QueueName", stacks)
        assert made
        assert made == named("AWS::CloudWatch::Alarm", "QueueName", stacks)


def _plain(value: Any) -> str:
    """Return a text of a template with a word in each place that CloudFormation fills."""
    if isinstance(value, str):
        return value
    ((kind, inner),) = value.items()
    if kind == "Fn::Join":
        return str(inner[0].join(_plain(one) for one in inner[1]))
    return "token"


def test_the_dashboard_is_what_cloudwatch_takes(monitoring: Template) -> None:
    """JSON of widgets within the grid of 24 columns, that do not lie on one another."""
    (dashboard,) = _named(monitoring, "AWS::CloudWatch::Dashboard")
    widgets = json.loads(_plain(dashboard["DashboardBody"]))["widgets"]
    cells = [
        (x, y)
        for one in widgets
        for x in range(one["x"], one["x"] + one["width"])
        for y in range(one["y"], one["y"] + one["height"])
    ]
    assert {one["type"] for one in widgets} == {"alarm", "metric", "text"}
    assert max(x for x, _ in cells) < 24
    assert len(set(cells)) == len(cells)


def test_each_change_of_an_alarm_is_told(orchestrator: Template) -> None:
    """The rule has each alarm's very name, and calls the function that tells the operators."""
    rules = _named(orchestrator, "AWS::Events::Rule")
    names = {alarm.full_name("orders") for alarm in ALARMS}
    (rule,) = [
        one
        for one in rules
        if set(one.get("EventPattern", {}).get("detail", {}).get("alarmName", ())) == names
    ]
    (target,) = rule["Targets"]
    alias = orchestrator["Resources"][target["Arn"]["Ref"]]["Properties"]
    function = orchestrator["Resources"][alias["FunctionName"]["Ref"]]["Properties"]

    assert function["FunctionName"] == step_named("tell_alarm").function_name("orders")
    assert "DeadLetterConfig" in target
    assert step_named("tell_alarm") in STANDALONE


def test_the_dashboard_shows_every_figure(monitoring: Template) -> None:
    """Lag, readiness, gate and epoch, votes, and the last drill's RTO, RPO and age."""
    (dashboard,) = _named(monitoring, "AWS::CloudWatch::Dashboard")
    body = json.dumps(dashboard["DashboardBody"])
    assert dashboard["DashboardName"] == "landbridge-orders"
    assert [name for name in METRICS if name not in body] == []
    assert "landbridge-orders-failover" in body


def test_no_other_stack_waits_for_it(assembly: Path) -> None:
    """Without it a failover works as before."""
    for name in ("Health", "Orchestrator"):
        text = (assembly / f"{name}.template.json").read_text()
        assert "Fn::ImportValue" not in text
    assert "Fn::ImportValue" not in (assembly / "Monitoring.template.json").read_text()
