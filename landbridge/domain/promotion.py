"""The promotion gate: may this standby be promoted, and if not, why and at what price anyway.

Rules (docs/architecture.md, "Promotion gate"): a paused replay is resumed and what was received is
replayed first, but for what a delay holds back, which promoting replays by itself; then each of
these refuses with its own reason: lag over the budget or unknown, a wrong timeline, synchronous
replication lost at the last look, a clash of application names.
"""

from dataclasses import dataclass

from landbridge.domain.database import DatabaseLook
from landbridge.domain.lsn import format_lsn
from landbridge.domain.synchronous import acknowledges_without

__all__ = ["Policy", "PromotionDecision", "Refusal", "decide_promotion"]


@dataclass(frozen=True)
class Policy:
    """What may be lost, and under which name the standby is the synchronous one."""

    synchronous: bool
    standby_name: str
    rpo_seconds: float
    rpo_bytes: int
    accept_data_loss: bool = False
    planned: bool = False


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
    waits_for: str = ""

    @property
    def reason(self) -> str:
        """What is waited for, or each refusal in one sentence with the price of its override."""
        return self.waits_for or " ".join(
            f"{r.name}: {r.reason}. {_override(r)}" for r in self.refusals
        )


# accept_data_loss pays for lost writes; it does not make a wrong history right.
_OVERRIDABLE = frozenset({"application-name", "lag", "last-look", "synchronous-state"})
_PRICE_OF_LAG = "the writes in that gap are lost"
_PRICE_OF_DOUBT = "writes that AWS acknowledged alone are lost"
_PRICE_OF_CLASH = "writes that AWS acknowledged with another standby's help are lost"


def _override(refusal: Refusal) -> str:
    if refusal.name in _OVERRIDABLE:
        return f"Price of accept_data_loss: {refusal.price}."
    return f"There is no override: {refusal.price}."


def decide_promotion(
    standby: DatabaseLook,
    last_look: DatabaseLook | None,
    policy: Policy,
    final_lsn: int | None = None,
) -> PromotionDecision:
    """Decide by the standby as it is, and the primary as it was last seen (None: never).

    ``final_lsn`` is where a held primary ended. A planned switchover waits until the standby has
    replayed it, whatever the budgets; in an outage what lies before it is lag.
    """
    if standby.is_primary:
        return PromotionDecision("already_promoted")
    if not standby.is_standby:
        seen = f"Azure's database: {standby.reason or 'no answer'}"
        unknown = Refusal("standby", seen, "nobody knows what would be promoted")
        return PromotionDecision("refuse", (unknown,))
    waits_for = _replay_to_do(standby, final_lsn if policy.planned else None)
    if standby.replay_paused:
        return PromotionDecision("resume_replay", waits_for=f"replay is paused. {waits_for}")
    if waits_for:
        return PromotionDecision("wait_replay", waits_for=waits_for)
    lag_bytes, lag_seconds = _lag(standby, last_look, final_lsn)
    refusals = [*_timeline_refusals(standby, last_look), *_own_setting_refusals(standby)]
    if not (policy.planned and final_lsn):  # A held primary's end is replayed: nothing can be lost.
        refusals += _lag_refusals(lag_bytes, lag_seconds, last_look, policy)
        refusals += _synchronous_refusals(last_look, policy)
        refusals += _name_refusals(last_look, policy)
    kept = tuple(r for r in refusals if not (policy.accept_data_loss and r.name in _OVERRIDABLE))
    action = "refuse" if kept else "promote"
    return PromotionDecision(action, kept, lag_bytes, lag_seconds)


def _replay_to_do(standby: DatabaseLook, final_lsn: int | None) -> str:
    replayed, received = standby.whole_lsn, standby.received_lsn or 0
    wanted = max(received, final_lsn or 0)
    if replayed >= wanted:
        return ""
    # A primary that dies in the middle of a record leaves a part of it: it can never be replayed,
    # and what it was to say was never acknowledged.
    if standby.replay_starved and replayed >= (final_lsn or 0):
        return ""
    return (
        f"Azure's standby has replayed WAL to {format_lsn(replayed)} and received it to"
        f" {format_lsn(received)}: {wanted - replayed} bytes short of {format_lsn(wanted)}"
    )


