"""The watchdog's minute, over the same world as the steps."""

import types
from typing import Any

import pytest

from landbridge.adapters import watching
from landbridge.domain.errors import SiteUnknownError
from landbridge.domain.gate import GateState
from landbridge.domain.votes import ProbeOutcome
from tests.functions.world import World, handler


@pytest.fixture(name="asked")
def _asked(world: World, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Give the events that the starter was handed."""
    events: list[dict[str, Any]] = []

    def ask(event: dict[str, Any]) -> dict[str, Any]:
        events.append(event)
        return {"started": True, "run": "failover-watchdog-1", "reason": "AWS is down"}

    module = handler("watch_primary")
    monkeypatch.setattr(module, "ask_starter", ask)
    for clocked in (module, watching):
        monkeypatch.setattr(clocked, "time", types.SimpleNamespace(time=lambda: world.now))
    return events


def minutes(world: World, count: int) -> list[bool]:
    """Let so many minutes go by; return in which of them the starter was asked."""
    answers = []
    for _ in range(count):
        answers.append(bool(world.run("watch_primary", {})["asked"]))
        world.now += 45.0  # what its probes left of the minute
    return answers


def test_an_outage_without_an_alarm_is_noticed(world: World, asked: list[dict[str, Any]]) -> None:
    """The starter is asked once, with the outage's beginning; a later outage is another one."""
    began = world.now
    world.lose_aws()
    assert minutes(world, 6).count(True) == 1
    assert (asked[0]["trigger"], asked[0]["occurred_at"]) == ("watchdog", began)
    world.return_aws()
    world.aws.start()
    world.settle()
    assert minutes(world, 1) == [False]
    world.lose_aws()
    minutes(world, 6)
    assert len({one["incident"] for one in asked}) == len(asked) == 2


def test_a_cut_of_our_own_way_starts_nothing(world: World, asked: list[dict[str, Any]]) -> None:
    """Our probes are refused for ten minutes while Azure's sees AWS serve; then AWS is lost."""
    world.own_probe = ProbeOutcome.REFUSED
    assert minutes(world, 10) == [False] * 10
    assert asked == []
    world.lose_aws()
    assert minutes(world, 5).count(True) == 1


def test_one_probe_is_enough_while_all_is_well(world: World, asked: list[dict[str, Any]]) -> None:
    """A quiet minute costs one request, and writes nothing."""
    before = world.now
    world.run("watch_primary", {})
    assert (world.now, world.table, asked) == (before, {}, [])


def test_one_good_answer_among_bad_ones_is_no_outage(
    world: World, asked: list[dict[str, Any]]
) -> None:
    """A load balancer that drops a request now and then is not a region that is gone."""
    for _ in range(5):
        world.next_own_probes = [503, 503, 200]
        world.run("watch_primary", {})
        world.now += 60.0
    assert asked == []


def test_a_starter_that_could_not_be_asked_is_asked_in_the_next_minute(
    world: World,
    asked: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The failure is the function's own, so that its alarm sees it; nothing is taken for done."""
    world.lose_aws()
    minutes(world, 2)
    good = handler("watch_primary").ask_starter

    def refused(_event: object) -> dict[str, Any]:
        raise SiteUnknownError("the starter: throttled")

    monkeypatch.setattr(handler("watch_primary"), "ask_starter", refused)
    with pytest.raises(SiteUnknownError, match="throttled"):
        minutes(world, 2)
    monkeypatch.setattr(handler("watch_primary"), "ask_starter", good)
    assert minutes(world, 1) == [True]
    assert len(asked) == 1


def test_nobody_is_asked_while_the_gate_keeps_aws_out(
    world: World, asked: list[dict[str, Any]]
) -> None:
    """After a failover AWS is expected to be gone."""
    world.run("take_lock", {"run": "failover-1"})
    world.run("engage_gate", {"run": "failover-1", "epoch": 2, "seen_epoch": 1})
    world.lose_aws()
    assert world.aks.gate.state is GateState.ENGAGED
    assert minutes(world, 6) == [False] * 6
    assert asked == []
