"""What comes next in a rebuild, from wherever an earlier visit or run left it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from landbridge.domain.database import DatabaseLook, StandbyConnection
from landbridge.domain.database_rebuild import (
    Action,
    JobState,
    RebuildLook,
    next_action,
    streams_already,
)

RUN = "failback-2"
REBUILT = {"event": "rebuilt", "method": "rewind", "why": "a fork", "bytes": 7, "seconds": 1.5}
# What the cluster does of itself between two looks, and what each act changes.
_MOVES: dict[Action, Callable[[RebuildLook], RebuildLook]] = {
    Action.STOP_DATABASE: lambda look: replace(look, wanted_replicas=0),
    Action.WAIT_STOPPED: lambda look: replace(look, pods=0, database_ready=False),
    Action.REMOVE_JOB: lambda look: replace(look, job=JobState.REMOVING),
    Action.WAIT_REMOVED: lambda look: replace(look, job=JobState.ABSENT, job_run=""),
    Action.CREATE_JOB: lambda look: replace(look, job=JobState.RUNNING, job_run=RUN),
    Action.WAIT_JOB: lambda look: replace(look, job=JobState.SUCCEEDED),
    Action.START_DATABASE: lambda look: replace(look, wanted_replicas=1, pods=1),
    Action.WAIT_DATABASE: lambda look: replace(look, pods=1, database_ready=True),
}


def _looks() -> list[RebuildLook]:
    """Every combination that a stopped run may have left, its own Job or another run's."""
    jobs = [(JobState.ABSENT, "")]
    jobs += [(state, run) for state in JobState for run in (RUN, "failback-1")]
    return [
        RebuildLook(replicas, pods, bool(pods) and ready, job, run)
        for replicas, pods, ready, (job, run) in product((0, 1), (0, 1), (False, True), jobs)
        if job is not JobState.ABSENT or not run
    ]


@pytest.mark.parametrize("look", _looks(), ids=str)
def test_from_every_state_it_ends_done_or_says_that_it_failed(look: RebuildLook) -> None:
    """However a visit was cut off, the next ones converge within the plan's length."""
    actions: list[Action] = []
    while (action := next_action(look, RUN)) not in {Action.DONE, Action.FAILED}:
        actions.append(action)
        look = _MOVES[action](look)
        # Another run's Job is waited for, too: one more than one of each.
        assert len(actions) <= len(_MOVES) + 1, actions
    assert look.job_run == RUN
    assert action is Action.FAILED or (look.wanted_replicas and look.database_ready)


@pytest.mark.parametrize("look", _looks(), ids=str)
def test_the_volume_has_one_writer(look: RebuildLook) -> None:
    """No Job is made beside a database or another Job, no database started beside a Job."""
    action = next_action(look, RUN)
    if action is Action.CREATE_JOB:
        assert (look.wanted_replicas, look.pods, look.job) == (0, 0, JobState.ABSENT)
    if action is Action.START_DATABASE:
        assert look.job is JobState.SUCCEEDED


def _serving(*standbys: StandbyConnection) -> DatabaseLook:
    return DatabaseLook("azure", True, in_recovery=False, standbys=standbys)


def _stream(name: str, state: str) -> StandbyConnection:
    return StandbyConnection(
        application_name=name, state=state, sync_state="async", replay_lsn=None
    )


def test_a_standby_that_streams_keeps_its_rebuilds_word() -> None:
    """The visit that finds the stream on tells how it was made, as the Job itself said it."""
    done = RebuildLook(1, 1, True, JobState.SUCCEEDED, "failback-1", lines=(REBUILT,))
    answer = streams_already(_serving(_stream("aws", "streaming")), "aws", lambda: done)
    assert answer is not None
    assert answer["done"]
    assert answer["result"] == REBUILT


def test_a_standby_that_no_job_made_was_not_rebuilt() -> None:
    """Without a Job's word the method is none, with the reason."""
    absent = RebuildLook(1, 1, True, JobState.ABSENT)
    answer = streams_already(_serving(_stream("aws", "streaming")), "aws", lambda: absent)
    assert answer is not None
    assert answer["result"]["method"] == "none"
    assert answer["result"]["why"] == "aws streams from azure already"


@pytest.mark.parametrize(
    "standbys",
    [(), (_stream("aws", "catchup"),), (_stream("report", "streaming"),)],
    ids=["nobody", "catching up", "another"],
)
def test_who_does_not_stream_is_rebuilt(standbys: tuple[StandbyConnection, ...]) -> None:
    """Only the site's own streaming connection counts; the Job is not even looked at."""

    def never() -> RebuildLook:
        raise AssertionError("looked at the Job")

    assert streams_already(_serving(*standbys), "aws", never) is None
