"""What a GameDay cost, by its runs' records; what is not known is None."""

from typing import Any

import pytest

from landbridge.domain.gameday_ending import GamedayEnding
from landbridge.domain.gameday_record import figures_in_words, gameday_record, gameday_steps

RUN = "gameday-manual-1"
STATE = {"request": {"trigger": "manual", "reason": "the quarter's", "planned": True}}
OUT = {
    "run": "failover-gameday-1",
    "rto_estimated_seconds": 4.5,
    "rto_counts_from": "hold",
    "hold_estimated_seconds": 4.5,
    "rpo_bytes": 0,
    "manual_steps": [],
}
HOME = {
    "run": "failback-gameday-1",
    "rto_estimated_seconds": None,
    "rto_counts_from": None,
    "hold_estimated_seconds": 2.25,
    "rpo_bytes": 0,
    "manual_steps": ["approved by ann (failback-gameday-1)"],
}


def record(mark: str = "completed", **ways: Any) -> dict[str, Any]:
    """Return the record of a GameDay with these runs."""
    ending = GamedayEnding(mark, "GamedayX", "aborted: enough, ann", "", "")
    legs = {"out": None, "home": None, **ways}
    return gameday_record(RUN, STATE, ending, started_at=1.0, ended_at=99.0, **legs)


def test_the_figures_are_its_runs() -> None:
    """RTO and hold of the way out, hold of the way home, loss, and what was done by hand."""
    whole = record(out=OUT, home=HOME)
    assert (whole["rto_estimated_seconds"], whole["rto_counts_from"]) == (4.5, "hold")
    assert whole["hold_out_estimated_seconds"] == 4.5
    assert whole["hold_home_estimated_seconds"] == 2.25
    assert whole["rpo_bytes"] == 0
    assert whole["manual_steps"] == HOME["manual_steps"]
    words = figures_in_words(whole)
    for one in ("RTO 4.5 s", "held 4.5 s", "2.2 s on the way home", "0 bytes lost", "by hand: 1"):
        assert one in words


def test_an_abort_is_a_manual_step() -> None:
    """A person stopped it between its start and its end."""
    assert record("aborted", out=OUT)["manual_steps"] == [f"aborted: enough, ann ({RUN})"]


@pytest.mark.parametrize("lost", [None, 512])
def test_a_loss_that_one_way_does_not_know_is_not_known(lost: int | None) -> None:
    """Both ways together; never a zero for a guess."""
    assert record(out={**OUT, "rpo_bytes": lost}, home=HOME)["rpo_bytes"] == lost


def test_where_nothing_moved_there_are_no_figures() -> None:
    """A refused one has cost nothing."""
    nothing = record("refused")
    assert (nothing["rpo_bytes"], nothing["rto_estimated_seconds"]) == (None, None)
    assert figures_in_words(nothing) == ""


def test_its_phases_are_its_steps() -> None:
    """Each that was begun, from its beginning to the last look at it."""
    state = {
        "announcement": {"at": 2.0},
        "watched_announced": {"at": 7.0, "action": "go_on"},
        "out_leg": {"run": OUT["run"], "at": 8.0},
        "watched_out": {"at": 12.0, "action": "hand_over"},
    }
    steps = [(one["title"], one["started_at"], one["ended_at"]) for one in gameday_steps(state)]
    assert steps == [("Announced", 2.0, 7.0), ("On the way out", 8.0, 12.0)]
