"""Every page against the repository: links, files, commands and targets that it names are there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from landbridge.cli.main import app
from tests.docs.commands import ROOT, Page

FILES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
PAGES = [Page(str(Path("..") / file.relative_to(ROOT))) for file in FILES]
EACH = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name.removeprefix("../"))
EACH_FILE = pytest.mark.parametrize("file", FILES, ids=lambda one: str(one.relative_to(ROOT)))
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# The package by its parts: images and secrets are called landbridge/..., too.
PARTS = "adapters|cli|configuration|database_pod|domain"
FOLDERS = (
    "azure_functions|(?:build/)?deploy|docs|events|functions|lab|stacks|statemachines|tests"
    rf"|landbridge/(?:{PARTS})"
)
# Folders that a page's own commands make, and what they are copies of.
COPIES = {
    "build/deploy/both-azure": "deploy/both",
    "build/deploy/postgresql-azure": "deploy/postgresql",
    "build/deploy": "deploy",
}


def anchors(file: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    text = BLOCK.sub("", file.read_text())
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    words = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", head).lower() for head in heads)
    return {re.sub(r"[^\w\- ]", "", one).replace(" ", "-") for one in words}


def links(file: Path) -> Iterator[str]:
    """Yield the targets of a page's links and pictures, but those to other places."""
    for target in re.findall(r"\]\(([^)\s]+)\)", BLOCK.sub("", file.read_text())):
        if "://" not in target:
            yield target


def dead_links(file: Path) -> Iterator[str]:
    """Yield the links to a file that is not there, or to a heading that it has not."""
    for target in links(file):
        path, _, anchor = target.partition("#")
        there = (file.parent / path) if path else file
        if not there.exists() or (anchor and anchor not in anchors(there)):
            yield target


@EACH_FILE
def test_every_link_leads_somewhere(file: Path) -> None:
    """To a file that is there, and to a heading that it has."""
    assert list(dead_links(file)) == []


def test_every_page_can_be_found_from_the_first_one() -> None:
    """By links, so that nobody has to know that it is there."""
    found: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        file = todo.pop()
        if file not in found:
            found.add(file)
            there = ((file.parent / one.partition("#")[0]).resolve() for one in links(file))
            todo += [one for one in there if one.suffix == ".md"]
    assert set(FILES) - found == set()


def original(path: str) -> str:
    """Return what a path is a copy of, or the path itself."""
    for copy, own in COPIES.items():
        if path.startswith(copy):
            path = path.replace(copy, own, 1)
    return path.rstrip("./")


@EACH
def test_every_file_and_folder_that_is_named_is_there(page: Page) -> None:
    """Each path of the repository, in commands and in the text; a pattern fits some."""
    named = {
        original(one) for one in re.findall(rf"(?<![\w/.-])((?:{FOLDERS})/[\w./*-]+)", page.text)
    }
    assert {one for one in named if not (ROOT / one).exists() and not any(ROOT.glob(one))} == set()


def parameters(words: list[str]) -> tuple[set[str], set[str]]:
    """Return the options that a command has, and those that it is shown with."""
    found: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(found, "commands") and rest and rest[0] in found.commands:
        found = found.commands[rest.pop(0)]
    bare = hasattr(found, "commands") and rest and rest[0].isalpha()
    assert not bare, f"there is no command landbridge {' '.join(words)}"
    known = {name for one in found.params for name in (*one.opts, *one.secondary_opts)}
    # A page puts what is optional in brackets, and ends a sentence.
    shown = {re.sub(r"[^\w-].*", "", word.lstrip("[(")) for word in rest}
    return {*known, "--help"}, {one for one in shown if one.startswith("--")}


@EACH
def test_every_command_takes_the_options_that_it_is_shown_with(page: Page) -> None:
    """Each `landbridge ...` is a command, or a group's."""
    for words in page.commands("landbridge"):
        known, shown = parameters(words)
        assert shown <= known, words


@EACH
def test_every_target_of_make_is_there(page: Page) -> None:
    """Each `make TARGET`."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {words[0] for words in page.commands("make") if words}
    # Another repository's `make VARIABLE=...` is on a page too.
    assert {one for one in asked if "=" not in one} <= targets


def test_what_is_not_there_is_found(tmp_path: Path) -> None:
    """A dead link, a heading that went, a lost option: the tests above see each."""
    file = tmp_path / "page.md"
    file.write_text("# One\n[a](gone.md) [b](#two) [c](#one)\n`landbridge drill --x[=1]`\n")
    assert list(dead_links(file)) == ["gone.md", "#two"]
    (words,) = Page(str(file)).commands("landbridge")
    known, shown = parameters(words)
    assert shown - known == {"--x"}
    with pytest.raises(AssertionError, match="there is no command landbridge dril"):
        parameters(["dril"])
