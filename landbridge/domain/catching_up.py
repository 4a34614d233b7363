"""How far a new standby is behind, how fast it comes nearer, what a switchover now would cost."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from landbridge.domain.database import DatabaseLook
from landbridge.domain.errors import HoldExpiredError

__all__ = ["Progress", "describe_switchover", "hold_left_seconds", "progress_of"]

_HOLD_SECONDS = 2.0  # ending sessions, a promotion and the checks, where nothing is left to replay


@dataclass(frozen=True)
class Progress:
    """One look at the serving site's word on its standby; ``at`` is epoch seconds.

    ``lag_bytes`` is None while the standby does not stream, the others while there is no rate yet.
    """

    caught_up: bool
    at: float
    lag_bytes: int | None = None
    replayed_lsn: int | None = None
    bytes_per_second: float | None = None
    seconds_left: float | None = None

    def document(self) -> dict[str, Any]:
        """Return it as the machine keeps it."""
        return asdict(self)


def progress_of(
    serving: DatabaseLook,
    standby: str,
    before: Mapping[str, Any] | None,
    now: float,
    threshold_bytes: int,
    *,
    whole_lsn: int = 0,
) -> Progress:
    """Return how far ``standby`` is by the serving site's look; ``before`` is an earlier document.

    ``whole_lsn`` is the standby's own word, for one that replays with a delay.

    The rate is that of the replayed position between the two; the lag shrinks by that much less
    what is written meanwhile, so ``seconds_left`` is of the lag's own change where it shrinks.
    """
    mine = [one for one in serving.standbys if one.application_name == standby]
    streaming = next((one for one in mine if one.state in {"streaming", "catchup"}), None)
    if streaming is None or streaming.replay_lsn is None or serving.current_lsn is None:
        return Progress(caught_up=False, at=now)
    replayed_lsn = max(streaming.replay_lsn, whole_lsn)
    lag = max(0, serving.current_lsn - replayed_lsn)
    caught_up = streaming.state == "streaming" and lag <= threshold_bytes
    known = before or {}
    elapsed = now - float(known.get("at") or now)
    if elapsed <= 0 or known.get("replayed_lsn") is None:
        return Progress(caught_up, now, lag, replayed_lsn)
    rate = max(0.0, (replayed_lsn - known["replayed_lsn"]) / elapsed)
    nearer = (known["lag_bytes"] - lag) / elapsed
    left = max(0.0, (lag - threshold_bytes) / nearer) if nearer > 0 else None
    return Progress(caught_up, now, lag, replayed_lsn, rate, 0.0 if caught_up else left)


def hold_left_seconds(held_at: float, budget_seconds: float, now: float) -> float:
    """Return how long writes may still be held; raise HoldExpiredError when that time is over.

    ``held_at`` and ``now`` are epoch seconds; the hold's budget counts from its first second, over
    all steps and their repetitions. A clock that is behind the one that began the hold gives no
    step more than the whole budget.
    """
    left = held_at + budget_seconds - now
    if left <= 0:
        raise HoldExpiredError(
            f"writes were held for {now - held_at:.1f} s, the budget is {budget_seconds:g} s,"
            " and AWS does not take them yet",
            "see why AWS's database fell behind, then `landbridge failback` again",
        )
    return min(left, budget_seconds)


def describe_switchover(
    run: str, progress: Mapping[str, Any], limit_seconds: int
) -> tuple[str, str]:
    """Return subject and text that ask a person for the switchover, with the evidence of now."""
    lag, rate = progress.get("lag_bytes"), progress.get("bytes_per_second")
    hold = _HOLD_SECONDS + (lag / rate if lag and rate else 0.0)
    subject = f"landbridge: failback waits for approval (run {run})"
    lines = [
        "AWS's database is Azure's standby and has caught up.",
        f"Lag: {'unknown' if lag is None else lag} bytes. Replay: {rate or 0:.0f} bytes/s.",
        f"Estimated hold, in which nobody can write: {hold:.0f} s.",
        "Predicted loss: none; writes are held until AWS has replayed the last byte.",
        f"Answer within {limit_seconds} s, or nothing is changed:",
        f"  landbridge approve {run}",
        f"  landbridge reject {run}",
    ]
    return subject[:100], "\n".join(lines) + "\n"
