"""What is shared, and over it what one workload says: objects field by field, all else whole."""

from collections.abc import Mapping
from typing import Any

__all__ = ["merged", "says"]


def merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``shared`` with ``own`` over it; neither is changed.

    Where both have an object it is merged likewise. Anything else of ``own`` takes the place of
    what was shared: a list as a whole, and null too, which says that there is none.
    """
    both = dict(shared)
    for name, value in own.items():
        before = both.get(name)
        inner = isinstance(before, Mapping) and isinstance(value, Mapping)
        both[name] = merged(before, value) if inner else value  # type: ignore[arg-type]
    return both


def says(document: object, path: str) -> bool:
    """Whether a document has something at a dotted path, ``name[1]`` and ``name.1`` alike."""
    place = document
    for part in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(place, list) and part.isdigit() and int(part) < len(place):
            place = place[int(part)]
        elif isinstance(place, Mapping) and part in place:
            place = place[part]
        else:
            return False
    return True
