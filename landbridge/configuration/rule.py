"""A rule between fields: its name, what it asks for, of which fields, and where that is from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem

__all__ = ["Rule"]


@dataclass(frozen=True)
class Rule:
    """A rule that every configuration keeps.

    ``fields`` are dotted paths, ``[]`` after a list: all that the rule looks at. ``source`` names
    the document that it follows from. ``check`` is pure and yields each breach with its remedy.
    """

    name: str
    claim: str
    fields: tuple[str, ...]
    source: str
    check: Callable[[Configuration], Iterator[Problem]]
