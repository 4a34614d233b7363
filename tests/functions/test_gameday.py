"""Whole GameDays: the machine on both interpreters, with its real steps."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from landbridge.adapters import environment
from landbridge.adapters.runs import ABORT, put_record, read_record
from landbridge.domain.gameday import Leg
from landbridge.domain.plan import GAMEDAY
from landbridge.domain.settings import VARIABLE
from tests.functions.outside import Outside, outside
from tests.functions.world import World
from tests.sample_settings import settings_document
from tests.statemachines.machine import Machine, Run

__all__ = ["outside"]

REQUEST: dict[str, Any] = {"trigger": "manual", "reason": "the quarter's"}
GREEN = {"checks": [{"name": "slot", "result": "pass", "reason": ""}], "active": "aws"}
QUICK = {"notice_seconds": 0, "soak_seconds": 0, "ways_seconds": 60}
_names: Iterator[str] = (f"gameday-manual-{number}" for number in range(1, 10_000))
Moment = Callable[[], None]


class Gameday:
    """One GameDay; ``moments`` has what happens the first time that something is done."""

    def __init__(self, world: World, outside: Outside, machine: Machine) -> None:
        self.world, self.outside, self._machine = world, outside, machine
        self.run = next(_names)
        self.preflight: dict[str, Any] = GREEN
        self.request = REQUEST
        self.moments: dict[str, Moment] = {}
        # The runs' states, look by look; the last one stays.
        self.ways = {"failover": ["RUNNING", "SUCCEEDED"], "failback": ["RUNNING", "SUCCEEDED"]}

    def abort(self) -> None:
        """Do as ``landbridge gameday --abort`` does."""
        put_record(self.run, ABORT, 1.0, {"by": "ann", "reason": "enough"})

    def whole(self) -> Run:
        """Let the machine run to its end."""
        functions = self.world.functions(GAMEDAY) | {
            "run_preflight": lambda _event: self.preflight,
            "smoke_dns": self._smoke,
            "announce_gameday": self._announce,
            "start_leg": self._start,
            "watch_gameday": self._watch,
        }
        return self._machine.run(functions, self.run, self.request)

    def _now(self, moment: str) -> None:
        self.moments.pop(moment, lambda: None)()

    def _smoke(self, _event: object) -> object:
        self._now("soak")
        return {"site": "azure", "epoch": 2, "passed_at": 1.0}

    def _announce(self, event: dict[str, Any]) -> object:
        self._now("announced")
        return self.world.run("announce_gameday", event)

    def _start(self, event: dict[str, Any]) -> object:
        answer = self.world.run("start_leg", event)
        self.outside.status[answer["run"]] = self.ways[event["flow"]][0]
        self._now({"failover": "out", "failback": "home"}[event["flow"]])
        return answer

    def _watch(self, event: dict[str, Any]) -> object:
        answer = self.world.run("watch_gameday", event)
        for name in self.outside.status:
            left = self.ways[name.partition("-")[0]]
            self.outside.status[name] = left.pop(0) if len(left) > 1 else left[0]
        return answer

    @property
    def asked(self) -> list[str]:
        """The runs that starters were asked for."""
        return [f"{event['trigger']} {flow}" for event, flow in self.outside.asked]


OUT, HOME = "gameday failover", "gameday failback"


@pytest.fixture
def gameday(
    world: World,
    outside: Outside,
    gameday_machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
) -> Gameday:
    """Give a GameDay of no time: each wait is over at once."""
    configure(monkeypatch, **QUICK)
    return Gameday(world, outside, gameday_machine)


def configure(monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
    """Give the steps these settings of GameDays."""
    monkeypatch.setenv(VARIABLE, json.dumps(settings_document(gameday=options)))
    environment.settings.cache_clear()


def mark(one: Gameday) -> str:
    """Return how it ended, as the record has it."""
    kept = read_record(one.run, "gameday")
    assert kept is not None
    return str(kept["ending"]["mark"])


def test_a_quiet_gameday_is_completed(gameday: Gameday) -> None:
    """Out, soak, home; people are told before and after."""
    run = gameday.whole()
    assert (run.status, mark(gameday), gameday.asked) == ("SUCCEEDED", "completed", [OUT, HOME])
    assert [subject for subject, _ in gameday.world.messages] == [
        "landbridge: GameDay announced",
        "landbridge: GameDay completed",
    ]


@pytest.mark.parametrize(
    ("phase", "asked"),
    [("announced", []), ("out", [OUT, HOME]), ("soak", [OUT, HOME]), ("home", [OUT, HOME])],
)
def test_an_abort_leads_to_the_nearest_safe_state(
    gameday: Gameday, phase: str, asked: list[str]
) -> None:
    """Before anything moved it ends; on the way it is home, and no run is stopped half way."""
    gameday.moments = {phase: gameday.abort}
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("aborted", asked)
    told = gameday.world.messages[-1][1]
    assert "enough, ann" in told
    serves = "nothing was moved" if phase == "announced" else "AWS serves again"
    assert serves in told


def test_an_abort_while_the_way_out_is_undone_ends_in_aws(gameday: Gameday) -> None:
    """The failover's own run undid it: there is no way home to go."""
    gameday.moments = {"out": gameday.abort}
    gameday.ways["failover"] = ["RUNNING", "FAILED"]
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("failed", [OUT])


