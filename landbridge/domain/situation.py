"""Where the world stands when a run begins: the one word that decides which way the run goes."""

from dataclasses import dataclass
from enum import StrEnum

from landbridge.domain.database import DatabaseLook
from landbridge.domain.gate import Gate, GateState

__all__ = ["Situation", "Standing", "decide_situation"]

_GO_HOME = "`landbridge failback` goes on from there"


class Situation(StrEnum):
    """What a run finds; the machine's first choice reads it."""

    ON_AWS = "on_aws"
    ON_AZURE = "on_azure"
    MOVING = "moving"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Standing:
    """The situation, the sentence that says why, and the way on where only one leads on."""

    situation: Situation
    reason: str
    remedy: str = ""


def decide_situation(
    azure: DatabaseLook,
    gate: Gate | None,
    *,
    force: bool = False,
    accept_data_loss: bool = False,
) -> Standing:
    """Return where the world stands by Azure's database and the gate.

    AWS's own state is evidence for the votes, not for this: it may be unreachable. ``force`` takes
    a database that was promoted while the gate was closed for the truth; one that is held
    read-only behind a closed gate, with ``accept_data_loss`` alone: AWS was admitted after it.
    """
    if gate is None:
        return Standing(Situation.UNKNOWN, "the gate could not be read")
    if not azure.reachable or azure.in_recovery is None:
        return Standing(Situation.UNKNOWN, f"Azure's database: {azure.reason or 'no answer'}")
    if azure.is_primary:
        if gate.state is GateState.OPEN and azure.read_only:
            held = "Azure's writes are held: a failback stopped in its hold"
            return Standing(Situation.UNKNOWN, held, _GO_HOME)
        if gate.state is GateState.OPEN:
            return Standing(Situation.ON_AZURE, "already on Azure")
        why = f"Azure's database is promoted and the gate is {gate.state.value}"
        if gate.state is GateState.CLOSED and azure.read_only and not (force and accept_data_loss):
            # Only a failback leaves this, and it admits AWS before it closes the gate: AWS takes
            # writes without waiting for Azure until Azure is its standby again.
            newer = "AWS was admitted and has the newer orders: a failback is not finished"
            return Standing(
                Situation.UNKNOWN,
                f"{why}, its writes are held. {newer}",
                f"{_GO_HOME}; where AWS is lost for good,"
                " `landbridge failover --reason TEXT --force --accept-data-loss` goes on without"
                " them",
            )
        if gate.state is GateState.CLOSED and not force:
            # No failover leaves this: it engages first. AWS may have the newer orders.
            either = "it was promoted by hand, or a failback is not finished"
            return Standing(
                Situation.UNKNOWN,
                f"{why}: {either}",
                "`landbridge status`, and where Azure has the truth:"
                " `landbridge failover --reason TEXT --force`",
            )
        return Standing(Situation.MOVING, f"an earlier run stopped half way: {why}")
    if gate.state is GateState.OPEN:
        why = "the gate is open, yet Azure's database is in recovery"
        return Standing(
            Situation.UNKNOWN, f"{why}: it serves nobody and may not be promoted blindly"
        )
    if gate.state is GateState.ENGAGED:
        return Standing(Situation.ON_AWS, "an earlier run engaged the gate and did not promote")
    return Standing(Situation.ON_AWS, "AWS is active, Azure is its standby")
