"""Whether the last kept run is good enough, and recent enough, for a pipeline to go on.

What counts is the last way out to Azure: a drill's, a GameDay's, a real one. The way home and the
GameDay around both say nothing about it. Passed over are runs that are still on, runs that found
nothing to do, and runs that the witnesses stopped because AWS was not down. Whatever else the last
one is, it counts: a refusal, a failure, a broken promise, a report that cannot be read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from landbridge.domain.kept_runs import KeptRun, newest_first
from landbridge.domain.run_record import UNCHANGED

__all__ = ["GateVerdict", "Limits", "judge_last_run", "parse_age_seconds"]

_AHEAD_SECONDS = 300.0
_UNITS = {"m": 60.0, "h": 3_600.0, "d": 86_400.0}
_SILENT = frozenset({"running", "undisturbed", UNCHANGED})
_NOT_DOWN = "OutageNotConfirmedError"


@dataclass(frozen=True)
class Limits:
    """What the last run may at most have: seconds each; None is no limit."""

    rto_seconds: float | None = None
    rpo_seconds: float | None = None
    age_seconds: float | None = None


@dataclass(frozen=True)
class GateVerdict:
    """``passed``, the run that was judged, and each reason against it."""

    passed: bool
    run: str | None
    reasons: tuple[str, ...]


def parse_age_seconds(text: str) -> float:
    """Return seconds of ``90m``, ``12h`` or ``8d``; raise ValueError, which says what is taken."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([mhd])", text.strip())
    if found is None or not float(found[1]):
        raise ValueError(f"{text!r} is no age: write it as 90m, 12h or 8d")
    return float(found[1]) * _UNITS[found[2]]


def judge_last_run(rows: Sequence[KeptRun], limits: Limits, now: float) -> GateVerdict:
    """Judge the newest run out to Azure by ``limits``; ``now`` is epoch seconds."""
    last = next((row for row in newest_first(rows) if _says_something(row)), None)
    if last is None:
        return GateVerdict(False, None, ("no run is kept that says anything about recovering",))
    reasons = (
        *_outcome_reasons(last),
        *_rto_reasons(last, limits.rto_seconds),
        *_rpo_reasons(last, limits.rpo_seconds),
        *_age_reasons(last, limits.age_seconds, now),
    )
    return GateVerdict(not reasons, last.run, reasons)


def _says_something(row: KeptRun) -> bool:
    if row.flow != "failover":
        return False
    if row.broken:
        # As in a drill whose users were out while the witnesses said that AWS is up.
        return True
    if row.outcome in _SILENT:
        return False
    return not (row.outcome == "refused" and (row.outcome_reason or "").startswith(_NOT_DOWN))


def _outcome_reasons(row: KeptRun) -> Iterator[str]:
    if row.outcome not in {"recovered", *_SILENT}:
        yield f"it ended {row.outcome}: {row.outcome_reason or 'no reason was given'}"
    if row.broken:
        yield f"a promise was broken: {', '.join(row.broken)}"


def _rto_reasons(row: KeptRun, limit: float | None) -> Iterator[str]:
    if limit is None:
        return
    rto, how = row.known_rto_seconds, "RTO" if row.rto_seconds is not None else "estimated RTO"
    if rto is None:
        yield f"its RTO is not known, {limit:g} s is allowed"
    elif rto > limit:
        yield f"its {how} was {rto:.1f} s, {limit:g} s is allowed"


def _rpo_reasons(row: KeptRun, limit: float | None) -> Iterator[str]:
    if limit is None:
        return
    allowed = f"{limit:g} s is allowed"
    if row.rpo_seconds is not None:
        if row.rpo_seconds > limit:
            yield f"its RPO was {row.rpo_seconds:.2f} s, {allowed}"
        elif row.missing_writes and not limit:
            # One missing write reaches back no time at all, and is missing.
            yield f"{row.missing_writes} acknowledged writes were missing, {allowed}"
    elif row.rpo_bytes is None:
        yield f"its RPO is not known, {allowed}"
    elif row.rpo_bytes:
        yield f"up to {row.rpo_bytes} bytes of WAL were lost, of unknown age; {allowed}"


def _age_reasons(row: KeptRun, limit: float | None, now: float) -> Iterator[str]:
    age = now - (row.started_at if row.ended_at is None else row.ended_at)
    if age < -_AHEAD_SECONDS:
        yield f"it is dated {-age:.0f} s ahead of now: its clock or this one is wrong"
    elif limit is not None and age > limit:
        yield f"it is {_days(age)} old, {_days(limit)} is allowed"


def _days(seconds: float) -> str:
    days = seconds / _UNITS["d"]
    return f"{days:.1f} days" if days >= 1 else f"{seconds / _UNITS['h']:.1f} hours"
