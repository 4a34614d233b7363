"""Several workloads wave by wave, on both interpreters, with runs that follow a script."""

import types
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from functions.plan_wave import handler as plan_wave
from functions.report_waves import handler as report_waves
from landbridge.domain import errors
from landbridge.domain.wave_settings import WaveSettings
from tests.statemachines.machine import Event, Machine, Run, StepFunction

AFTER = {"orders": (), "search": (), "billing": ("orders",), "mails": ("billing", "search")}
REQUEST = {"reason": "AWS is lost", "occurred_at": 1795424600.0}
CONTEXT = types.SimpleNamespace(
    function_name="waves",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:waves",
    aws_request_id="request",
)
_names: Iterator[str] = (f"waves-{number}" for number in range(1, 10_000))


class World:
    """Workloads' starters and runs; ``endings`` has how a run ends where it does not arrive."""

    def __init__(self, endings: Mapping[str, Any]) -> None:
        self._endings = endings
        self.begun: list[str] = []
        self.on: set[str] = set()
        self.most_on = 0
        self.told: list[str] = []

    def start(self, event: Event) -> Event:
        """Begin a run, or refuse it."""
        workload = event["workload"]
        begun = {"at": 1.0, "ended": False, "outcome": "", "reason": ""}
        said = self._endings.get(workload)
        if isinstance(said, Exception):
            raise said
        self.begun.append(workload)
        if isinstance(said, str):
            return {**begun, "run": "", "ended": True, "outcome": "refused", "reason": said}
        self.on.add(workload)
        self.most_on = max(self.most_on, len(self.on))
        return {**begun, "run": f"{event['flow']}-{workload}"}

    def watch(self, event: Event) -> Event:
        """Look: a run ends at the third look, so that others could begin meanwhile."""
        workload = event["workload"]
        said = self._endings.get(workload)
        begun = {**event["begun"], "wait_seconds": 0}
        looks = event["begun"].get("looks", 0) + 1
        if looks < 3:
            return {**begun, "looks": looks}
        if isinstance(said, list):
            raise said[0]
        self.on.discard(workload)
        ending = said or {"outcome": "arrived", "reason": ""}
        return {**begun, "ended": True, **ending}


def run(
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    endings: Mapping[str, Any] | None = None,
    *,
    request: object = REQUEST,
    after: Mapping[str, tuple[str, ...]] = AFTER,
    limit: int = 5,
) -> tuple[Run, World]:
    """Execute the machine once with the plan's and the report's own handlers."""
    world = World(endings or {})
    monkeypatch.setattr(plan_wave, "wave_settings", lambda: WaveSettings(after, limit))
    monkeypatch.setattr(
        report_waves, "tell_workload", lambda workload, *_: world.told.append(workload)
    )
    steps: dict[str, StepFunction] = {
        "plan_wave": lambda event: plan_wave.lambda_handler(event, CONTEXT),
        "report_waves": lambda event: report_waves.lambda_handler(event, CONTEXT),
        "start_workload": world.start,
        "watch_workload": world.watch,
    }
    return machine.run(steps, next(_names), request), world


def outcomes(one: Run) -> dict[str, str]:
    """Return each workload's ending, as the report was told of it."""
    endings = one.event_of("report_waves")["plan"]["endings"]
    assert len({ending["workload"] for ending in endings}) == len(endings)
    return {ending["workload"]: ending["outcome"] for ending in endings}


def test_each_wave_begins_when_the_one_before_has_ended(
    waves_machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All arrive, each after those that it waits for; nobody is told, for each run told its own."""
    one, world = run(waves_machine, monkeypatch)
    assert (one.status, one.error) == ("SUCCEEDED", "")
    assert set(world.begun[:2]) == {"orders", "search"}
    assert world.begun[2:] == ["billing", "mails"]
    assert outcomes(one) == dict.fromkeys(AFTER, "arrived")
    assert one.output is not None
    message = one.output["report"]["message"]
    assert all(f"{name}: Azure serves (run failover-{name})" in message for name in AFTER)
    assert world.told == []


def test_home_is_the_other_way_round(
    waves_machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waited comes home before what it needs."""
    one, world = run(waves_machine, monkeypatch, request={**REQUEST, "flow": "failback"})
    assert one.status == "SUCCEEDED"
    assert world.begun[0] == "mails"
    assert set(world.begun[1:3]) == {"billing", "search"}
    assert world.begun[3] == "orders"
    assert {event["flow"] for name, event in one.calls if name == "start_workload"} == {"failback"}


@pytest.mark.parametrize(
    ("ending", "outcome", "reason"),
    [
        ("alarm orders is not ours", "refused", "alarm orders is not ours"),
        ({"outcome": "failed", "reason": "no pods"}, "failed", "no pods"),
        (errors.AccessDeniedError("no"), "unknown", "AccessDeniedError: no"),
        ([errors.AccessDeniedError("no")], "unknown", "AccessDeniedError: no"),
    ],
    ids=["refused", "failed", "starter away", "lost sight of"],
)
def test_one_that_does_not_arrive_stops_its_dependents_and_nobody_else(
    waves_machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    ending: object,
    outcome: str,
    reason: str,
) -> None:
    """Billing and mails are not begun and say why; search arrives; their operators are told."""
    one, world = run(waves_machine, monkeypatch, {"orders": ending})
    assert outcomes(one) == {
        "orders": outcome,
        "search": "arrived",
        "billing": "not_begun",
        "mails": "not_begun",
    }
    assert {"billing", "mails"}.isdisjoint(world.begun)
    assert (one.status, one.error) == ("FAILED", "WavesIncomplete")
    assert f"orders {outcome}: {reason}" in one.cause
    assert "billing not begun: it waits for orders, which" in one.cause
    assert sorted(world.told) == ["billing", "mails", "orders"]


@pytest.mark.parametrize("limit", [1, 2])
def test_so_many_runs_at_a_time_and_no_more(
    waves_machine: Machine, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """Four that wait for nobody are one wave, and no more of them are on than may be."""
    after: dict[str, tuple[str, ...]] = dict.fromkeys(("a", "b", "c", "d"), ())
    one, world = run(waves_machine, monkeypatch, after=after, limit=limit)
    assert one.status == "SUCCEEDED"
    assert sorted(world.begun) == sorted(after)
    assert world.most_on <= limit


@pytest.mark.parametrize("request_", [[], "now", {"reason": 1}, None], ids=repr)
def test_any_input_is_refused_by_name(
    waves_machine: Machine, monkeypatch: pytest.MonkeyPatch, request_: object
) -> None:
    """A machine that is started by hand with nonsense begins nothing."""
    one, world = run(waves_machine, monkeypatch, request=request_)
    assert (one.status, one.error) == ("FAILED", "InvalidEventError")
    assert world.begun == []


def test_a_report_that_cannot_be_made_is_no_success(
    waves_machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody takes it for done."""

    def lost(_workload: str, _subject: str, _message: str) -> None:
        raise errors.AccessDeniedError("no topic")

    monkeypatch.setattr(report_waves, "tell_workload", lost)
    world = World({"orders": "no"})
    monkeypatch.setattr(plan_wave, "wave_settings", lambda: WaveSettings({"orders": ()}, 5))
    steps: dict[str, StepFunction] = {
        "plan_wave": lambda event: plan_wave.lambda_handler(event, CONTEXT),
        "report_waves": lambda event: report_waves.lambda_handler(event, CONTEXT),
        "start_workload": world.start,
    }
    one = waves_machine.run(steps, next(_names), REQUEST)
    assert (one.status, one.error) == ("FAILED", "WavesIncomplete")
