"""What is wrong with a configuration: the field, its value, the rule it breaks and the way out."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Problem"]


@dataclass(frozen=True)
class Problem:
    """One broken rule."""

    field: str
    value: Any
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field}: {self.value!r}: {self.rule}. Remedy: {self.remedy}."
