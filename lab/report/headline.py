"""The first thing that somebody at 3 am must see: how it ended, in a word and a sentence."""

from dataclasses import dataclass
from typing import Literal

from lab.report.model import RunRecord
from lab.report.promises import promises

__all__ = ["Headline", "headline"]


@dataclass(frozen=True)
class Headline:
    """The word in big letters, the sentence under it, and how it feels."""

    word: str
    sentence: str
    tone: Literal["good", "warn", "bad"]


def headline(run: RunRecord) -> Headline:
    """Return the headline of a run."""
    broken = [promise.name for promise in promises(run) if not promise.held]
    if run.must_recover or not broken:
        if run.outcome == "refused":
            return Headline("Refused", f"No failover: {run.reason}", "warn")
        if run.outcome == "failed":
            return Headline("Failed", f"The run stopped: {run.reason}", "bad")
    if broken:
        more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
        sentence = f"{_outage(run)} But a promise was broken: {broken[0].lower()}{more}."
        return Headline("Promise broken", sentence, "bad")
    if run.outcome == "undisturbed":
        return Headline("Undisturbed", f"AWS served on, and nothing moved. {_loss(run)}", "good")
    home = run.failback
    if home is not None and home.hold_seconds is not None:
        sentence = f"{_outage(run)} The way home held them for {home.hold_seconds:.1f} s."
        return Headline("Recovered and home", f"{sentence} {_loss(run)}", "good")
    return Headline("Recovered", f"{_outage(run)} {_loss(run)}", "good")


def _outage(run: RunRecord) -> str:
    rto = run.verdict.rto_seconds
    if rto is None:
        return "Users were never served by Azure."
    return f"Users could not write for {rto:.1f} s." if rto else "No user's write failed."


def _loss(run: RunRecord) -> str:
    missing = run.verdict.missing
    if missing == 0:
        return "No acknowledged write was lost."
    return f"{missing} acknowledged writes were lost, as asynchronous replication may."
