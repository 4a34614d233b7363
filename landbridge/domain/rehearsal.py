"""What comes next in a rehearsal, what it has shown, and what may be left of it: pure decisions.

One Job is all that a rehearsal makes. Each look says what is true of it; so a command that was
killed anywhere is run again, and removing twice is removing once. A command that lives says so
again and again: what nobody watches any more ends soon, and is nobody's to wait for.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from landbridge.domain.database_rebuild import JobState
from landbridge.domain.errors import InvalidEventError

__all__ = [
    "LEASE_SECONDS",
    "WATCHED_SECONDS",
    "WATCH_SECONDS",
    "Begin",
    "Progress",
    "RehearsalLook",
    "begin_act",
    "deadline_seconds",
    "progress_of",
    "read_rehearsal",
    "removal_act",
]

Lines = tuple[Mapping[str, Any], ...]

# How often a command that lives says that it watches, for how long each word of it is believed, and
# how long Kubernetes lets the Job go on after the last one. No call of a command lasts that long.
WATCH_SECONDS, WATCHED_SECONDS, LEASE_SECONDS = 10.0, 30.0, 120


class Begin(StrEnum):
    """What is left to do before a run's Job works, or after it: one act, or only to look again."""

    CREATE = "create"
    REMOVE = "remove"
    WAIT = "wait"
    DONE = "done"


@dataclass(frozen=True)
class RehearsalLook:
    """One look: ``job_run`` is the run that the Job is for; the lines are its containers' words.

    ``waiting`` is what keeps a container from starting, empty where nothing does; ``lock_holder``
    the run that holds the run lock, empty for none; ``where`` is ``namespace/job``; ``claims`` are
    the disks of its pods; ``watched_seconds`` is how long ago its command last said that it
    watches, None where there is no Job or it does not say.
    """

    job: JobState
    job_run: str = ""
    pods: tuple[str, ...] = ()
    clone: Lines = field(default=())
    smoke: Lines = field(default=())
    waiting: str = ""
    lock_holder: str = ""
    where: str = ""
    claims: tuple[str, ...] = ()
    watched_seconds: float | None = None

    def is_anothers(self, run: str) -> bool:
        """Whether a living command has its Job here, and it is not the command of ``run``."""
        if self.job_run in {"", run} or self.job is JobState.REMOVING:
            return False
        return self.watched_seconds is not None and self.watched_seconds < WATCHED_SECONDS


@dataclass(frozen=True)
class Progress:
    """How far a rehearsal is: ``done`` with what it showed, or ``failed`` with the reason."""

    sentence: str
    done: bool = False
    failed: str = ""
    remedy: str = ""
    seen: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def begin_act(look: RehearsalLook, run: str) -> Begin:
    """Return what is left to do until ``run`` has its Job; another run's is removed first."""
    if look.job is JobState.REMOVING:
        return Begin.WAIT
    if look.job is not JobState.ABSENT:
        return Begin.DONE if look.job_run == run else Begin.REMOVE
    return Begin.WAIT if look.pods or look.claims else Begin.CREATE


def removal_act(look: RehearsalLook, run: str = "") -> Begin:
    """Return what is left to do until nothing is left, whichever run made it.

    With ``run`` what another one's living command has there is left to that command.
    """
    if run and look.is_anothers(run):
        return Begin.DONE
    if look.job not in {JobState.ABSENT, JobState.REMOVING}:
        return Begin.REMOVE
    gone = look.job is JobState.ABSENT and not look.pods and not look.claims
    return Begin.DONE if gone else Begin.WAIT


def deadline_seconds(age_seconds: float, seconds: int) -> int:
    """Return how old a Job may become by now: a lease longer, and never more than ``seconds``."""
    return min(seconds, math.ceil(age_seconds) + LEASE_SECONDS)


# What each container says in turn, and what happens until it has said so.
_STAGES = (
    ("clone", "cloned", "Copying the standby"),
    ("clone", "promoted", "Promoting the clone"),
    ("clone", "isolated", "Making sure that the clone is alone"),
    ("smoke", "smoke", "Waiting for the workload, ordering at it"),
    ("clone", "used", "Making sure that the workload uses the clone"),
)
_AGAIN = "mend what is named, then run landbridge rehearse again"


def progress_of(look: RehearsalLook, run: str) -> Progress:
    """Return how far ``run`` is; a real run, a Job that ended or a failed container fails it."""
    lines = {"clone": look.clone, "smoke": look.smoke}
    seen = {event: _last(lines[container], event) for container, event, _ in _STAGES}
    said = {event: dict(line) for event, line in seen.items() if line is not None}
    if look.lock_holder:
        why = f"{look.lock_holder} began: a rehearsal makes way for it"
        return Progress("Making way", failed=why, remedy="rehearse when it has ended", seen=said)
    if look.job_run != run or look.job is JobState.REMOVING:
        why = "its Job is gone: its time was over, or somebody removed it"
        return Progress("Ended", failed=why, remedy="give it more time: --timeout", seen=said)
    for container, words in lines.items():
        failure = _last(words, "failed")
        if failure is not None:
            why = f"{container}: {failure.get('message')}"
            remedy = str(failure.get("remedy") or _AGAIN)
            return Progress("Failed", failed=why, remedy=remedy, seen=said)
    if look.job in {JobState.FAILED, JobState.SUCCEEDED}:
        why = f"its Job {look.job.value} before it had shown all"
        return Progress("Ended", failed=why, remedy="see its events: kubectl describe", seen=said)
    for _, event, sentence in _STAGES:
        if event not in said:
            return Progress(f"{sentence}{_detail(look, said)}", seen=said)
    return Progress("All was shown", done=True, seen=said)


def _detail(look: RehearsalLook, said: Mapping[str, object]) -> str:
    if look.waiting:
        return f" ({look.waiting})"
    copied = _last(look.clone, "progress")
    if not said and copied and copied.get("total_bytes"):
        return f" ({100 * copied['bytes'] // copied['total_bytes']} %)"
    return ""


def _last(lines: Lines, event: str) -> Mapping[str, Any] | None:
    return next((line for line in reversed(lines) if line.get("event") == event), None)


def read_rehearsal(document: Mapping[str, Any]) -> RehearsalLook:
    """Return the look that ``dataclasses.asdict`` made; raise InvalidEventError for none."""
    try:
        return RehearsalLook(
            job=JobState(document["job"]),
            job_run=str(document["job_run"]),
            pods=tuple(map(str, document["pods"])),
            clone=tuple(dict(line) for line in document["clone"]),
            smoke=tuple(dict(line) for line in document["smoke"]),
            waiting=str(document["waiting"]),
            lock_holder=str(document["lock_holder"]),
            where=str(document["where"]),
            claims=tuple(map(str, document["claims"])),
            watched_seconds=_seconds(document["watched_seconds"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidEventError(f"not a rehearsal's look: {error!r}") from None


def _seconds(value: Any) -> float | None:
    return None if value is None else float(value)
