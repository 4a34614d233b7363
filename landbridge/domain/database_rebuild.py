"""What comes next while one site's database is made a standby of the other: a pure resolver.

A rebuild is a Job that works on a stopped database's volume. Each look says what is true of the
StatefulSet, its pod and the Job; ``next_action`` says the one thing that is left to do. So a run
that is killed anywhere goes on from what is true, and a second run takes over the first one's Job.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from landbridge.domain.database import DatabaseLook
from landbridge.domain.errors import InvalidEventError

__all__ = [
    "ACTS",
    "Action",
    "JobState",
    "RebuildLook",
    "next_action",
    "read_look",
    "result_of_log",
    "streams_already",
]


class Action(StrEnum):
    """What a rebuild does next; the ``wait_`` ones only look again."""

    STOP_DATABASE = "stop_database"
    WAIT_STOPPED = "wait_stopped"
    REMOVE_JOB = "remove_job"
    WAIT_REMOVED = "wait_removed"
    CREATE_JOB = "create_job"
    WAIT_JOB = "wait_job"
    START_DATABASE = "start_database"
    WAIT_DATABASE = "wait_database"
    FAILED = "failed"
    DONE = "done"


ACTS = frozenset(
    {Action.STOP_DATABASE, Action.REMOVE_JOB, Action.CREATE_JOB, Action.START_DATABASE}
)


class JobState(StrEnum):
    """The rebuild Job as the cluster has it."""

    ABSENT = "absent"
    REMOVING = "removing"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class RebuildLook:
    """One look: ``job_run`` is the run that the Job was made for, ``lines`` the Job's own words."""

    wanted_replicas: int
    pods: int
    database_ready: bool
    job: JobState
    job_run: str = ""
    lines: tuple[Mapping[str, Any], ...] = field(default=())


def next_action(look: RebuildLook, run: str) -> Action:
    """Return what is left to do for ``run``.

    A Job that still works, whoever made it, is waited for: two must never write to one volume. One
    that ended belongs to its own run only, for the world may have moved on since.
    """
    if look.job is JobState.RUNNING:
        return Action.WAIT_JOB
    if look.job is JobState.REMOVING:
        return Action.WAIT_REMOVED
    ours = look.job_run == run
    if look.job is JobState.SUCCEEDED and ours:
        if look.wanted_replicas == 0:
            return Action.START_DATABASE
        return Action.DONE if look.database_ready else Action.WAIT_DATABASE
    if look.job is JobState.FAILED and ours:
        return Action.FAILED
    if look.job is not JobState.ABSENT:
        return Action.REMOVE_JOB
    if look.wanted_replicas:
        return Action.STOP_DATABASE
    return Action.WAIT_STOPPED if look.pods else Action.CREATE_JOB


def result_of_log(look: RebuildLook, event: str) -> dict[str, Any]:
    """Return the last line of that ``event``, or an empty object where there is none."""
    found = [line for line in look.lines if line.get("event") == event]
    return dict(found[-1]) if found else {}


def streams_already(
    serving: DatabaseLook, standby: str, look: Callable[[], RebuildLook]
) -> dict[str, Any] | None:
    """Return a visit's answer where ``standby`` streams from the serving site; else None.

    How it was made is the last Job's word, whichever visit, or stopped run, made that Job.
    """
    for one in serving.standbys:
        if one.application_name == standby and one.state == "streaming":
            why = f"{standby} streams from {serving.site} already"
            result = {"method": "none", "why": why, "bytes": 0, "seconds": 0.0, "forked_rows": 0}
            seen = look()
            if seen.job is JobState.SUCCEEDED:
                result = result_of_log(seen, "rebuilt") or result
            return {"done": True, "action": Action.DONE.value, "progress": {}, "result": result}
    return None


def read_look(document: Mapping[str, Any]) -> RebuildLook:
    """Return the look that ``dataclasses.asdict`` made; raise InvalidEventError for none."""
    try:
        return RebuildLook(
            wanted_replicas=int(document["wanted_replicas"]),
            pods=int(document["pods"]),
            database_ready=bool(document["database_ready"]),
            job=JobState(document["job"]),
            job_run=str(document["job_run"]),
            lines=tuple(document["lines"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidEventError(f"not a rebuild's look: {error!r}") from None
