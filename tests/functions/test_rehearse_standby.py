"""The rehearsal's Lambda: production's ledger, and the Function App's answers, passed on."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from landbridge.adapters.runs import recent_records
from landbridge.domain.errors import InvalidEventError, LockHeldError
from landbridge.domain.kept_runs import rehearsal_run
from landbridge.domain.rehearsal_record import FLOW as REHEARSAL
from landbridge.domain.rehearsal_verdict import read_production
from tests.adapters.rehearsed_world import CALM, NOTHING, ORDER
from tests.domain.test_rehearsal_record import GOOD
from tests.functions.world import World, handler

RUN = {"run": "rehearsal-1", "seconds": 900}


class FakeApp:
    """A Function App that notes what it is asked to do."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.error: Exception | None = None

    def rehearsal(self) -> Any:
        return NOTHING

    def act_on_rehearsal(self, *asked: Any) -> str:
        self.asked.append(asked)
        if self.error is not None:
            raise self.error
        return "create"


@pytest.fixture(name="app")
def _app(world: World, monkeypatch: pytest.MonkeyPatch) -> FakeApp:  # noqa: ARG001 - settings
    app = FakeApp()
    monkeypatch.setattr(handler("rehearse_standby"), "function_app", lambda: app)
    return app


def test_production_is_answered_as_the_command_reads_it(
    world: World, app: FakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The smoke check's order is asked for where it is named; nothing is done."""
    orders: list[str] = []

    def now(_settings: object, _app: object, order: str) -> Any:
        orders.append(order)
        return CALM

    monkeypatch.setattr(handler("rehearse_standby"), "production_now", now)
    answer = world.run("rehearse_standby", {"action": "observe", "order": ORDER})
    assert read_production(answer) == CALM
    assert (orders, app.asked) == ([ORDER], [])


def test_the_look_is_passed_on(world: World, app: FakeApp) -> None:
    """As the Function App has it."""
    assert world.run("rehearse_standby", {"action": "look"}) == asdict(NOTHING)
    assert app.asked == []


@pytest.mark.parametrize("action", ["begin", "watch", "remove", "clean"])
def test_an_act_is_passed_on_and_what_is_left_answered(
    world: World, app: FakeApp, action: str
) -> None:
    """One request, one act."""
    assert world.run("rehearse_standby", {"action": action, **RUN}) == {"left": "create"}
    assert app.asked == [(action, "rehearsal-1", 900)]


def test_a_refusal_keeps_its_name(world: World, app: FakeApp) -> None:
    """The command says who is on."""
    app.error = LockHeldError("failover-1 is on")
    with pytest.raises(LockHeldError, match="failover-1"):
        world.run("rehearse_standby", {"action": "begin", **RUN})


def test_what_nobody_asks_for_does_nothing(world: World, app: FakeApp) -> None:
    """A real run's name in it is refused before anybody is asked."""
    with pytest.raises(InvalidEventError, match="run"):
        world.run("rehearse_standby", {"action": "remove", **RUN, "run": "failover-1"})
    assert app.asked == []


def test_its_end_is_kept_whole_and_as_a_record_of_its_own_kind(world: World, app: FakeApp) -> None:
    """Kept twice it is one; who asks for the newest runs does not find it among them."""
    report = json.loads(json.dumps(GOOD.document()))
    for _ in range(2):
        asked = {"action": "keep", "run": "rehearsal-1", "report": report}
        assert world.run("rehearse_standby", asked) == {"kept": "rehearsal-1"}
    ((key, item),) = world.table.items()
    assert key == ("rehearsal-1", REHEARSAL)
    record = json.loads(item["record"])
    assert rehearsal_run(record).outcome == "passed"
    whole = world.archive["rehearsal-1"]
    assert (whole["record"], whole["state"]) == (record, report)
    assert recent_records(25) == []
    assert app.asked == []
