"""When a GameDay may not be, and when one begins, as they are written: in local times.

What these times are as moments is in ``landbridge.domain.local_times``, which needs the time zones'
data; every function reads the settings, and hardly one needs those.
"""

from dataclasses import dataclass

__all__ = ["DAYS", "BlockedWindow", "GamedaySchedule"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class BlockedWindow:
    """Each local date from ``first_date`` to ``last_date`` whose weekday is in ``days``.

    An empty bound is none, no ``days`` are all. ``begins`` and ``ends`` are HH:MM of that date,
    24:00 its end; a window that ends no later than it begins ends on the next date.
    """

    name: str
    days: tuple[str, ...] = ()
    first_date: str = ""
    last_date: str = ""
    begins: str = "00:00"
    ends: str = "24:00"


@dataclass(frozen=True)
class GamedaySchedule:
    """``at`` (HH:MM) each ``day``, or on the ``week``-th one of the month where that is not 0."""

    day: str
    at: str
    week: int = 0

    @property
    def cron(self) -> str:
        """The expression for EventBridge Scheduler, to be read in the schedule's time zone."""
        hour, minute = (int(part) for part in self.at.split(":"))
        nth = f"#{self.week}" if self.week else ""
        return f"cron({minute} {hour} ? * {self.day.upper()}{nth} *)"
