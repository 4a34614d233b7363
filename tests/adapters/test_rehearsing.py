"""A rehearsal from its first look to the proof: whatever happens between, nothing is left."""

from dataclasses import replace
from typing import NoReturn

import pytest

from landbridge.adapters import rehearsing
from landbridge.adapters.rehearsing import Rehearsal, Rehearsed
from landbridge.domain.database_rebuild import JobState
from landbridge.domain.errors import (
    AccessDeniedError,
    FunctionUnavailableError,
    RehearsalRefusedError,
)
from tests.adapters.rehearsed_world import (
    CALM,
    CLONE,
    GATE,
    NOTHING,
    ORDER,
    RehearsedWorld,
    at,
    hasty_poll,
)


def rehearse(world: RehearsedWorld, seconds: int = 60) -> Rehearsed:
    """Rehearse in that world, without a pause between two looks."""
    return Rehearsal(world, "rehearsal-1", seconds, lambda _: None, look_seconds=0.0).rehearse()


def raising(error: BaseException) -> NoReturn:
    """Raise it."""
    raise error


def test_all_is_shown_and_nothing_is_left() -> None:
    """It passes; production is held against itself, and asked about the order."""
    world = RehearsedWorld()
    done = rehearse(world)
    assert done.verdict.passed, done.verdict
    assert world.look == NOTHING
    assert done.after.order_known is False
    assert done.document()["shown"]["smoke"]["order"] == ORDER


@pytest.mark.parametrize("nth", [1, 2])
def test_interrupted_it_removes_all_and_says_so(nth: int) -> None:
    """Ctrl-C in the middle of it leaves no more than a good end does."""
    world = RehearsedWorld(smoke=())
    at(world, "look", nth + 1, lambda: raising(KeyboardInterrupt()))
    done = rehearse(world)
    assert world.look == NOTHING
    assert (done.verdict.passed, done.verdict.failed) == (False, "it was interrupted")
    assert done.verdict.leaks == ()


def test_a_job_that_was_created_by_a_request_that_broke_is_removed() -> None:
    """The answer was lost, the Job was not."""
    world = RehearsedWorld()
    at(world, "begin", 2, lambda: raising(AccessDeniedError("begin: no")))
    done = rehearse(world)
    assert (done.verdict.passed, done.verdict.failed) == (False, "begin: no")
    assert world.look == NOTHING


def test_what_may_work_later_is_asked_again() -> None:
    """A Function App that is gone for a moment fails no rehearsal."""
    world = RehearsedWorld()
    for action in ("remove", "begin", "look", "observe"):
        # Before anything is begun one may as well begin again oneself.
        nth = 1 if action in {"remove", "begin"} else 2
        error = FunctionUnavailableError(f"{action}: 503")
        at(world, action, nth, lambda error=error: raising(error))
    assert rehearse(world).verdict.passed


def test_a_real_run_that_begins_ends_it() -> None:
    """It makes way, removes all, and shows how production changed."""
    world = RehearsedWorld(smoke=())

    def failover() -> None:
        world.look = replace(world.look, lock_holder="failover-1")
        world.production = replace(CALM, gate=GATE | {"state": "engaged", "epoch": 4})

    at(world, "look", 3, failover)
    done = rehearse(world)
    assert "failover-1 began" in done.verdict.failed
    assert (world.look.job, world.look.pods) == (JobState.ABSENT, ())
    assert any(one.startswith("gate: closed") for one in done.verdict.differences)


def test_beside_a_production_that_is_not_calm_nothing_begins() -> None:
    """The reason is named, and no Job was ever asked for."""
    world = RehearsedWorld(production=replace(CALM, gate=GATE | {"state": "open"}))
    with pytest.raises(RehearsalRefusedError, match="the gate is open"):
        rehearse(world)
    assert "begin" not in world.asked


def test_what_a_killed_one_left_is_removed_first() -> None:
    """And then its own is begun."""
    left = replace(NOTHING, job=JobState.RUNNING, job_run="rehearsal-0", pods=("old",))
    world = RehearsedWorld(look=left)
    assert rehearse(world).verdict.passed
    assert world.asked.index("remove") < world.asked.index("begin")


def test_what_cannot_be_removed_is_a_leak_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """All was shown, and it has not passed."""
    monkeypatch.setattr(rehearsing, "_REMOVAL_SECONDS", 0.0)
    monkeypatch.setattr(rehearsing, "_LINGER_SECONDS", 0.0)
    world = RehearsedWorld()
    at(world, "begin", 1, lambda: setattr(world, "removable", False))
    done = rehearse(world)
    assert not done.verdict.passed
    assert [(leak.name, leak.remedy) for leak in done.verdict.leaks] == [
        (
            "Job orders/orders-rehearsal (running)",
            "kubectl -n orders delete job orders-rehearsal",
        ),
        (
            "Pod orders/orders-rehearsal-x",
            "kubectl -n orders delete pod orders-rehearsal-x",
        ),
    ]


def test_a_connection_that_lingers_for_a_moment_is_no_leak() -> None:
    """The standby sees the end of a copy a little later than everybody else."""
    world = RehearsedWorld()
    aws, azure = CALM.sites
    seen = replace(azure, rehearsals=("17 walsender",))
    at(world, "observe", 2, lambda: setattr(world, "production", replace(CALM, sites=(aws, seen))))
    at(world, "observe", 3, lambda: setattr(world, "production", CALM))
    assert rehearse(world).verdict.passed


def test_one_that_takes_too_long_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says at what it was, and which option gives it more time."""
    world = RehearsedWorld(clone=CLONE[:1], smoke=())
    monkeypatch.setattr(rehearsing, "poll", hasty_poll)
    done = rehearse(world)
    assert "still at: Promoting the clone" in done.verdict.failed
    assert "--timeout" in done.verdict.remedy
    assert world.look == NOTHING


def test_removing_twice_is_removing_once() -> None:
    """Nothing is there, and nothing fails."""
    world = RehearsedWorld()
    rehearsal = Rehearsal(world, "rehearsal-1", 60, lambda _: None, look_seconds=0.0)
    rehearsal.clean()
    rehearsal.clean()
    assert rehearsal.leaks()[1] == ()
