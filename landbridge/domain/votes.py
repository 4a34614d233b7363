"""Is AWS down? Three witnesses, and the rule by which they decide.

Rule (docs/architecture.md, "No single witness"): at least two say down and none says up. A witness
that was denied, throttled, timed out or could not resolve a name does not know, and not to know is
never "down".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Ballot", "ProbeOutcome", "Verdict", "Vote", "ballot_of_probe", "tally"]

NEEDED_DOWN = 2
_OK = range(200, 400)
_SERVER_ERRORS = range(500, 600)


class Vote(StrEnum):
    """What one witness says of the primary."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Ballot:
    """One witness's vote and why."""

    witness: str
    vote: Vote
    reason: str


class ProbeOutcome(StrEnum):
    """How a probe of ``/ready`` ended, where it got no HTTP status."""

    REFUSED = "connection refused"
    RESET = "connection reset"
    TIMEOUT = "timed out"
    NAME = "name not resolved"
    DENIED = "access denied"
    THROTTLED = "throttled"
    OTHER = "failed"


# The kernel on the other side answered these: nobody serves there. Everything else may be our side.
_DOWN_OUTCOMES = frozenset({ProbeOutcome.REFUSED, ProbeOutcome.RESET})


def ballot_of_probe(witness: str, result: int | ProbeOutcome, detail: str = "") -> Ballot:
    """Turn one probe's result (an HTTP status or an outcome) into a ballot."""
    extra = f": {detail}" if detail else ""
    if isinstance(result, ProbeOutcome):
        vote = Vote.DOWN if result in _DOWN_OUTCOMES else Vote.UNKNOWN
        return Ballot(witness, vote, f"{result.value}{extra}")
    if result in _OK:
        return Ballot(witness, Vote.UP, f"answered {result}{extra}")
    # 5xx is the site saying so itself; 401, 403, 404 and 429 say nothing about the workload.
    vote = Vote.DOWN if result in _SERVER_ERRORS else Vote.UNKNOWN
    return Ballot(witness, vote, f"answered {result}{extra}")


@dataclass(frozen=True)
class Verdict:
    """Whether the outage is confirmed, and the sentence that says why."""

    confirmed: bool
    reason: str
    ballots: tuple[Ballot, ...]


def tally(ballots: Iterable[Ballot]) -> Verdict:
    """Apply the rule to the ballots; one witness counts once, its last ballot."""
    latest = {ballot.witness: ballot for ballot in ballots}
    cast = tuple(latest.values())
    heard = "; ".join(f"{b.witness} says {b.vote.value} ({b.reason})" for b in cast)
    up = [b.witness for b in cast if b.vote is Vote.UP]
    down = [b.witness for b in cast if b.vote is Vote.DOWN]
    if up:
        return Verdict(False, f"{' and '.join(up)} sees AWS up: {heard}", cast)
    if len(down) < NEEDED_DOWN:
        rule = f"{len(down)} of the {NEEDED_DOWN} votes needed say down"
        return Verdict(False, f"{rule}: {heard}", cast)
    return Verdict(True, f"{len(down)} of {len(cast)} say down, none says up: {heard}", cast)
