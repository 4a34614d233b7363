"""A counterexample as a person reads it: who did what, and what the clients lived through."""

from dataclasses import dataclass

from lab.protocol.clients import describe
from lab.protocol.explore import Exploration
from lab.protocol.step import Model
from lab.protocol.world import Run, World

__all__ = ["Story", "tell"]


@dataclass(frozen=True)
class Story:
    """The world that it begins in, its lines in their order, and the invariant that it breaks."""

    begins: tuple[str, ...]
    lines: tuple[str, ...]
    broken: str

    def text(self) -> str:
        """Return it, ready to be printed."""
        return "\n".join((*self.begins, *self.lines, f"Broken: {self.broken}."))


def tell(model: Model, found: Exploration) -> Story:
    """Return the story of an exploration that found something broken; ValueError for another."""
    if found.start is None:
        raise ValueError("nothing was broken: there is no story to tell")
    lines: list[str] = []
    before = found.start
    for number, move in enumerate(found.moves_there, 1):
        actor = f"{move.actor}:" if "," in move.actor else move.actor
        lines.append(f"{number:3}. {actor} {move.text}")
        lines += [f"       {said}" for said in describe(model, before, move.world)]
        before = move.world
    answered = model.rules.pair.answer(before)
    lines.append(f"Now the gate is {before.gate.state}, and DNS answers {answered}.")
    return Story(tuple(_begins(found.start)), tuple(lines), found.broken)


def _begins(world: World) -> list[str]:
    gate = world.gate
    said = [f"The gate is {gate.state}, in epoch {gate.epoch}. {_site(world)}"]
    return said + [_run(run) for run in world.runs]


def _site(world: World) -> str:
    held = ", fenced" if world.aws.held else ""
    aws = f"AWS's database is {'a standby' if world.aws.standby else 'a primary'}{held}"
    return f"{aws}; Azure's is {'a standby' if world.azure.standby else 'a primary'}."


def _run(run: Run) -> str:
    at = " and ".join(place.state for place in run.at)
    epoch = f", in epoch {run.epoch}" if run.epoch else ""
    return f"Run {run.name}, a {run.flow}, is at {at}{epoch}."
