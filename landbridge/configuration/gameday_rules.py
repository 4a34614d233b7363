"""Rules of the GameDays: a zone and dates that exist, alarms and a schedule that make sense."""

from collections.abc import Iterator
from datetime import date

from landbridge.configuration.gamedays import BlockedWindowConfiguration
from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem
from landbridge.configuration.rule import Rule
from landbridge.domain.blocked_windows import BlockedWindow
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.local_times import blocked_by, next_gameday, zone_named
from landbridge.domain.standby_alarms import ALARMS

__all__ = ["GAMEDAY_RULES"]

# Any time does: windows of weekdays are the same in each week.
_FIRST_LOOK = 1_700_000_000.0
# The machine ends itself after a day (its TimeoutSeconds); an hour is for its steps and pauses.
_LONGEST_SECONDS = 82_800


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


def _own_alarms(configuration: Configuration) -> Iterator[Problem]:
    own = {one.full_name(configuration.workload) for one in ALARMS} | {configuration.alarm_name}
    for n, name in enumerate(configuration.gameday.alarms):
        if name in own:
            rule = "it is landbridge's own: such go off where Azure serves as it shall"
            remedy = "name the workload's own alarms alone"
            yield Problem(f"gameday.alarms[{n}]", name, rule, remedy)


def _too_long(configuration: Configuration) -> Iterator[Problem]:
    gameday = configuration.gameday
    if _whole_seconds(configuration) > _LONGEST_SECONDS:
        longest = max(
            "notice_seconds", "soak_seconds", "ways_seconds", key=gameday.__getattribute__
        )
        yield Problem(
            f"gameday.{longest}",
            getattr(gameday, longest),
            f"notice_seconds, soak_seconds and ways_seconds come to more than {_LONGEST_SECONDS}",
            "make it shorter: a GameDay ends within a day",
        )


def _whole_seconds(configuration: Configuration) -> int:
    gameday = configuration.gameday
    return gameday.notice_seconds + gameday.soak_seconds + gameday.ways_seconds


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
    ends = begins + _whole_seconds(configuration)
    against = blocked_by(weekly, gameday.time_zone, begins, ends)
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
        "gameday-alarms-the-workloads",
        "None of landbridge's own alarms stops a GameDay.",
        ("gameday.alarms", "workload"),
        _SOURCE,
        _own_alarms,
    ),
    Rule(
        "gameday-within-a-day",
        "Notice, soak and both ways end within a day.",
        ("gameday.notice_seconds", "gameday.soak_seconds", "gameday.ways_seconds"),
        _SOURCE,
        _too_long,
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
