"""What is copied home after a takeover, and what does not agree."""

from typing import Any

import pytest

from landbridge.domain.reconciling import (
    Agreement,
    Copying,
    World,
    check_world,
    decide_copying,
)

RECORD = {"run": "takeover-1", "outcome": "recovered", "outcome_reason": "", "epoch": 2}
OPEN = {"state": "open", "active_site": "azure", "epoch": 2}


@pytest.mark.parametrize(
    ("azure", "home", "ended", "copying"),
    [
        (RECORD, None, "succeeded", Copying.COPY),
        (RECORD, dict(RECORD), "succeeded", Copying.THERE),
        (RECORD, {**RECORD, "epoch": 3}, "failed", Copying.DIFFERS),
        (None, None, "", Copying.UNFINISHED),
        (None, RECORD, "", Copying.UNFINISHED),
        (None, None, "failed", Copying.UNFINISHED),
        (None, None, "succeeded", Copying.UNCHANGED),
    ],
)
def test_a_record_is_copied_where_there_is_none(
    azure: dict[str, Any] | None, home: dict[str, Any] | None, ended: str, copying: Copying
) -> None:
    """And never over another, nor before it is whole."""
    assert decide_copying(azure, home, ended)[0] is copying


def test_what_differs_is_named() -> None:
    """By its fields, not by its values."""
    assert (
        decide_copying(RECORD, {**RECORD, "epoch": 3}, "succeeded")[1]
        == "the table has another: epoch"
    )


def found(**changes: Any) -> dict[str, Agreement]:
    """Return what agrees in a world after a takeover, with changes."""
    world = {"gate": OPEN, "dns": "azure", "active": "azure", "newest": RECORD, **changes}
    return {one.name: one.agrees for one in check_world(World(**world))}


def test_a_world_after_a_takeover_agrees() -> None:
    """Gate, DNS, databases and the newest record say the same."""
    assert found() == dict.fromkeys(("dns", "database", "epoch"), Agreement.YES)


@pytest.mark.parametrize(
    ("changes", "name", "agrees"),
    [
        ({"gate": None}, "gate", Agreement.UNKNOWN),
        ({"dns": "aws"}, "dns", Agreement.NO),
        ({"dns": "unknown"}, "dns", Agreement.UNKNOWN),
        ({"gate": {**OPEN, "state": "engaged"}}, "dns", Agreement.NO),
        ({"active": "aws"}, "database", Agreement.NO),
        ({"active": "both"}, "database", Agreement.NO),
        ({"active": "unknown"}, "database", Agreement.UNKNOWN),
        ({"newest": None}, "epoch", Agreement.UNKNOWN),
        ({"newest": {**RECORD, "epoch": 1}}, "epoch", Agreement.NO),
    ],
)
def test_what_does_not_agree_is_found(
    changes: dict[str, Any], name: str, agrees: Agreement
) -> None:
    """And what is not known is not taken for agreement."""
    assert found(**changes)[name] is agrees
