"""A document that is made, whole or between two marks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Document"]


@dataclass(frozen=True)
class Document:
    """A file, and what makes it.

    ``path`` is from the repository's root. With a ``part`` only what stands between
    ``<!-- PART begins: made by make docs -->`` and ``<!-- PART ends -->`` is made; the rest of the
    file is written by hand. Several parts of one file are several documents.
    """

    path: str
    make: Callable[[], str]
    part: str = ""

    def update(self, root: Path) -> bool:
        """Write the file if it is not as made; return whether it was not."""
        is_current, text = self.compared(root)
        if not is_current:
            (root / self.path).write_text(text, encoding="utf-8")
        return not is_current

    def compared(self, root: Path) -> tuple[bool, str]:
        """Return whether the file is as made, and what it should be.

        Raises ValueError where the file lacks the part's marks.
        """
        file = root / self.path
        present = file.read_text(encoding="utf-8") if file.exists() else ""
        made = self._within(present) if self.part else self.make()
        return made == present, made

    def _within(self, present: str) -> str:
        begins = f"<!-- {self.part} begins: made by make docs -->\n"
        ends = f"<!-- {self.part} ends -->\n"
        before, begun, rest = present.partition(begins)
        _, ended, after = rest.partition(ends)
        if not begun or not ended:
            raise ValueError(f"{self.path}: it needs the lines {begins.strip()} and {ends.strip()}")
        return f"{before}{begins}\n{self.make().strip()}\n\n{ends}{after}"
