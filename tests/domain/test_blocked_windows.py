"""Local times in which no GameDay may be, and when the next one is, across daylight saving."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from landbridge.domain.blocked_windows import BlockedWindow, GamedaySchedule
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.local_times import blocked_by, next_gameday, zone_named

BERLIN = "Europe/Berlin"
MORNING = BlockedWindow("mornings", days=("mon", "tue"), begins="09:00", ends="12:00")
NIGHT = BlockedWindow("night", begins="22:00", ends="06:00")
FREEZE = BlockedWindow("freeze", first_date="2026-12-20", last_date="2027-01-03")
FRIDAYS = BlockedWindow("fridays of advent", ("fri",), "2026-11-29", "2026-12-24")
# The clocks of Berlin in 2026: 02:00 becomes 03:00 on 29 March, 03:00 becomes 02:00 on 25 October.
CHANGE = BlockedWindow("batch", begins="02:30", ends="02:45")


def at(text: str) -> float:
    """Return epoch seconds of a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("windows", "moment", "blocked"),
    [
        ((), "2026-11-23T09:00", False),
        # Monday; Berlin is an hour ahead in winter, two in summer.
        ((MORNING,), "2026-11-23T07:59", False),
        ((MORNING,), "2026-11-23T08:00", True),
        ((MORNING,), "2026-11-23T10:59", True),
        ((MORNING,), "2026-11-23T11:00", False),
        ((MORNING,), "2026-07-20T07:00", True),
        ((MORNING,), "2026-07-20T10:00", False),
        ((MORNING,), "2026-11-25T09:00", False),
        ((NIGHT,), "2026-11-23T21:00", True),
        ((NIGHT,), "2026-11-23T04:59", True),
        ((NIGHT,), "2026-11-23T05:00", False),
        ((FREEZE,), "2026-12-19T22:59", False),
        ((FREEZE,), "2026-12-19T23:00", True),
        ((FREEZE,), "2027-01-03T22:59", True),
        ((FREEZE,), "2027-01-03T23:00", False),
        ((FRIDAYS,), "2026-12-04T12:00", True),
        ((FRIDAYS,), "2026-12-05T12:00", False),
        ((FRIDAYS,), "2026-11-27T12:00", False),
        ((MORNING, NIGHT), "2026-11-23T21:00", True),
        # 25 October: 02:30 comes twice, and all of the time between is blocked.
        ((CHANGE,), "2026-10-25T00:29", False),
        ((CHANGE,), "2026-10-25T00:30", True),
        ((CHANGE,), "2026-10-25T01:00", True),
        ((CHANGE,), "2026-10-25T01:44", True),
        ((CHANGE,), "2026-10-25T01:45", False),
        # 29 March: there is no 02:30; what it might have been is blocked.
        ((CHANGE,), "2026-03-29T01:35", True),
        ((CHANGE,), "2026-03-29T01:45", False),
        ((CHANGE,), "2026-03-28T01:35", True),
    ],
)
def test_a_moment_is_blocked_by_the_local_clock(
    windows: Sequence[BlockedWindow], moment: str, *, blocked: bool
) -> None:
    """Weekdays, dates and times are Berlin's; a window begins with its minute and ends before."""
    assert bool(blocked_by(windows, BERLIN, at(moment), at(moment))) is blocked


def test_the_night_is_as_long_as_the_clocks_make_it() -> None:
    """From 22:00 to 06:00: seven hours in March, nine in October."""
    for first, ends in (
        ("2026-03-28T21:00", "2026-03-29T04:00"),
        ("2026-10-24T20:00", "2026-10-25T05:00"),
    ):
        assert blocked_by([NIGHT], BERLIN, at(first), at(first))
        assert not blocked_by([NIGHT], BERLIN, at(first) - 60, at(first) - 60)
        assert blocked_by([NIGHT], BERLIN, at(ends) - 60, at(ends) - 60)
        assert not blocked_by([NIGHT], BERLIN, at(ends), at(ends))


def test_a_window_that_begins_before_the_gameday_would_end_is_in_the_way() -> None:
    """It is named with its local times."""
    begins, ends = at("2026-11-23T07:00"), at("2026-11-23T08:30")
    assert blocked_by([MORNING], BERLIN, begins, ends) == [
        "blocked window mornings: 2026-11-23 09:00 to 2026-11-23 12:00 Europe/Berlin"
    ]
    assert not blocked_by([MORNING], BERLIN, begins, at("2026-11-23T07:59"))


@pytest.mark.parametrize(
    ("schedule", "after", "following"),
    [
        # 10:00 in Berlin stays 10:00 in Berlin across both changes.
        (GamedaySchedule("tue", "10:00"), "2026-03-20T00:00", "2026-03-24T09:00"),
        (GamedaySchedule("tue", "10:00"), "2026-03-24T09:00", "2026-03-31T08:00"),
        (GamedaySchedule("tue", "10:00"), "2026-10-20T08:00", "2026-10-27T09:00"),
        (GamedaySchedule("tue", "10:00", 1), "2026-10-20T08:00", "2026-11-03T09:00"),
        (GamedaySchedule("tue", "10:00", 5), "2026-10-20T08:00", "2026-12-29T09:00"),
        # 02:30 of 29 March is left out; 02:30 of 25 October comes twice and is one.
        (GamedaySchedule("sun", "02:30"), "2026-03-22T12:00", "2026-04-05T00:30"),
        (GamedaySchedule("sun", "02:30"), "2026-10-24T12:00", "2026-10-25T00:30"),
        (GamedaySchedule("sun", "02:30"), "2026-10-25T00:30", "2026-11-01T01:30"),
    ],
)
def test_the_next_gameday_keeps_the_local_time(
    schedule: GamedaySchedule, after: str, following: str
) -> None:
    """As EventBridge Scheduler does with the same expression and time zone."""
    assert next_gameday(schedule, BERLIN, at(after)) == at(following)


def test_a_schedule_that_no_year_has_has_no_next_one() -> None:
    """A day that nobody knows never comes."""
    assert next_gameday(GamedaySchedule("someday", "10:00"), BERLIN, 0.0) is None


@pytest.mark.parametrize(
    ("schedule", "cron"),
    [
        (GamedaySchedule("tue", "10:05"), "cron(5 10 ? * TUE *)"),
        (GamedaySchedule("sun", "00:30", 2), "cron(30 0 ? * SUN#2 *)"),
    ],
)
def test_the_expression_is_the_schedulers(schedule: GamedaySchedule, cron: str) -> None:
    """Minutes, hours, any day of the month, every month, weekday, every year."""
    assert schedule.cron == cron


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "a\0b"])
def test_a_zone_that_is_not_known_is_refused_by_name(name: str) -> None:
    """Nobody begins a GameDay by a clock that is not there."""
    with pytest.raises(ConfigurationError, match="time zone"):
        zone_named(name)