def test_a_red_preflight_begins_nothing(gameday: Gameday) -> None:
    """People are told which check."""
    red = {"name": "slot", "result": "fail", "reason": "there is none"}
    gameday.preflight = {**GREEN, "checks": [red]}
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("refused", [])
    assert "slot: fail: there is none" in gameday.world.messages[-1][1]


def test_a_blocked_window_begins_nothing(gameday: Gameday, monkeypatch: pytest.MonkeyPatch) -> None:
    """People are told which window."""
    configure(monkeypatch, **QUICK, blocked_windows=[{"name": "every day"}])
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("refused", [])
    assert "blocked window every day" in gameday.world.messages[-1][1]


def test_an_alarm_before_the_way_out_is_an_incident(gameday: Gameday) -> None:
    """The GameDay starts no switchover; the incident has its run, and the votes decide."""

    def alarm() -> None:
        gameday.outside.on_aws = "ALARM"

    gameday.moments = {"announced": alarm}
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("incident", ["watchdog failover"])


def test_an_alarm_on_an_aws_that_is_kept_out_is_none(gameday: Gameday) -> None:
    """It comes by the switchover itself, with a run that finds nothing to do."""

    def alarm() -> None:
        gameday.outside.on_aws = "ALARM"

    gameday.moments = {"out": alarm}
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("completed", [OUT, HOME])


def test_an_aws_that_dies_on_the_way_out_is_an_incident(gameday: Gameday) -> None:
    """The switchover does not arrive and the alarm is on: its event was refused beside the run."""

    def dies() -> None:
        gameday.outside.on_aws = "ALARM"
        gameday.ways["failover"] = ["RUNNING", "FAILED"]

    gameday.moments = {"out": dies}
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("incident", [OUT, "watchdog failover"])


def test_an_alarm_of_the_workload_brings_it_home(gameday: Gameday) -> None:
    """A stop condition while Azure serves."""

    def unwell() -> None:
        gameday.outside.alarms = {"checkout": "ALARM"}

    gameday.moments = {"soak": unwell}
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("stopped", [OUT, HOME])


def test_a_second_abort_changes_nothing(gameday: Gameday) -> None:
    """Pressed on the way out and again while Azure serves: one way home."""
    gameday.moments = {"out": gameday.abort, "soak": gameday.abort}
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("aborted", [OUT, HOME])


def test_an_abort_before_the_first_look_ends_it_there(gameday: Gameday) -> None:
    """Pressed while the preflight was on."""
    gameday.abort()
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("aborted", [])


def test_a_switchover_that_somebody_else_did_is_not_brought_home(gameday: Gameday) -> None:
    """In the moment before the way out began: its own run found nothing to do."""

    def moved() -> None:
        gameday.outside.idle = set(gameday.outside.status)

    gameday.moments = {"out": moved}
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("incident", [OUT])


def test_a_fault_moves_it_out_and_the_gameday_home(gameday: Gameday) -> None:
    """No switchover: the alarm's failover is the way out, and nobody asks for another one."""
    gameday.request = {**REQUEST, "planned": False}

    def fault() -> None:
        gameday.outside.on_aws = "ALARM"
        gameday.outside.since = [Leg("failover-alarm-1", "RUNNING")]
        gameday.outside.status["failover-alarm-1"] = "RUNNING"

    gameday.moments = {"announced": fault}
    run = gameday.whole()
    assert (run.status, mark(gameday), gameday.asked) == ("SUCCEEDED", "completed", [HOME])
    assert "failover-alarm-1" in gameday.world.messages[-1][1]


def test_a_fault_that_nobody_makes_ends_it(
    gameday: Gameday, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time of both ways; nothing was moved."""
    configure(monkeypatch, **{**QUICK, "ways_seconds": 0})
    gameday.request = {**REQUEST, "planned": False}
    gameday.whole()
    assert (mark(gameday), gameday.asked) == ("failed", [])
    assert "no failover began within 0 s" in gameday.world.messages[-1][1]
