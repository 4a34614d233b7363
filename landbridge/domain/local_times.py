"""Windows and schedules by the clock that people live by, across daylight saving.

A local time that a change of the clocks repeats or leaves out stands for two moments. A window then
reaches from the earlier to the later one: who forbids a time does not mean half of it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from landbridge.domain.blocked_windows import DAYS, BlockedWindow, GamedaySchedule
from landbridge.domain.errors import ConfigurationError

__all__ = ["blocked_by", "next_gameday", "zone_named"]

_DAY = timedelta(days=1)
_LATEST_DAYS = 400  # further ahead than any schedule's next time, a skipped one and its next


def zone_named(name: str) -> ZoneInfo:
    """Return the time zone of that IANA name; raise ConfigurationError where there is none."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError) as error:
        raise ConfigurationError(
            f"time zone {name!r}: {error}", "give an IANA name, as Europe/Berlin"
        ) from None


def blocked_by(
    windows: Iterable[BlockedWindow], zone: str, begins_at: float, ends_at: float
) -> list[str]:
    """Return what is in the way between two moments (epoch seconds), a line for each window.

    Raises ConfigurationError for a time zone that is not known.
    """
    known = zone_named(zone)
    return [
        f"blocked window {window.name}: {_shown(begins, known)} to {_shown(ends, known)} {zone}"
        for window in windows
        for begins, ends in _occurrences(window, known, begins_at, ends_at)
    ]


def next_gameday(schedule: GamedaySchedule, zone: str, after: float) -> float | None:
    """Return when the schedule next begins one, in epoch seconds; None: not in a year.

    As EventBridge Scheduler has it ("Daylight savings time", User Guide): a local time that is left
    out begins none, one that comes twice begins one. Raises ConfigurationError.
    """
    known, clock = zone_named(zone), _clock(schedule.at)
    first = datetime.fromtimestamp(after, known).date()
    for day in (first + _DAY * number for number in range(_LATEST_DAYS)):
        nth = (day.day - 1) // 7 + 1
        if DAYS[day.weekday()] != schedule.day or schedule.week not in {0, nth}:
            continue
        moment = datetime.combine(day, clock, known)
        back = moment.astimezone(UTC).astimezone(known)
        if back.replace(tzinfo=None) == moment.replace(tzinfo=None) and moment.timestamp() > after:
            return moment.timestamp()
    return None


def _occurrences(
    window: BlockedWindow, zone: ZoneInfo, begins_at: float, ends_at: float
) -> Iterator[tuple[float, float]]:
    # One day before: a window of then may reach into this one.
    day = datetime.fromtimestamp(begins_at, zone).date() - _DAY
    last = datetime.fromtimestamp(ends_at, zone).date()
    while day <= last:
        if _holds(window, day):
            begins, ends = _instants(window, day, zone)
            if begins <= ends_at and begins_at < ends:
                yield begins, ends
        day += _DAY


def _holds(window: BlockedWindow, day: date) -> bool:
    if window.days and DAYS[day.weekday()] not in window.days:
        return False
    written = day.isoformat()
    first, last = window.first_date or written, window.last_date or written
    return first <= written <= last


def _instants(window: BlockedWindow, day: date, zone: ZoneInfo) -> tuple[float, float]:
    overnight = window.ends == "24:00" or window.ends <= window.begins
    ends = "00:00" if window.ends == "24:00" else window.ends
    begin = _both(day, window.begins, zone)
    end = _both(day + _DAY if overnight else day, ends, zone)
    return min(begin), max(end)


def _both(day: date, text: str, zone: ZoneInfo) -> tuple[float, float]:
    moment = datetime.combine(day, _clock(text), zone)
    return moment.timestamp(), moment.replace(fold=1).timestamp()


def _clock(text: str) -> time:
    return time.fromisoformat(text)


def _shown(moment: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(moment, zone).strftime("%Y-%m-%d %H:%M")
