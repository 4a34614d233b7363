"""How an outage is seen, how long it may last, and how long its parts are expected to take."""

from typing import Annotated, Literal

from pydantic import Field

from landbridge.configuration.kinds import Part, Unit

__all__ = ["HealthChecksConfiguration", "RecoveryConfiguration"]


class HealthChecksConfiguration(Part):
    """Route 53's checks of the two sites; the gate's checks are always 10 s and threshold 1."""

    interval_seconds: Literal[10, 30] = Field(
        default=10,
        description="Between two looks of a checker, in seconds. Route 53 knows 10 (fast, charged "
        "extra) and 30, nothing else; users wait for it twice, out and back into DNS.",
    )
    failure_threshold: Annotated[int, Unit("looks")] = Field(
        default=3,
        ge=1,
        le=10,
        description="Looks in a row before a checker changes its mind. Route 53's default; with 1 "
        "a lost packet would be an outage.",
    )


class RecoveryConfiguration(Part):
    """The RTO that is planned for, against which intervals, TTL and work are added up."""

    rto_budget_seconds: int = Field(
        default=180,
        ge=1,
        le=86_400,
        description="Longest outage that is planned for, in seconds, counted as users live it. "
        "Three minutes is what the shipped intervals, TTL and expected work come to, each clock "
        "at its slowest: whoever slows one down decides so by raising this as well.",
    )
    orchestration_seconds: float = Field(
        default=12.0,
        ge=0,
        le=3_600,
        description="What the run itself is expected to take, in seconds: votes, lock, gate, "
        "smoke checks, handing over. A drill with true clocks (make drill ARGS=--realtime) took "
        "11.5.",
    )
    promotion_seconds: float = Field(
        default=12.0,
        ge=0,
        le=3_600,
        description="What promoting Azure's database is expected to take, in seconds. The system "
        "that landbridge grew from reported 12; take your own drills' figure.",
    )
    pods_seconds: float = Field(
        default=33.0,
        ge=0,
        le=3_600,
        description="What Azure's pods are expected to take from zero to ready, in seconds. The "
        "system that landbridge grew from reported 33, with nodes that run; add a node's start "
        "where more are needed.",
    )
