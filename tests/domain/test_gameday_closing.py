"""A GameDay whose execution ended without a report: what is done, and what people are told."""

import json

import pytest

from landbridge.domain.gameday import Leg
from landbridge.domain.gameday_closing import (
    decide_closing,
    describe_closing,
    gameday_of,
    request_of,
)

OUT, HOME = "failover-gameday-1", "failback-gameday-1"
ALARM = "failover-alarm-1"
ON, ARRIVED = "RUNNING", "SUCCEEDED"


@pytest.mark.parametrize(
    ("runs", "home", "words"),
    [
        ([], False, "nothing was moved"),
        ([Leg(OUT, ON)], False, "when it has arrived, the way home begins"),
        ([Leg(OUT, ARRIVED)], True, "the way home was asked for"),
        ([Leg(ALARM, ARRIVED, moved=False), Leg(OUT, ARRIVED)], True, "was asked for"),
        ([Leg(OUT, ARRIVED, moved=False)], False, "found that Azure served already"),
        ([Leg(OUT, "FAILED")], False, "did not arrive"),
        ([Leg(OUT, ARRIVED), Leg(HOME, ON)], False, "goes on"),
        ([Leg(OUT, ARRIVED), Leg(HOME, ARRIVED)], False, "AWS serves again"),
        ([Leg(OUT, ARRIVED), Leg(HOME, "FAILED")], False, "landbridge failback --watch"),
        ([Leg(OUT, ARRIVED), Leg("failback-manual-1", ON)], False, "goes on"),
        # A fault's failover, or an incident's: whether AWS is well again a person has to know.
        ([Leg(ALARM, ARRIVED)], False, "landbridge failback --watch"),
        ([Leg(ALARM, ON)], False, "is RUNNING"),
    ],
)
def test_it_is_led_home_where_nobody_else_does(runs: list[Leg], home: bool, words: str) -> None:  # noqa: FBT001 - a row of the table
    """Only from Azure, and only where its own switchover went there."""
    closing = decide_closing(runs)
    assert (closing.home, words in closing.now) == (home, True)
    assert "landbridge " in closing.now


@pytest.mark.parametrize(
    ("name", "incident", "gameday"),
    [
        ("gameday-manual-1", "", "gameday-manual-1"),
        (OUT, "gameday-manual-1-failover", "gameday-manual-1"),
        (OUT, "the quarter's", ""),
        (ALARM, "gameday-manual-1-failover", ""),
        (HOME, "gameday-manual-1-failback", ""),
    ],
)
def test_a_way_out_names_its_gameday(name: str, incident: str, gameday: str) -> None:
    """By the incident that it was asked for with; another run has none."""
    assert gameday_of({"name": name, "input": json.dumps({"incident": incident})}) == gameday


@pytest.mark.parametrize("text", [None, "", "no JSON", "[]"])
def test_an_event_without_an_input_has_no_request(text: str | None) -> None:
    """EventBridge leaves a large one out."""
    assert request_of({"name": OUT, "input": text}) == {}
    assert gameday_of({"name": OUT, "input": text}) == ""


@pytest.mark.parametrize(
    ("status", "mark", "words"),
    [
        ("ABORTED", "aborted", "stopped from outside"),
        ("TIMED_OUT", "failed", "over its time"),
        ("FAILED", "failed", "without a report"),
    ],
)
def test_people_are_told_how_it_ended(status: str, mark: str, words: str) -> None:
    """What happened, what is true now, what next."""
    ending = describe_closing("gameday-manual-1", status, "AWS serves.\nNext: landbridge status.")
    assert ending.mark == mark
    assert words in ending.message
    assert ending.message.rstrip().endswith("landbridge status.")
