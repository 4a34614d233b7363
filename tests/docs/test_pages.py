"""Every page against the repository: links, files, commands and targets that it names are there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from landbridge.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
FOLDERS = "azure_functions|deploy|docs|events|functions|lab|landbridge|stacks|statemachines|tests"
EACH = pytest.mark.parametrize("page", PAGES, ids=lambda one: str(one.relative_to(ROOT)))
NO_FILES = {"landbridge/differs"}  # an annotation
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    text = BLOCK.sub("", page.read_text())
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    words = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", head).lower() for head in heads)
    return {re.sub(r"[^\w\- ]", "", one).replace(" ", "-") for one in words}


def links(page: Path) -> Iterator[str]:
    """Yield the targets of a page's links and pictures, but those to other places."""
    for target in re.findall(r"\]\(([^)\s]+)\)", BLOCK.sub("", page.read_text())):
        if "://" not in target:
            yield target


@EACH
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading that it has."""
    dead = []
    for target in links(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(target)
    assert dead == []


@EACH
def test_every_file_that_is_named_is_there(page: Path) -> None:
    """A path in code's letters is one of the repository, or a pattern that fits some."""
    named = re.findall(rf"`((?:{FOLDERS})/[\w./*-]+)", page.read_text())
    lost = [one for one in named if not (ROOT / one).exists() and not any(ROOT.glob(one))]
    assert set(lost) <= NO_FILES


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of each `landbridge ...` and `make ...` that a page shows."""
    text = page.read_text()
    inline = re.findall(r"`((?:landbridge|make) [a-z][^`\n]*)`", text)
    shown = [
        line
        for block in BLOCK.findall(text)
        for line in re.findall(
            r"^\s*(?:\$ )?((?:landbridge|make) [a-z][^#\n]*)", block, re.MULTILINE
        )
    ]
    for one in (*inline, *shown):
        # What stands in brackets is optional, and a bar is a choice.
        yield shlex.split(re.sub(r"[\[\]|()]", " ", one), posix=True)


def parameters(words: list[str]) -> tuple[set[str], list[str]]:
    """Return the options that a command takes, and those that are shown; none is known by name."""
    command: Any = typer.main.get_command(app)
    rest = words[1:]
    while hasattr(command, "commands") and rest and rest[0] in command.commands:
        command = command.commands[rest.pop(0)]
    bare = hasattr(command, "commands") and rest and not rest[0].startswith("--")
    assert not bare, f"there is no command {' '.join(words)}"
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    return {*known, "--help"}, [word.partition("=")[0] for word in rest if word.startswith("--")]


@EACH
def test_every_command_that_is_shown_is_there(page: Path) -> None:
    """It takes the options that it is shown with; a target is one of the Makefile's."""
    makefile = (ROOT / "Makefile").read_text()
    for words in commands(page):
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), words
        else:
            known, shown = parameters(words)
            assert set(shown) <= known, words


def test_a_dead_link_a_lost_file_and_an_old_option_are_found(tmp_path: Path) -> None:
    """The tests above would see each."""
    page = tmp_path / "page.md"
    page.write_text(
        "# One\n[a](gone.md) [b](#two) [c](#one)\n`lab/gone.py` `landbridge drill --x`\n"
    )
    assert list(links(page)) == ["gone.md", "#two", "#one"]
    assert anchors(page) == {"one"}
    (words,) = commands(page)
    known, shown = parameters(words)
    assert shown == ["--x"]
    assert "--x" not in known
