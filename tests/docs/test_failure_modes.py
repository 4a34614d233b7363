"""The page of failure modes against the catalogue that it is about."""

import re
from pathlib import Path

from lab.faults.asking import parse_fault
from lab.faults.catalogue import FAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "failure-modes.md").read_text()


def test_every_fault_has_its_row() -> None:
    """Whoever adds a fault says what users see of it and what landbridge cannot do."""
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    named = {name.partition(":")[0] for row in rows for name in re.findall(r"`([a-z:-]+)`", row)}
    assert named == set(FAULTS)


def test_every_drill_on_the_page_can_be_asked_for() -> None:
    """The words in the table are words that the command takes."""
    asked = re.findall(r"--fault ([^\s`]+)", PAGE)
    assert len(asked) > len(FAULTS) / 2
    assert [str(parse_fault(text)) for text in asked]
