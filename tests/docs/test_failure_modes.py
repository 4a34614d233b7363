"""The page of failure modes against the catalogue that it is about."""

import re
from pathlib import Path

from lab.faults.asking import parse_fault
from lab.faults.catalogue import FAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "failure-modes.md").read_text()


ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| `")]


def test_every_fault_has_its_row() -> None:
    """A row is of one fault and leaves nothing open: users, landbridge, its limits, a drill."""
    named = [re.findall(r"`([a-z-]+)(?::[a-z]+)?`", row[0]) for row in ROWS]
    assert [names for names in named if len(names) != 1] == []
    assert {names[0] for names in named} == set(FAULTS)
    assert [row for row in ROWS if not all(cell.strip() for cell in row)] == []


def test_every_drill_on_the_page_can_be_asked_for() -> None:
    """The words in the table are words that the command takes, and play the row's own fault."""
    assert [str(parse_fault(text)) for text in re.findall(r"--fault ([^\s`]+)", PAGE)]
    for row in ROWS:
        (fault,) = re.findall(r"`([a-z-]+)", row[0])
        assert f"--fault {fault}" in row[-1], row
