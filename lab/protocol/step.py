"""A step as a series of atomic actions: one look at, or one change of, one outside system each.

Between two actions anybody else may act.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lab.protocol.flow import Task
from lab.protocol.rules import Rules
from lab.protocol.world import Run, World
from landbridge.domain.errors import LandbridgeError

__all__ = ["Action", "Again", "Failed", "Model", "Outcome", "Scene", "Went", "failed"]


@dataclass(frozen=True)
class Model:
    """What a world lives by: the decisions, and how AWS replicates."""

    rules: Rules
    synchronous: bool = True


class Scene(NamedTuple):
    """Who acts, in which state of its machine, in which world."""

    model: Model
    world: World
    run: Run
    task: Task


class Went(NamedTuple):
    """The action is done; ``text`` says what. ``whole``: nothing is left of the step."""

    text: str
    world: World
    run: Run
    whole: bool = False


class Again(NamedTuple):
    """Somebody wrote in between: the attempt looks anew."""

    text: str


class Failed(NamedTuple):
    """The step ends here, by this error. A transient one may also be waited for."""

    text: str
    error: str


Outcome = Went | Again | Failed
Action = Callable[[Scene], Iterator[Outcome]]


def failed(error: LandbridgeError) -> Failed:
    """Return the outcome of an action that raised ``error``."""
    return Failed(error.message, type(error).__name__)
