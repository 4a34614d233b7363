"""The figures of a preflight, and the message about an alarm on them."""

from dataclasses import replace
from typing import Any

import pytest

from landbridge.domain.alarm_message import parse_alarm_change, tell_alarm
from landbridge.domain.drill_age import Drill
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.gate import GateState
from landbridge.domain.monitoring import BLOCKERS, METRICS, metrics_of, seen_of_aws, votes_of
from landbridge.domain.preflight.preflight import Looks, report_of
from landbridge.domain.standby_alarms import ALARMS
from tests.domain.preflight.healthy import NOW, changed, healthy, settings
from tests.domain.preflight.test_every_check import gate

CHANGE = {
    "detail": {
        "alarmName": "landbridge-orders-failover-impossible",
        "state": {"value": "ALARM", "reason": "Threshold Crossed"},
        "previousState": {"value": "OK"},
    }
}


def report(looks: Looks) -> dict[str, Any]:
    """Return the preflight's report of these looks."""
    return dict(report_of(looks, settings(), NOW))


def figures(looks: Looks) -> dict[str, float]:
    """Return the figures by name."""
    return {one.name: one.value for one in metrics_of(report(looks), NOW)}


def test_a_healthy_standby_in_figures() -> None:
    """Nothing fails, the gate is closed; what nobody knows has no figure."""
    found = figures(healthy())
    assert found["FailoverBlockers"] == found["FailedChecks"] == found["UnknownChecks"] == 0
    assert (found["Gate"], found["Epoch"], found["LagBytes"]) == (0, 1, 0)
    assert "DrillAgeDays" not in found


def test_what_makes_a_failover_impossible_is_counted_apart() -> None:
    """A lost right on the standby blocks; a password of the primary that ends soon does not."""
    blocked = changed(healthy(), "azure", rights={})
    found = figures(blocked)
    assert (found["FailoverBlockers"], found["FailedChecks"]) == (1, 1)
    ending = changed(healthy(), "aws", valid_until={"replicator": NOW + 86_400})
    found = figures(ending)
    assert (found["FailoverBlockers"], found["FailedChecks"]) == (0, 1)


def test_two_sites_that_take_writes_have_a_figure_of_their_own() -> None:
    """It wakes somebody at once, whatever else fails."""
    looks = changed(healthy(), "azure.look", in_recovery=False, epoch=2)
    assert figures(gate(GateState.OPEN, "azure", 2)(looks))["BothSitesWrite"] == 1


def test_the_last_drill_is_on_the_dashboard() -> None:
    """Its age in days, its RTO and what it may have lost."""
    looks = replace(healthy(), drill=Drill("failover-1", NOW - 2 * 86_400, 65.0, None))
    found = figures(looks)
    assert (found["DrillAgeDays"], found["LastRtoSeconds"]) == (2.0, 65.0)
    assert "LastRpoBytes" not in found


def test_every_blocker_is_a_check() -> None:
    """A check that was renamed would wake nobody any more."""
    limited = settings()
    budgets = replace(limited.budgets, drill_age_days=30)
    checks = report_of(healthy(), replace(limited, budgets=budgets), NOW)["checks"]
    assert {one["name"] for one in checks} >= BLOCKERS


def test_every_alarm_has_a_figure() -> None:
    """A metric of ours, or a step's, a machine's or a queue's; each name once."""
    ours = [one for one in ALARMS if not (one.step or one.machine or one.queue)]
    assert {alarm.metric for alarm in ours} <= set(METRICS)
    assert ours
    assert len({alarm.name for alarm in ALARMS}) == len(ALARMS)


def test_votes_and_what_the_watchdog_saw_have_figures() -> None:
    """Unknown is a figure of the votes, and none of the watchdog's, which always says something."""
    ballots = [{"vote": "down"}, {"vote": "down"}, {"vote": "unknown"}]
    assert [one.value for one in votes_of(ballots)] == [0, 2, 1]
    assert votes_of([]) == []
    seen = [seen_of_aws(up=up, missed=missed) for up, missed in ((True, False), (None, True))]
    figures = [{one.name: one.value for one in each} for each in seen]
    assert figures == [{"AwsSeenUp": 1, "AwsMissed": 0}, {"AwsMissed": 1}]


def test_an_alarm_is_told_with_what_fails_and_what_to_do() -> None:
    """The sentence, each failed check with its remedy, and last the next command."""
    told = tell_alarm(
        parse_alarm_change(CHANGE, "orders"),
        "orders",
        report(changed(healthy(), "azure", rights={})),
    )
    assert told is not None
    assert told.subject == "landbridge: orders: failover-impossible"
    first, check, last = told.text.splitlines()
    assert first.startswith("A failover would be refused now")
    assert check.startswith("- promotion-rights: landbridge's role lacks, at Azure: ")
    assert "Remedy: run deploy/sql/roles.sql" in check
    assert last == "Next: landbridge preflight."


def test_an_alarm_without_a_report_is_told_all_the_same() -> None:
    """The table may be what is broken."""
    told = tell_alarm(parse_alarm_change(CHANGE, "orders"), "orders", None)
    assert told is not None
    assert "could not be read" in told.text


@pytest.mark.parametrize(
    ("state", "before", "subject"),
    [
        ("OK", "ALARM", "landbridge: orders: failover-impossible is over"),
        ("OK", "INSUFFICIENT_DATA", None),
        ("INSUFFICIENT_DATA", "ALARM", None),
    ],
)
def test_the_end_of_an_alarm_is_told_once(state: str, before: str, subject: str | None) -> None:
    """An alarm that was just made goes to OK by itself: that is no news."""
    detail = {**CHANGE["detail"], "state": {"value": state}, "previousState": {"value": before}}
    told = tell_alarm(parse_alarm_change({"detail": detail}, "orders"), "orders", None)
    assert (told and told.subject) == subject


@pytest.mark.parametrize(
    "event", [None, {}, {"detail": {}}, {"detail": {"alarmName": "landbridge-orders-aws-unready"}}]
)
def test_another_alarm_is_none_of_these(event: object) -> None:
    """Nothing is told of what is not known."""
    with pytest.raises(InvalidEventError):
        parse_alarm_change(event, "orders")
