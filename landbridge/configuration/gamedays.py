"""When GameDays are and when they may not be: each with its unit, its default and the reason."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from landbridge.domain.blocked_windows import GamedaySchedule

__all__ = ["BlockedWindowConfiguration", "GamedayConfiguration", "GamedayScheduleConfiguration"]

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
EndClock = Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
# Empty: no bound.
Date = Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_ .,:+-]+$", max_length=60)]
AlarmName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_ .:/+=@-]+$", max_length=255)]
# IANA names, as Europe/Berlin.
ZoneName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BlockedWindowConfiguration(_Part):
    """Local times of some days in which no GameDay may be; see ``BlockedWindow``."""

    name: Name = Field(description="Told where a GameDay is refused for it.")
    days: tuple[Day, ...] = Field(default=(), description="Weekdays; empty: all.")
    first_date: Date = Field(default="", description="YYYY-MM-DD; empty: since ever.")
    last_date: Date = Field(default="", description="YYYY-MM-DD, the last one; empty: for ever.")
    begins: Clock = Field(default="00:00", description="HH:MM of each of those dates.")
    ends: EndClock = Field(
        default="24:00", description="HH:MM; no later than begins: of the next date."
    )


class GamedayScheduleConfiguration(_Part):
    """When one begins by itself."""

    day: Day = Field(description="The weekday.")
    at: Clock = Field(description="HH:MM in gameday.time_zone.")
    week: int = Field(
        default=0, ge=0, le=5, description="Which one of the month, 1 to 5; 0: every week."
    )

    def schedule(self) -> GamedaySchedule:
        """Return it as the domain has it."""
        return GamedaySchedule(self.day, self.at, self.week)


class GamedayConfiguration(_Part):
    """All about GameDays."""

    schedule: GamedayScheduleConfiguration | None = Field(
        default=None,
        description="None: by hand alone, for a rehearsal in production is a decision.",
    )
    time_zone: ZoneName = Field(
        default="UTC",
        description="Of the schedule and the windows, as an IANA name: people's working hours move "
        "with daylight saving, and UTC does not.",
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
        description="CloudWatch alarms in orchestrator_region, by name, such as the workload's "
        "own: no GameDay begins unless each is OK, and one in ALARM leads home.",
    )
    notice_seconds: int = Field(
        default=900,
        ge=0,
        le=86_400,
        description="From the announcement to the failover, in seconds: time to object.",
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
