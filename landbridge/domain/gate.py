"""The gate: the small object in Azure that decides which site DNS may answer.

States and what the health checkers see of them (docs/architecture.md, "The gate"):

========  ==========================================  =========  ===========
state     meaning                                     veto AWS   veto Azure
========  ==========================================  =========  ===========
closed    AWS serves                                  no         yes
engaged   AWS is out, Azure is not admitted yet       yes        yes
open      Azure serves                                yes        no
========  ==========================================  =========  ===========

It latches: nothing but a run that holds the lock, by its epoch, moves it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from landbridge.domain.errors import GateTransitionError, InvalidEventError, StaleEpochError
from landbridge.domain.foreign import shown
from landbridge.domain.lock import RunLock, check_holder

__all__ = [
    "VETO_AWS",
    "VETO_AZURE",
    "Gate",
    "GateState",
    "decide_transition",
    "initial_gate",
    "parse_gate",
    "parse_state",
]

# What the checkers look for in a veto's answer. A 200 alone may come from a page, or from a host
# that is not the Function App at all: after a failover it would take Azure out of DNS.
VETO_AWS = "landbridge-gate-vetoes-aws"
VETO_AZURE = "landbridge-gate-vetoes-azure"


class GateState(StrEnum):
    """Where the gate stands."""

    CLOSED = "closed"
    ENGAGED = "engaged"
    OPEN = "open"


@dataclass(frozen=True)
class Gate:
    """The gate as stored: ``since`` is ISO 8601 in UTC, ``holder`` the run that wrote it."""

    state: GateState
    active_site: str
    epoch: int
    holder: str
    since: str

    @property
    def vetoes_aws(self) -> bool:
        """Whether AWS must stay out of DNS."""
        return self.state is not GateState.CLOSED

    @property
    def vetoes_azure(self) -> bool:
        """Whether Azure must stay out of DNS."""
        return self.state is not GateState.OPEN


def initial_gate(since: str) -> Gate:
    """Return the gate of a world that never failed over: AWS serves in epoch 1."""
    return Gate(GateState.CLOSED, "aws", 1, "", since)


# from, to: the site that is active afterwards. Staying put with a newer epoch is how a run that
# goes on after another one stopped half way makes the gate its own.
_TRANSITIONS: dict[tuple[GateState, GateState], str] = {
    (GateState.CLOSED, GateState.ENGAGED): "none",
    (GateState.ENGAGED, GateState.ENGAGED): "none",
    (GateState.ENGAGED, GateState.OPEN): "azure",
    (GateState.OPEN, GateState.OPEN): "azure",
    (GateState.ENGAGED, GateState.CLOSED): "aws",
    (GateState.OPEN, GateState.CLOSED): "aws",
    (GateState.CLOSED, GateState.CLOSED): "aws",
}


def parse_state(value: object) -> GateState:
    """Return the state named ``value``; raise InvalidEventError, which names the choices."""
    try:
        return GateState(str(value))
    except ValueError:
        choices = ", ".join(GateState)
        raise InvalidEventError(
            f"to: {shown(value)} is not a gate state", f"one of {choices}"
        ) from None


def parse_gate(document: Mapping[str, Any]) -> Gate:
    """Return the gate as the Function App answers it; raise InvalidEventError for no gate."""
    try:
        return Gate(
            state=parse_state(document["state"]),
            active_site=str(document["active_site"]),
            epoch=int(document["epoch"]),
            holder=str(document["holder"]),
            since=str(document["since"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidEventError(f"{shown(document)} is not a gate: {error!r}") from None


def decide_transition(
    gate: Gate,
    lock: RunLock | None,
    to: GateState,
    *,
    epoch: int,
    holder: str,
    now: str,
    seen_epoch: int | None = None,
) -> Gate:
    """Return the gate to write, which is ``gate`` itself where nothing is left to do.

    ``seen_epoch`` is the gate's epoch in the look that the move is based on. Raises StaleEpochError
    for whoever does not hold the lock in this epoch, closed the gate in it, or looked at a gate
    that another run has written since; GateTransitionError for a change that does not exist.
    """
    check_holder(lock, holder, epoch)
    if seen_epoch is not None and gate.epoch not in {seen_epoch, epoch}:
        raise StaleEpochError(
            f"{holder} looked at the gate in epoch {seen_epoch}, and it is in {gate.epoch} now:"
            " what was true then may not be",
            "nothing was changed; start the machine again to go on from what is true",
        )
    if epoch < gate.epoch:
        raise StaleEpochError(f"the gate is in epoch {gate.epoch}; {holder} asks with {epoch}")
    active_site = _TRANSITIONS.get((gate.state, to))
    if active_site is None:
        raise GateTransitionError(
            f"the gate is {gate.state.value}: it does not go to {to.value}",
            "a failover goes closed, engaged, open; a failback goes open, closed",
        )
    if gate.state is GateState.CLOSED and to is GateState.ENGAGED and epoch == gate.epoch:
        # What a run sent before it undid itself may arrive after the undo.
        raise StaleEpochError(
            f"epoch {epoch} closed the gate: the run that was undone does not engage it again",
            "nothing was changed; start the machine again",
        )
    if gate.state is to and gate.epoch == epoch and gate.holder == holder:
        return gate
    since = gate.since if gate.state is to else now
    return replace(gate, state=to, active_site=active_site, epoch=epoch, holder=holder, since=since)
