"""What a takeover keeps of itself after each step: where it stands, and its steps with clocks."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.history import StepRecord
from landbridge.domain.machine.frames import Frame, parse_frame

__all__ = ["Journal", "begun", "ended", "parse_journal"]


@dataclass(frozen=True)
class Journal:
    """``context`` is the machine's context object; ``started`` counts the times it was begun."""

    context: Mapping[str, Any]
    frame: Frame
    steps: tuple[StepRecord, ...] = ()
    started: int = 1

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it; ``parse_journal`` reads it."""
        return {
            "context": dict(self.context),
            "frame": self.frame.document(),
            "steps": [asdict(step) for step in self.steps],
            "started": self.started,
        }


def parse_journal(document: object) -> Journal:
    """Return the journal in its JSON; raise InvalidEventError, which says what is broken."""
    if not isinstance(document, Mapping):
        raise InvalidEventError("the run's journal is no object", "begin a new run")
    try:
        return Journal(
            context=dict(document["context"]),
            frame=parse_frame(document["frame"]),
            steps=tuple(StepRecord(**step) for step in document["steps"]),
            started=int(document["started"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidEventError(
            f"the run's journal: {type(error).__name__}: {error}", "begin a new run"
        ) from None


def begun(
    steps: tuple[StepRecord, ...], name: str, title: str, at: float
) -> tuple[StepRecord, ...]:
    """Return the steps with one more attempt of ``name``; ``at`` is epoch seconds."""
    found = _named(steps, name)
    if found is None:
        return (*steps, StepRecord(name, title, at, attempts=1))
    again = replace(found, attempts=found.attempts + 1, ended_at=None, result="running")
    return tuple(again if step is found else step for step in steps)


def ended(
    steps: tuple[StepRecord, ...], name: str, at: float, error: str = "", cause: str = ""
) -> tuple[StepRecord, ...]:
    """Return the steps with the last attempt of ``name`` ended, in ``error`` or well."""
    return tuple(
        replace(step, ended_at=at, result=error or "done", cause=cause)
        if step.name == name
        else step
        for step in steps
    )


def _named(steps: tuple[StepRecord, ...], name: str) -> StepRecord | None:
    return next((step for step in steps if step.name == name), None)
