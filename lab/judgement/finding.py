"""What a judge says: a finding, which names the rule that was broken or that nobody could judge."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Rule", "grave", "listed", "unjudged"]

_MOST_NAMED = 5


class Rule(StrEnum):
    """The rules, by the words of a report."""

    LOSS = "no acknowledged write is missing"
    SPLIT_BRAIN = "two sites never take writes at a time"
    RUNS = "each run recovers, or says why not and how to go on"
    QUIET = "AWS is left only for an outage of its own"
    TAKEOVER = "a takeover needs no API of AWS, and both clouds keep its record"
    WHOLE = "in the end the world is whole"


@dataclass(frozen=True)
class Finding:
    """One thing found. ``grave``: a rule is broken, or could not be judged, which is no better.

    What is not grave breaks no rule: it is for a person to look at. ``details`` are ids or times.
    """

    rule: Rule
    grave: bool
    sentence: str
    details: tuple[str, ...] = ()


def grave(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return those that a drill fails by."""
    return tuple(one for one in findings if one.grave)


def unjudged(rule: Rule, why: str) -> Finding:
    """Return the finding of a rule that could not be judged."""
    return Finding(rule, True, f"not judged: {why}")


def listed(ids: Iterable[str]) -> str:
    """Return the first few of many, and how many more there are."""
    every = sorted(ids)
    more = len(every) - _MOST_NAMED
    return ", ".join(every[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
