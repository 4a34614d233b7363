"""The scenarios, one after the other, until an invariant is broken or all have held."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab.protocol.explore import Exploration, explore
from lab.protocol.invariants import INVARIANTS
from lab.protocol.options import Beginning, Options
from lab.protocol.rules import without
from lab.protocol.scenarios import SCENARIOS, Bounds
from lab.protocol.step import Model
from lab.protocol.story import Story, tell

__all__ = ["Checked", "check", "document"]


@dataclass(frozen=True)
class Checked:
    """One scenario in one mode of replication, explored; ``story`` is there if it broke."""

    beginning: Beginning
    replication: str
    bounds: Bounds
    exploration: Exploration
    story: Story | None


def check(options: Options) -> Iterator[Checked]:
    """Yield each scenario's result; the first one that breaks an invariant is the last."""
    for beginning in options.beginnings:
        for replication in options.replications:
            checked = _checked(beginning, replication, options)
            yield checked
            if checked.story is not None:
                return


def _checked(beginning: Beginning, replication: str, options: Options) -> Checked:
    scenario = SCENARIOS[beginning]
    model = Model(without(options.without), synchronous=replication == "sync")
    bounds = Bounds(
        scenario.bounds.faults if options.faults is None else options.faults,
        scenario.bounds.crashes if options.crashes is None else options.crashes,
    )
    starts = scenario.begin(model, bounds)
    found = explore(model, starts, scenario.faults, options.depth)
    story = tell(model, found) if found.broken else None
    return Checked(beginning, replication, bounds, found, story)


def document(options: Options, results: list[Checked]) -> dict[str, Any]:
    """Return what ``--json`` writes."""
    story = next((one.story for one in results if one.story), None)
    return {
        "without": options.without,
        "depth": options.depth,
        "held": story is None,
        "invariants": list(INVARIANTS),
        "explored": [
            {
                "scenario": one.beginning,
                "replication": one.replication,
                "faults": one.bounds.faults,
                "crashes": one.bounds.crashes,
                "worlds": one.exploration.worlds,
                "moves": one.exploration.moves,
                "depth": one.exploration.depth,
                "whole": one.exploration.whole,
            }
            for one in results
        ],
        "broken": story.broken if story else None,
        "story": [*story.begins, *story.lines] if story else [],
    }
