"""Several workloads in order: who waits for whom, and which of them go at the same time.

A workload is in the first wave in which everything that it waits for has had its turn. Home is the
other way round: whoever was waited for on the way out waits on the way home, so that nobody is
parted from what it needs for longer than one wave.
"""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from landbridge.domain.errors import ConfigurationError
from landbridge.domain.foreign import shown

__all__ = ["After", "cycle_in", "homeward", "waves_of"]

# Workload -> those that have to be there before it.
After = Mapping[str, Sequence[str]]


def cycle_in(after: After) -> tuple[str, ...]:
    """Return workloads each of which waits for the next, the first one again as the last.

    Empty where nobody waits for itself.
    """
    sorter = TopologicalSorter(after)
    try:
        sorter.prepare()
    except CycleError as error:
        # graphlib has each one before those that wait for it; see "CycleError" in its reference.
        return tuple(str(name) for name in reversed(error.args[1]))
    return ()


def waves_of(after: After) -> tuple[tuple[str, ...], ...]:
    """Return the waves, each in the order of ``after``, which names every workload.

    Raises ConfigurationError for a circle and for a workload that nobody knows.
    """
    for name, others in after.items():
        for other in others:
            if other not in after:
                known = ", ".join(after)
                raise ConfigurationError(f"{name} waits for {shown(other)}", f"one of {known}")
    if circle := cycle_in(after):
        raise ConfigurationError(f"a circle: {' after '.join(circle)}", "take one of them out")
    place = {name: number for number, name in enumerate(after)}
    sorter = TopologicalSorter(after)
    sorter.prepare()
    waves = []
    while sorter.is_active():
        wave = sorter.get_ready()
        waves.append(tuple(sorted(wave, key=place.__getitem__)))
        sorter.done(*wave)
    return tuple(waves)


def homeward(after: After) -> dict[str, tuple[str, ...]]:
    """Return who waits for whom on the way home: each for those that waited for it."""
    return {name: tuple(other for other in after if name in after[other]) for name in after}
