"""Rules of the GameDays: a zone and dates that exist, and a schedule that may ever begin one."""

from collections.abc import Iterator
from datetime import date

from landbridge.configuration.gamedays import BlockedWindowConfiguration
from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem
from landbridge.configuration.rule import Rule
from landbridge.domain.blocked_windows import (
    BlockedWindow,
    blocked_by,
    next_gameday,
    zone_named,
)
from landbridge.domain.errors import ConfigurationError

__all__ = ["GAMEDAY_RULES"]

# Any time does: windows of weekdays are the same in each week.
_FIRST_LOOK = 1_700_000_000.0


def _zone(configuration: Configuration) -> Iterator[Problem]:
    name = configuration.gameday.time_zone
    try:
        zone_named(name)
    except ConfigurationError as error:
        yield Problem("gameday.time_zone", name, "it is not known", error.remedy)


def _windows(configuration: Configuration) -> Iterator[Problem]:
    for n, window in enumerate(configuration.gameday.blocked_windows):
        yield from _dates(f"gameday.blocked_windows[{n}]", window)


def _dates(field: str, window: BlockedWindowConfiguration) -> Iterator[Problem]:
    for name in ("first_date", "last_date"):
        value = getattr(window, name)
        try:
            date.fromisoformat(value or "2000-01-01")
        except ValueError:
            yield Problem(f"{field}.{name}", value, "there is no such date", "write 2026-12-24")
    if window.first_date and window.last_date and window.last_date < window.first_date:
        rule = f"it is before first_date, {window.first_date}"
        yield Problem(f"{field}.last_date", window.last_date, rule, "exchange them")


def _never(configuration: Configuration) -> Iterator[Problem]:
    gameday = configuration.gameday
    if gameday.schedule is None or any(_zone(configuration)):
        return
    weekly = [
        BlockedWindow(one.name, one.days, begins=one.begins, ends=one.ends)
        for one in gameday.blocked_windows
        if not one.first_date and not one.last_date
    ]
    begins = next_gameday(gameday.schedule.schedule(), gameday.time_zone, _FIRST_LOOK)
    if begins is None:
        return
    whole = gameday.notice_seconds + gameday.soak_seconds + gameday.ways_seconds
    against = blocked_by(weekly, gameday.time_zone, begins, begins + whole)
    if against:
        yield Problem(
            "gameday.schedule",
            f"{gameday.schedule.day} {gameday.schedule.at}",
            f"each one would be refused: {against[0]}",
            "choose another time, or a smaller window",
        )


_SOURCE = "docs/gameday.md, Configuration"
GAMEDAY_RULES = (
    Rule("gameday-zone-known", "The time zone is known.", ("gameday.time_zone",), _SOURCE, _zone),
    Rule(
        "gameday-dates-exist",
        "A blocked window's dates exist, the first one first.",
        ("gameday.blocked_windows[].first_date", "gameday.blocked_windows[].last_date"),
        _SOURCE,
        _windows,
    ),
    Rule(
        "gameday-may-begin",
        "No window of weekdays forbids every GameDay of the schedule.",
        (
            "gameday.schedule",
            "gameday.time_zone",
            "gameday.blocked_windows",
            "gameday.notice_seconds",
            "gameday.soak_seconds",
            "gameday.ways_seconds",
        ),
        _SOURCE,
        _never,
    ),
)
