"""One measure: ours, the reference's, and what the reference is."""

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Measure"]


@dataclass(frozen=True)
class Measure:
    """Two figures of one unit that one run made; ``ratio`` is ours by the reference's."""

    measure: str
    unit: str
    ours: float
    reference: float
    what_the_reference_is: str

    @property
    def ratio(self) -> float:
        """How ours compares: below 1 is better where less is better."""
        return self.ours / self.reference

    def document(self) -> dict[str, Any]:
        """Return the measure as JSON has it."""
        rounded = {
            "ours": round(self.ours, 3),
            "reference": round(self.reference, 3),
            "ratio": round(self.ratio, 3),
        }
        return {**asdict(self), **rounded}
