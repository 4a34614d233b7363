"""What one GameDay uses: its own looks, a failover and a failback, and what the rebuilds copy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from landbridge.domain.gameday import wait_seconds
from landbridge.domain.settings import Gameday

__all__ = ["GamedayFacts", "gameday_counts", "gameday_states", "looks_of"]

# States that a run of each machine enters when all goes well; those with a Lambda are most of them,
# and each is counted as a request.
FAILOVER_STATES, FAILBACK_STATES = 31, 30
# The GameDay's own: its begin and its end, and of each look in a phase (the look, the choice and
# the wait; an order too while Azure serves). The last look of a phase has no wait.
GAMEDAY_STATES = 11
STATES_PER_LOOK = 3
STATES_PER_SOAK_LOOK = 4
_MEMORY_GB, _SECONDS_PER_CALL = 0.5, 1.0  # assumed: most calls wait for somebody


@dataclass(frozen=True)
class GamedayFacts:
    """For ``hours`` Azure carries the load; each of both rebuilds copies ``rebuilt_gb``."""

    hours: float
    rebuilt_gb: float
    options: Gameday = field(default_factory=Gameday)


def looks_of(options: Gameday, phase_seconds: float) -> int:
    """Return how often a phase of that length is looked at: at its end for the last time."""
    looks, at = 1, 0
    while at < phase_seconds:
        at += wait_seconds(options, at)
        looks += 1
    return looks


def gameday_states(looks: int, soak_looks: int, phases: int = 3) -> int:
    """Return the states of a GameDay with so many looks in its phases, the soak's apart."""
    waits_left_out = phases + 1
    seen = looks * STATES_PER_LOOK + soak_looks * STATES_PER_SOAK_LOOK
    return GAMEDAY_STATES + seen - waits_left_out


def gameday_counts(facts: GamedayFacts) -> Mapping[str, float]:
    """Return what one uses: transitions, calls, and what the rebuilds copy, by price id.

    The ways are counted as long as ``ways_seconds`` lets both be. AWS's database is rebuilt from
    Azure and Azure's from AWS.
    """
    options = facts.options
    looks = sum(looks_of(options, seconds) for seconds in _phases(options))
    soak = looks_of(options, options.soak_seconds)
    states = FAILOVER_STATES + FAILBACK_STATES + gameday_states(looks, soak)
    return {
        "aws.sfn.transitions": states / 1e6,
        "aws.lambda.requests": states / 1e6,
        "aws.lambda.gb-second": states * _MEMORY_GB * _SECONDS_PER_CALL,
        "aws.egress": facts.rebuilt_gb,
        "azure.egress": facts.rebuilt_gb,
    }


def _phases(options: Gameday) -> Iterator[float]:
    yield options.notice_seconds
    yield from (options.ways_seconds / 2, options.ways_seconds / 2)
