"""A rehearsal from its first look to the proof: whatever happens between, nothing is left."""

from dataclasses import replace
from typing import NoReturn

import pytest

from landbridge.adapters import rehearsing
from landbridge.adapters.rehearsing import Rehearsal
from landbridge.domain.database_rebuild import JobState
from landbridge.domain.errors import (
    AccessDeniedError,
    FunctionUnavailableError,
    RehearsalRefusedError,
)
from landbridge.domain.rehearsal_record import Rehearsed
from landbridge.domain.rehearsal_verdict import Production, SiteFacts
from tests.adapters.rehearsed_world import (
    CALM,
    CLONE,
    GATE,
    NOTHING,
    ORDER,
    SMOKE,
    RehearsedWorld,
    at,
    hasty_poll,
)


def rehearse(world: RehearsedWorld, seconds: int = 60) -> Rehearsed:
    """Rehearse in that world, without a pause between two looks."""
    return Rehearsal(world, "rehearsal-1", seconds, lambda _: None, look_seconds=0.0).rehearse()


def changed(azure: SiteFacts) -> Production:
    """Return the calm production with Azure's database as given."""
    return replace(CALM, sites=(CALM.sites[0], azure))


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
    assert [(one["outcome"], one["ready_seconds"]) for one in world.kept] == [("passed", 2.0)]


def test_a_history_that_cannot_be_written_fails_no_rehearsal() -> None:
    """What was shown was shown; the command says that it is not kept."""
    world, said = RehearsedWorld(), list[str]()
    at(world, "keep", 1, lambda: raising(AccessDeniedError("no table")))
    done = Rehearsal(world, "rehearsal-1", 60, said.append, look_seconds=0.0).rehearse()
    assert done.verdict.passed
    assert "The history does not keep it: no table" in said


def test_while_it_lasts_it_says_that_it_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its Job would end with its lease."""
    monkeypatch.setattr(rehearsing, "WATCH_SECONDS", 0.0)
    world = RehearsedWorld(smoke=())
    at(world, "watch", 3, lambda: setattr(world, "look", replace(world.look, smoke=SMOKE)))
    assert rehearse(world).verdict.passed
    assert world.asked.count("watch") == 3


WATCHED = replace(
    NOTHING, job=JobState.RUNNING, job_run="rehearsal-0", pods=("old",), watched_seconds=5.0
)


def test_beside_another_living_command_it_is_refused() -> None:
    """The other one's Job stays, and nothing was begun or removed."""
    world = RehearsedWorld(look=WATCHED)
    at(world, "look", 2, lambda: setattr(world, "look", replace(WATCHED, watched_seconds=0.5)))
    with pytest.raises(RehearsalRefusedError, match="rehearsal-0 is on, and somebody watches it"):
        rehearse(world)
    assert world.look.job_run == "rehearsal-0"
    assert set(world.asked) == {"look"}


def test_what_nobody_watches_any_more_is_waited_for_and_removed() -> None:
    """Its command was killed a moment ago: that is known when it has been silent for a while."""
    world = RehearsedWorld(look=WATCHED)
    at(world, "look", 2, lambda: setattr(world, "look", replace(WATCHED, watched_seconds=30.0)))
    assert rehearse(world).verdict.passed


def test_one_that_was_begun_meanwhile_is_not_its_leak() -> None:
    """Two people, one after the other: the first one's proof is not spoilt by the second."""
    world = RehearsedWorld()
    busy = replace(CALM.sites[1], rehearsals=("17 walsender",))
    at(world, "observe", 2, lambda: setattr(world, "look", WATCHED))
    at(world, "observe", 2, lambda: setattr(world, "production", changed(busy)))
    assert rehearse(world).verdict.leaks == ()
    assert world.look == WATCHED


@pytest.mark.parametrize("answers", [1, 0])
def test_an_order_that_nobody_could_ask_about_is_asked_about_again(
    answers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a while; then that it is not known fails the rehearsal."""
    monkeypatch.setattr(rehearsing, "_LINGER_SECONDS", 0.2)
    world = RehearsedWorld(order_known=None)
    if answers:
        at(world, "observe", 3, lambda: setattr(world, "order_known", False))
    done = rehearse(world)
    assert done.verdict.passed is bool(answers)
    assert bool(done.verdict.differences) is not bool(answers)


@pytest.mark.parametrize("nth", [1, 2])
def test_interrupted_it_removes_all_and_says_so(nth: int) -> None:
    """Ctrl-C in the middle of it leaves no more than a good end does."""
    world = RehearsedWorld(smoke=())
    at(world, "look", nth + 2, lambda: raising(KeyboardInterrupt()))
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
        nth = {"remove": 1, "begin": 1, "look": 3, "observe": 2}[action]
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
    seen = changed(replace(CALM.sites[1], rehearsals=("17 walsender",)))
    at(world, "observe", 2, lambda: setattr(world, "production", seen))
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
