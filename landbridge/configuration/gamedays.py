"""When GameDays are and when they may not be: each with its unit, its default and the reason."""

from typing import Annotated, Any, Literal

from pydantic import Field

from landbridge.configuration.kinds import (
    AlarmName,
    Clock,
    Date,
    EndClock,
    Part,
    Unit,
    WindowName,
    ZoneName,
)
from landbridge.domain.blocked_windows import GamedaySchedule

__all__ = ["BlockedWindowConfiguration", "GamedayConfiguration", "GamedayScheduleConfiguration"]

Day = Annotated[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], Unit("weekday")]


class BlockedWindowConfiguration(Part):
    """Local times of some days in which no GameDay may be; see ``BlockedWindow``."""

    name: WindowName = Field(
        description="What the window is for. It is told where a GameDay is refused for it."
    )
    days: tuple[Day, ...] = Field(
        default=(), description="Weekdays; empty: all. A freeze has dates, a peak has weekdays."
    )
    first_date: Date = Field(
        default="", description="The first date; empty: since ever. A peak of each week has none."
    )
    last_date: Date = Field(
        default="", description="The last date; empty: for ever. It belongs to the window."
    )
    begins: Clock = Field(
        default="00:00",
        description="When it begins on each of those dates. The whole day, unless a time is given.",
    )
    ends: EndClock = Field(
        default="24:00",
        description="When it ends; no later than begins: on the next date. So a night is one "
        "window.",
    )


class GamedayScheduleConfiguration(Part):
    """When one begins by itself."""

    day: Day = Field(description="The weekday. People must be there.")
    at: Clock = Field(description="The time in gameday.time_zone. In working hours, off peak.")
    week: Annotated[int, Unit("week of the month")] = Field(
        default=0,
        ge=0,
        le=5,
        description="Which one of the month, 1 to 5; 0: every week. Once a month is enough for "
        "many.",
    )

    def schedule(self) -> GamedaySchedule:
        """Return it as the domain has it."""
        return GamedaySchedule(self.day, self.at, self.week)


class GamedayConfiguration(Part):
    """All about GameDays."""

    schedule: GamedayScheduleConfiguration | None = Field(
        default=None,
        description="When one begins by itself; null: by hand alone. A rehearsal in production is "
        "a decision.",
    )
    time_zone: ZoneName = Field(
        default="UTC",
        description="Of the schedule and the windows. People's working hours move with daylight "
        "saving, and UTC does not.",
    )
    blocked_windows: tuple[BlockedWindowConfiguration, ...] = Field(
        default=(),
        max_length=8,
        description="When there is none: peaks, freezes, nights. Eight fit beside the other "
        "settings in a function's environment.",
    )
    alarms: tuple[AlarmName, ...] = Field(
        default=(),
        max_length=10,
        description="CloudWatch alarms in orchestrator_region, such as the workload's own. No "
        "GameDay begins unless each is OK, and one in ALARM leads home.",
    )
    notice_seconds: int = Field(
        default=900,
        ge=0,
        le=86_400,
        description="From the announcement to the failover, in seconds. Time to object.",
    )
    soak_seconds: int = Field(
        default=1_800,
        ge=0,
        le=14_400,
        description="How long Azure serves, in seconds. Half an hour shows what caches, pools and "
        "hourly jobs do; meanwhile there may be no standby, so no longer than four hours.",
    )
    ways_seconds: int = Field(
        default=1_800,
        ge=60,
        le=86_400,
        description="How long both ways may take together, in seconds, when it is looked whether a "
        "blocked window comes too early. A rebuild of much data takes longer: see the drills.",
    )
    look_seconds: int = Field(
        default=15,
        ge=1,
        le=60,
        description="Between two looks at first, in seconds; in a long phase they become a minute. "
        "An abort or an alarm is seen that much later.",
    )

    def settings(self) -> dict[str, Any]:
        """Return the document for ``landbridge.domain.settings.Gameday``, JSON-safe."""
        return self.model_dump(mode="json", exclude={"schedule"}, exclude_defaults=True)
