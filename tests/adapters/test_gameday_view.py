"""A GameDay's kept record as a person reads it."""

from landbridge.adapters.run_page import run_page
from landbridge.adapters.run_view import run_view
from landbridge.domain.gameday_ending import describe_gameday
from landbridge.domain.gameday_record import gameday_record, gameday_steps

OUT = {
    "run": "failover-gameday-1",
    "rto_estimated_seconds": 4.5,
    "rto_counts_from": "hold",
    "hold_estimated_seconds": 4.5,
    "rpo_bytes": 0,
    "manual_steps": [],
}
HOME = {**OUT, "run": "failback-gameday-1", "hold_estimated_seconds": 2.0}
STATE = {
    "request": {"trigger": "gameday", "reason": "<b>the quarter's</b>", "planned": True},
    "announcement": {"at": 1_002.0},
    "watched_announced": {"at": 1_010.0, "action": "go_on", "reason": "", "mark": ""},
    "out_leg": {"run": OUT["run"], "at": 1_011.0},
    "watched_out": {"at": 1_020.0, "action": "go_on", "reason": "", "mark": ""},
    "watched_soak": {"at": 1_060.0, "action": "home", "reason": "", "mark": ""},
    "home_leg": {"run": HOME["run"], "at": 1_061.0},
    "watched_home": {"at": 1_090.0, "action": "end", "reason": "", "mark": ""},
}


def test_both_holds_the_rto_and_the_phases_are_shown() -> None:
    """On the terminal and on the page, whatever its reason says."""
    ending = describe_gameday("gameday-1", STATE)
    record = gameday_record(
        "gameday-1", STATE, ending, started_at=1_000.0, ended_at=1_091.0, out=OUT, home=HOME
    )
    told = {"message": ending.message}
    view = run_view(
        {"record": record, "ending": told, "steps": gameday_steps(STATE), "state": STATE}
    )
    assert (view.outcome, view.tone, view.kind) == ("completed", "good", "gameday")
    figures = {one.name: one.text for one in view.figures}
    assert figures["estimated RTO"] == "4.5 s"
    assert figures["estimated hold, out"] == "4.5 s"
    assert figures["estimated hold, home"] == "2.0 s"
    assert figures["RPO"] == "0 bytes"
    phases = [(one.title, one.seconds) for one in view.steps]
    assert phases == [
        ("Announced", 8.0),
        ("On the way out", 9.0),
        ("Azure serves", 40.0),
        ("On the way home", 29.0),
    ]
    page = run_page(view)
    assert "On the way home" in page
    assert "<b>the quarter" not in page
