"""What is wrong with a configuration: the field, its value, the rule it breaks and the way out."""

from dataclasses import dataclass
from typing import Any

from landbridge.domain.foreign import shown

__all__ = ["ABSENT", "Problem"]

# The value of a field that is not there, or that nobody knows.
ABSENT = object()


@dataclass(frozen=True)
class Problem:
    """One broken rule."""

    field: str
    value: Any
    rule: str
    remedy: str

    def __str__(self) -> str:
        value = "" if self.value is ABSENT else f"{shown(self.value, self.field)}: "
        return f"{self.field}: {value}{self.rule}. Remedy: {self.remedy}."
