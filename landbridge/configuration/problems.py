"""What is wrong with a configuration: the field, its value, the rule it breaks and the way out."""

from dataclasses import dataclass
from typing import Any

from landbridge.domain.foreign import shown

__all__ = ["ABSENT", "Problem"]

# The value of a field that is not there, that nobody knows, or that nobody may see.
ABSENT = object()


@dataclass(frozen=True)
class Problem:
    """One broken rule; ``name`` is the rule's, empty where it is about a field's own shape."""

    field: str
    value: Any
    rule: str
    remedy: str
    name: str = ""

    def __str__(self) -> str:
        value = "" if self.value is ABSENT else f"{self.shown_value}: "
        return f"{self.field}: {value}{self.rule}. Remedy: {self.remedy}."

    @property
    def shown_value(self) -> str | None:
        """The value as anybody may read it, None where there is none."""
        return None if self.value is ABSENT else shown(self.value, self.field)
