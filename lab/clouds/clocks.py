"""The clocks of a lab's places, each of which a fault can set wrong; the users' own stays true."""

import json
from collections.abc import Mapping

from lab.processes.folder import LabFolder
from lab.processes.wrong_clock import VARIABLE

__all__ = ["Clocks"]


class Clocks:
    """One clock file a place; see ``lab.processes.wrong_clock``."""

    def __init__(self, lab: LabFolder) -> None:
        self._folder = lab.folder("clocks")
        self._errors: dict[str, dict[str, Mapping[str, float]]] = {}

    def environment(self, place: str) -> dict[str, str]:
        """Return what a process of that place is told in its environment."""
        return {VARIABLE: str(self._folder / f"{place}.json")}

    def set_wrong(self, place: str, cause: str, seconds: Mapping[str, float]) -> None:
        """Let the place's clocks be ahead by so much, by name, ``""`` for all others.

        What several causes do to one clock adds up.
        """
        self._errors.setdefault(place, {})[cause] = dict(seconds)
        self._write(place)

    def set_right(self, place: str, cause: str) -> None:
        """Let the place's clocks be right, as far as it is up to ``cause``."""
        self._errors.get(place, {}).pop(cause, None)
        self._write(place)

    def _write(self, place: str) -> None:
        errors = self._errors.get(place, {}).values()
        names = {"", *(name for error in errors for name in error)}
        sums = {
            name: sum(error.get(name, error.get("", 0.0)) for error in errors) for name in names
        }
        file = self._folder / f"{place}.json"
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(sums))
        fresh.rename(file)
