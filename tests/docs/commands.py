"""A page's shell commands: each as its words, lines that go on joined, loops' bodies among them."""

import re
from pathlib import Path

__all__ = ["ROOT", "Page", "read_page"]

ROOT = Path(__file__).resolve().parents[2]


class Page:
    """One page of docs: its text, its fenced shell blocks, and the commands within."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = (ROOT / "docs" / name).read_text()
        blocks = re.findall(r"^```(?:sh)?\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        self.shell = "\n".join(blocks).replace("\\\n", " ")

    def commands(self, program: str) -> list[list[str]]:
        """Return what follows each call of a program, as words, to the end of that command."""
        found = re.findall(
            rf"(?:^|[|;(\"`]|\bdo )[ \t]*{program}((?: [^\n|;`]*)?)", self.everything, re.MULTILINE
        )
        return [re.sub(r"\s#\s.*", "", one).split() for one in found]

    @property
    def everything(self) -> str:
        """The blocks, and what stands between backticks in the text."""
        prose = re.sub(r"^```.*?^```$", "", self.text, flags=re.MULTILINE | re.DOTALL)
        return "\n".join([self.shell, *(f"`{one}`" for one in re.findall(r"`([^`\n]+)`", prose))])


def read_page(name: str) -> Page:
    """Return a page of docs by its name."""
    return Page(name)
