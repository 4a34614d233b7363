"""A page's shell commands: each as its words, lines that go on joined, loops' bodies among them."""

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["ROOT", "Page", "read_page"]

ROOT = Path(__file__).resolve().parents[2]
_SHELL = {"", "sh"}


class Page:
    """One page of docs: its text, its fenced shell blocks, and the commands within."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = (ROOT / "docs" / name).read_text()
        self.blocks = [block for language, block in self._fenced() if language in _SHELL]
        self.shell = "\n".join(self.blocks).replace("\\\n", " ")

    def commands(self, program: str) -> list[list[str]]:
        """Return what follows each call of a program, as words, to the end of that command."""
        prose = self.text
        for _, block in self._fenced():
            prose = prose.replace(block, "\n")
        inline = "\n".join(f"`{one}`" for one in re.findall(r"`([^`\n]+)`", prose))
        found = re.findall(
            rf"(?:^|[|;(\"`]|\bdo )[ \t]*{program}((?: [^\n|;`]*)?)",
            f"{self.shell}\n{inline}",
            re.MULTILINE,
        )
        return [re.sub(r"\s#\s.*", "", one).split() for one in found]

    def _fenced(self) -> Iterator[tuple[str, str]]:
        """Yield each fenced block with its language."""
        language, lines = None, list[str]()
        for line in self.text.splitlines():
            if not line.startswith("```"):
                lines.append(line)
                continue
            if language is None:
                language = line.removeprefix("```")
            else:
                yield language, "\n".join(lines) + "\n"
                language = None
            lines = []


def read_page(name: str) -> Page:
    """Return a page of docs by its name."""
    return Page(name)
