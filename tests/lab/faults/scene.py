"""A lab with users in it, and one fault after the other in it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from lab.clouds.options import LabOptions
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Scene
from tests.drill.stage import Stage, stage

__all__ = ["Played", "playing"]


class Played:
    """The stage, and what begins and ends faults on it."""

    def __init__(self, up: Stage) -> None:
        self.stage = up
        self.clouds = up.clouds
        self.scene = Scene(up.clouds, up.traffic, random.Random(1))  # noqa: S311 - dice

    @contextmanager
    def fault(self, name: str, argument: str = "") -> Iterator[None]:
        """Have the fault for a while. Beginning and ending it twice is as good as once."""
        fault = FAULTS[name]
        given = argument or (fault.arguments[0] if fault.arguments else "")
        try:
            fault.begin(self.scene, given)
            fault.begin(self.scene, given)
            yield
        finally:
            fault.end(self.scene, given)
            fault.end(self.scene, given)
            fault.settle(self.scene, given)


@contextmanager
def playing() -> Iterator[Played]:
    """Bring a lab up, AWS serving."""
    with stage(LabOptions()) as up:
        yield Played(up)
