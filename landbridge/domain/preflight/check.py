"""One check of the preflight: what was found, why, and what a person does about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "SITE",
    "Check",
    "Finding",
    "Result",
    "amount",
    "check_of",
    "fail",
    "passed",
    "unknown",
    "warn",
    "worst",
]

# How sites are called in a sentence.
SITE: Mapping[str, str] = {"aws": "AWS", "azure": "Azure"}


class Result(StrEnum):
    """How a check ended. Unknown is neither good nor bad: it could not be seen."""

    PASS = "pass"  # noqa: S105 - a word, no password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


# What is not known might be a failure; a warning is known to be none.
_SEVERITY = (Result.PASS, Result.WARN, Result.UNKNOWN, Result.FAIL)


@dataclass(frozen=True)
class Check:
    """``reason`` is a sentence, ``remedy`` what to do; empty where nothing is to be done."""

    name: str
    result: Result
    reason: str
    remedy: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be, or that could not be seen."""

    result: Result
    reason: str
    remedy: str = ""


def fail(reason: str, remedy: str) -> Finding:
    """Return what would stop a failover or a failback, or make it lose something."""
    return Finding(Result.FAIL, reason, remedy)


def warn(reason: str, remedy: str) -> Finding:
    """Return what makes it slower, will stop it soon, or lets somebody do more than they need."""
    return Finding(Result.WARN, reason, remedy)


def unknown(reason: str, remedy: str = "") -> Finding:
    """Return what could not be seen, and why."""
    return Finding(Result.UNKNOWN, reason, remedy)


def passed(name: str, reason: str) -> Check:
    """Return the check that found nothing wrong."""
    return Check(name, Result.PASS, reason)


def check_of(name: str, findings: Iterable[Finding], otherwise: str) -> Check:
    """Return the check that the findings make: as bad as the worst, all reasons, worst first.

    ``otherwise`` is the reason where there are none.
    """
    found = sorted(findings, key=lambda one: _SEVERITY.index(one.result), reverse=True)
    if not found:
        return passed(name, otherwise)
    reasons = dict.fromkeys(one.reason for one in found)
    remedies = dict.fromkeys(one.remedy for one in found if one.remedy)
    return Check(name, found[0].result, "; ".join(reasons), "; ".join(remedies))


def worst(checks: Iterable[Check]) -> Result:
    """Return the worst result; none at all is unknown."""
    results = [check.result for check in checks]
    return max(results, key=_SEVERITY.index, default=Result.UNKNOWN)


def amount(count: float) -> str:
    """Return a number of bytes for a person: ``1.5 MB``."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"
