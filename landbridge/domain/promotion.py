"""The promotion gate: may this standby be promoted, and if not, why and at what price anyway.

Rules (docs/architecture.md, "Promotion gate"): a paused replay is resumed and what was received is
replayed first; then each of these refuses with its own reason: lag over the budget, a wrong
timeline, synchronous replication lost at the last look, a clash of application names.
"""

from dataclasses import dataclass

from landbridge.domain.database import DatabaseLook

__all__ = ["Policy", "PromotionDecision", "Refusal", "decide_promotion"]


@dataclass(frozen=True)
class Policy:
    """What may be lost, and under which name the standby is the synchronous one."""

    synchronous: bool
    standby_name: str
    rpo_seconds: float
    rpo_bytes: int
    accept_data_loss: bool = False


@dataclass(frozen=True)
class Refusal:
    """One reason not to promote, and what promoting all the same would cost."""

    name: str
    reason: str
    price: str


@dataclass(frozen=True)
class PromotionDecision:
    """``action`` is resume_replay, wait_replay, promote, already_promoted or refuse."""

    action: str
    refusals: tuple[Refusal, ...] = ()
    lag_bytes: int | None = None
    lag_seconds: float | None = None

    @property
    def reason(self) -> str:
        """Every refusal in one sentence each, with the override's price."""
        return " ".join(
            f"{r.name}: {r.reason}. Price of promoting anyway: {r.price}." for r in self.refusals
        )


def decide_promotion(
    standby: DatabaseLook,
    last_look: DatabaseLook | None,
    policy: Policy,
    final_lsn: int | None = None,
) -> PromotionDecision:
    """Decide by the standby as it is, and the primary as it was last seen (None: never).

    ``final_lsn`` is the token of a held primary: the standby must have replayed up to it.
    """
    if standby.is_primary:
        return PromotionDecision("already_promoted")
    if standby.replay_paused:
        return PromotionDecision("resume_replay")
    if _behind(standby, final_lsn):
        return PromotionDecision("wait_replay")
    lag_bytes, lag_seconds = _lag(standby, last_look)
    refusals = [
        *_lag_refusals(lag_bytes, lag_seconds, policy),
        *_timeline_refusals(standby, last_look),
        *_synchronous_refusals(last_look, policy),
        *_name_refusals(standby, last_look, policy),
    ]
    kept = tuple(r for r in refusals if not (policy.accept_data_loss and r.name in _OVERRIDABLE))
    action = "refuse" if kept else "promote"
    return PromotionDecision(action, kept, lag_bytes, lag_seconds)


# accept_data_loss pays for lost writes; it does not make a wrong history right.
_OVERRIDABLE = frozenset({"lag", "synchronous-state", "last-look"})


def _behind(standby: DatabaseLook, final_lsn: int | None) -> bool:
    received, replayed = standby.received_lsn, standby.replayed_lsn
    if received is not None and replayed is not None and replayed < received:
        return True
    return final_lsn is not None and (replayed is None or replayed < final_lsn)


def _lag(standby: DatabaseLook, last_look: DatabaseLook | None) -> tuple[int | None, float | None]:
    if last_look is None:
        return None, None
    lag_bytes = lag_seconds = None
    if last_look.current_lsn is not None and standby.received_lsn is not None:
        lag_bytes = max(0, last_look.current_lsn - standby.received_lsn)
    if last_look.heartbeat_at is not None and standby.heartbeat_at is not None:
        lag_seconds = max(0.0, last_look.heartbeat_at - standby.heartbeat_at)
    return lag_bytes, lag_seconds


def _lag_refusals(
    lag_bytes: int | None, lag_seconds: float | None, policy: Policy
) -> list[Refusal]:
    over = []
    if lag_bytes is not None and lag_bytes > policy.rpo_bytes:
        over.append(f"{lag_bytes} bytes of WAL, the budget is {policy.rpo_bytes}")
    if lag_seconds is not None and lag_seconds > policy.rpo_seconds:
        over.append(f"{lag_seconds:.1f} s, the budget is {policy.rpo_seconds:g} s")
    if not over:
        return []
    reason = f"the standby is behind by {' and '.join(over)}"
    return [Refusal("lag", reason, "the writes in that gap are lost")]


def _timeline_refusals(standby: DatabaseLook, last_look: DatabaseLook | None) -> list[Refusal]:
    if last_look is None or last_look.timeline is None or standby.timeline is None:
        return []
    if standby.timeline == last_look.timeline:
        return []
    reason = (
        f"the standby is on timeline {standby.timeline}, "
        f"the primary was last seen on {last_look.timeline}"
    )
    return [Refusal("timeline", reason, "another history becomes the truth; rebuild it instead")]


def _synchronous_refusals(last_look: DatabaseLook | None, policy: Policy) -> list[Refusal]:
    if not policy.synchronous:
        return []
    price = "writes that AWS acknowledged alone are lost"
    if last_look is None:
        return [Refusal("last-look", "the primary was never seen replicating", price)]
    if not last_look.synchronous_standby_names:
        return [Refusal("synchronous-state", "the primary required no standby", price)]
    named = [s for s in last_look.standbys if s.application_name == policy.standby_name]
    if any(s.sync_state in {"sync", "quorum"} for s in named):
        return []
    # No walsender of that name: AWS waits for it and acknowledges nothing, so nothing can be lost.
    if not named:
        return []
    states = ", ".join(s.sync_state for s in named)
    return [Refusal("synchronous-state", f"Azure was last seen as {states}, not sync", price)]


def _name_refusals(
    standby: DatabaseLook, last_look: DatabaseLook | None, policy: Policy
) -> list[Refusal]:
    found = []
    if last_look is not None:
        wanted = (last_look.synchronous_standby_names or "").strip()
        named = [s for s in last_look.standbys if s.application_name == policy.standby_name]
        if len(named) > 1:
            reason = f"{len(named)} standbys call themselves {policy.standby_name!r}"
            found.append(Refusal("application-name", reason, _PRICE_OF_CLASH))
        if policy.synchronous and "*" in wanted:
            reason = f"synchronous_standby_names is {wanted!r}: any standby satisfies it"
            found.append(Refusal("application-name", reason, _PRICE_OF_CLASH))
    if standby.synchronous_standby_names:
        reason = (
            f"Azure's own synchronous_standby_names is {standby.synchronous_standby_names!r}: "
            "its commits would wait for a standby that is not there"
        )
        found.append(Refusal("synchronous-standby-names", reason, "every write in Azure hangs"))
    return found


_PRICE_OF_CLASH = "AWS may have acknowledged writes that another standby holds, not Azure"