def _lag(
    standby: DatabaseLook, last_look: DatabaseLook | None, final_lsn: int | None
) -> tuple[int | None, float | None]:
    # A standby that was started again, or whose receiver was, reports less received than replayed,
    # or nothing.
    here = max(standby.received_lsn or 0, standby.replayed_lsn or 0)
    there = max((last_look and last_look.current_lsn) or 0, final_lsn or 0)
    lag_bytes = max(0, there - here) if here and there else None
    lag_seconds = None
    if standby.replay_delayed:
        return lag_bytes, None  # the heartbeat that it shows is as old as the delay
    if last_look and last_look.heartbeat_at is not None and standby.heartbeat_at is not None:
        lag_seconds = max(0.0, last_look.heartbeat_at - standby.heartbeat_at)
    return lag_bytes, lag_seconds


def _waits_for(last_look: DatabaseLook | None, policy: Policy) -> bool:
    # No walsender of that name, and no other will do: AWS acknowledges nothing, whatever it writes.
    return (
        policy.synchronous
        and last_look is not None
        and not _named(last_look, policy)
        and acknowledges_without(last_look.synchronous_standby_names or "", policy.standby_name)
        is None
    )


def _named(last_look: DatabaseLook, policy: Policy) -> list[str]:
    wanted = policy.standby_name.lower()
    return [s.sync_state for s in last_look.standbys if s.application_name.lower() == wanted]


def _lag_refusals(
    lag_bytes: int | None,
    lag_seconds: float | None,
    last_look: DatabaseLook | None,
    policy: Policy,
) -> list[Refusal]:
    if _waits_for(last_look, policy):
        return []
    if lag_bytes is None:
        reason = "how far the standby is behind is unknown: the primary was never seen"
        if last_look is not None:
            reason = "how far the standby is behind is unknown: a position is missing"
        return [Refusal("last-look", reason, _PRICE_OF_DOUBT)]
    over = []
    if lag_bytes > policy.rpo_bytes:
        over.append(f"{lag_bytes} bytes of WAL, the budget is {policy.rpo_bytes}")
    if lag_seconds is not None and lag_seconds > policy.rpo_seconds:
        over.append(f"{lag_seconds:.1f} s, the budget is {policy.rpo_seconds:g} s")
    reason = f"the standby is behind by {' and '.join(over)}"
    return [Refusal("lag", reason, _PRICE_OF_LAG)] if over else []


def _timeline_refusals(standby: DatabaseLook, last_look: DatabaseLook | None) -> list[Refusal]:
    if last_look is None:
        return []
    if standby.timeline is not None and standby.timeline == last_look.timeline:
        return []
    reason = (
        f"the standby is on timeline {standby.timeline or 'unknown'}, "
        f"the primary was last seen on {last_look.timeline or 'unknown'}"
    )
    price = "another history would become the truth; rebuild the standby instead"
    return [Refusal("timeline", reason, price)]


def _synchronous_refusals(last_look: DatabaseLook | None, policy: Policy) -> list[Refusal]:
    if not policy.synchronous or last_look is None:
        return []
    if not last_look.synchronous_standby_names:
        reason = "the primary required no standby at the last look"
        return [Refusal("synchronous-state", reason, _PRICE_OF_DOUBT)]
    states = _named(last_look, policy)
    if not states or any(state in {"sync", "quorum"} for state in states):
        return []
    reason = f"Azure was last seen as {', '.join(states)}, not sync"
    return [Refusal("synchronous-state", reason, _PRICE_OF_DOUBT)]


def _name_refusals(last_look: DatabaseLook | None, policy: Policy) -> list[Refusal]:
    if last_look is None:
        return []
    reasons = []
    count = len(_named(last_look, policy))
    if count > 1:
        reasons.append(f"{count} standbys call themselves {policy.standby_name!r}")
    wanted = last_look.synchronous_standby_names
    if policy.synchronous and wanted:
        satisfied = acknowledges_without(wanted, policy.standby_name)
        reasons += [satisfied] if satisfied else []
    return [Refusal("application-name", reason, _PRICE_OF_CLASH) for reason in reasons]


def _own_setting_refusals(standby: DatabaseLook) -> list[Refusal]:
    if not standby.synchronous_standby_names:
        return []
    reason = (
        f"Azure's own synchronous_standby_names is {standby.synchronous_standby_names!r}: "
        "its commits would wait for a standby that is not there"
    )
    return [Refusal("synchronous-standby-names", reason, "every write in Azure would hang")]
