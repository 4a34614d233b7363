"""What the Function App's routes answer, checked: a 200 alone says nothing.

A host that is misconfigured, half deployed or not the Function App at all answers 200 with a page
or with another route's body. Whoever took that for the answer would go on as if something had been
done. Each function returns what it was given, or raises FunctionUnavailableError: unknown, ask
again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from landbridge.domain.database_rebuild import RebuildLook, read_look
from landbridge.domain.errors import FunctionUnavailableError, InvalidEventError
from landbridge.domain.gate import Gate, parse_gate
from landbridge.domain.rehearsal import Begin, RehearsalLook, read_rehearsal
from landbridge.domain.rollout import PodLook, RolloutLook
from landbridge.domain.votes import Ballot, Vote

__all__ = [
    "acted",
    "ballot",
    "begun_takeover",
    "freed_lock",
    "gate",
    "held_lock",
    "kept_look",
    "kept_takeovers",
    "moved_gate",
    "rebuild_look",
    "rehearsal_left",
    "rehearsal_look",
    "rollout_look",
    "scaled",
    "seen_takeover",
    "takeover_record",
]

Answer = Mapping[str, Any]
Value = TypeVar("Value")
_REMEDY = "see what answers at the Function App's URL"


def gate(answer: Answer) -> Gate:
    """Return the gate that is in the answer."""
    with _reading("gate"):
        return parse_gate(answer)


def moved_gate(answer: Answer, to: str, epoch: int, run: str) -> Gate:
    """Return the gate; it must be where this run moved it."""
    seen = gate(answer)
    if (seen.state.value, seen.epoch, seen.holder) != (to, epoch, run):
        was = f"{seen.state.value} in epoch {seen.epoch} by {seen.holder or 'nobody'}"
        raise _not_done("gate", f"asked for {to} in epoch {epoch} by {run}, it answers {was}")
    return seen


def held_lock(answer: Answer, run: str, epoch: int | None = None) -> int:
    """Return the epoch; the lock must be this run's, in ``epoch`` where that is known."""
    holder, held = _lock(answer)
    if holder != run or (epoch is not None and held != epoch):
        raise _not_done("lock", f"asked for {run}, it answers {holder or 'nobody'}, epoch {held}")
    return held


def freed_lock(answer: Answer, run: str) -> None:
    """Check that the lock is not this run's any more."""
    holder, _ = _lock(answer)
    if holder == run:
        raise _not_done("lock", f"asked to free it, it answers that {run} holds it")


def _lock(answer: Answer) -> tuple[str, int]:
    with _reading("lock"):
        _of(answer, "lease_seconds", int)  # the gate has a holder and an epoch too
        return _of(answer, "holder", str), _of(answer, "epoch", int)


def scaled(answer: Answer, replicas: int) -> None:
    """Check that the cluster wants that many pods."""
    with _reading("scale"):
        desired = _of(answer, "desired", int)
        _of(answer, "ready", int)
    if desired != replicas:
        raise _not_done("scale", f"asked for {replicas} pods, the cluster wants {desired}")


def rollout_look(answer: Answer) -> RolloutLook:
    """Return the Deployment and its pods."""
    with _reading("standby"):
        return RolloutLook(
            _of(answer, "desired", int),
            _of(answer, "ready", int),
            _of(answer, "observed", bool),
            tuple(_pod(one) for one in _of(answer, "pods", list)),
        )


def _pod(pod: Answer) -> PodLook:
    return PodLook(
        name=_of(pod, "name", str),
        phase=_of(pod, "phase", str),
        ready=_of(pod, "ready", bool),
        waiting=str(pod.get("waiting", "")),
        log_lines=tuple(str(line) for line in pod.get("log_lines", ())),
    )


def rebuild_look(answer: Answer) -> RebuildLook:
    """Return the database pod and its rebuild Job."""
    with _reading("rebuild"):
        return read_look(answer)


def acted(answer: Answer, action: str) -> None:
    """Check that this action of the rebuild was done."""
    with _reading("rebuild"):
        done = _of(answer, "action", str)
    if done != action:
        raise _not_done("rebuild", f"asked to {action}, it answers {done}")


def rehearsal_look(answer: Answer) -> RehearsalLook:
    """Return the rehearsal's Job and what its pods said."""
    with _reading("rehearsal"):
        return read_rehearsal(answer)


def rehearsal_left(answer: Answer, action: str) -> str:
    """Return what was done of this action, ``done`` where nothing was left to do."""
    with _reading("rehearsal"):
        asked, left = _of(answer, "action", str), Begin(_of(answer, "left", str))
    if asked != action:
        raise _not_done("rehearsal", f"asked to {action}, it answers {asked}")
    return left.value


def kept_look(answer: Answer, at: float) -> None:
    """Check that the look of that time is kept."""
    if (kept := answer.get("kept")) != at:
        raise _not_done("look", f"asked to keep the one of {at}, it answers {kept}")


def kept_takeovers(answer: Answer) -> list[str]:
    """Return the runs' names."""
    with _reading("takeovers"):
        return [str(run) for run in _of(answer, "runs", list)]


def takeover_record(answer: Answer, run: str) -> None:
    """Check that it is this run's record, whole or not there yet."""
    with _reading("record"):
        shown, _ = _of(answer, "run", str), _of(answer, "at", float)
        _of(answer, "ended", str)
    if shown != run or not {"record", "document", "whole"} <= set(answer):
        raise _not_done("record", f"asked for {run}, it answers {shown}")


def seen_takeover(answer: Answer, run: str) -> None:
    """Check that it is this run that is shown."""
    with _reading("takeover"):
        shown = _of(answer, "run", str)
        for name in ("job", "state", "ended"):
            _of(answer, name, str)
        _of(answer, "steps", list)
    if shown != run or not {"lease", "ending"} <= set(answer):
        raise _not_done("takeover", f"asked for {run}, it answers {shown}")


def begun_takeover(answer: Answer) -> str:
    """Return the run; it was started, or is the one that is on."""
    with _reading("takeover"):
        _of(answer, "said", str)
        return _of(answer, "run", str)


def ballot(answer: Answer) -> Ballot:
    """Return Azure's vote on AWS."""
    with _reading("probe"):
        return Ballot("azure", Vote(_of(answer, "vote", str)), _of(answer, "reason", str))


def _of(answer: Answer, name: str, kind: type[Value]) -> Value:
    value = answer[name]
    if type(value) is not kind:  # true is no number here
        raise TypeError(f"{name} is a {type(value).__name__}, not a {kind.__name__}")
    return value


@contextmanager
def _reading(route: str) -> Iterator[None]:
    try:
        yield
    except InvalidEventError as error:
        raise _strange(route, error.message) from None
    except KeyError as error:
        raise _strange(route, f"{error} is missing") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise _strange(route, str(error)) from None


def _strange(route: str, why: str) -> FunctionUnavailableError:
    return FunctionUnavailableError(f"{route}: not what this route answers: {why}", _REMEDY)


def _not_done(route: str, why: str) -> FunctionUnavailableError:
    return FunctionUnavailableError(f"{route}: it was not done: {why}", _REMEDY)
