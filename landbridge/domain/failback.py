"""Where the world stands when a failback begins: the one word that decides which way the run goes.

AWS's database may be many things then: gone, the stale primary of before, Azure's standby, or
promoted by a failback that stopped half way. The epoch in its own data tells the last two apart.
"""

from dataclasses import dataclass
from enum import StrEnum

from landbridge.domain.database import DatabaseLook
from landbridge.domain.gate import Gate, GateState

__all__ = ["Return", "ReturnStanding", "decide_return", "why_not_admitted"]

# pg_stat_replication.sync_state of a standby that commits wait for.
_WAITED_FOR = frozenset({"sync", "quorum"})


class Return(StrEnum):
    """What a failback finds; the machine's first choice reads it."""

    ON_AZURE = "on_azure"
    HELD = "held"
    RETURNING = "returning"
    UNPROTECTED = "unprotected"
    ON_AWS = "on_aws"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ReturnStanding:
    """The situation, the sentence that says why, and the way on where only one leads on."""

    situation: Return
    reason: str
    remedy: str = ""


def decide_return(
    aws: DatabaseLook,
    azure: DatabaseLook,
    gate: Gate | None,
    standby_name: str,
    *,
    synchronous: bool,
) -> ReturnStanding:
    """Return where the world stands by both databases and the gate.

    ``held``: a failback stopped in its hold; Azure takes no writes, and AWS none that is known of.
    ``returning``: AWS took writes in a newer epoch than Azure, only DNS is missing.
    ``unprotected``: AWS serves, and Azure is not the standby that it shall have (any more, or yet).
    """
    if gate is None:
        return ReturnStanding(Return.UNKNOWN, "the gate could not be read")
    if gate.state is GateState.ENGAGED:
        why = "the gate is engaged: a failover is on its way, or stopped half way"
        return ReturnStanding(Return.UNKNOWN, why, "`landbridge failover --resume` first")
    if gate.state is GateState.CLOSED:
        return _closed(aws, standby_name, synchronous=synchronous)
    if why_not_admitted(aws, azure) == "":
        if azure.is_primary and azure.read_only is False:
            # What Azure took since AWS was admitted would be lost on the way home.
            why = f"AWS takes writes in epoch {aws.epoch}, and so does Azure in epoch {azure.epoch}"
            return ReturnStanding(Return.UNKNOWN, f"{why}: make one of them read-only first")
        return ReturnStanding(
            Return.RETURNING, f"AWS takes writes in epoch {aws.epoch}; DNS still answers Azure"
        )
    if not azure.reachable or azure.in_recovery is None:
        return ReturnStanding(Return.UNKNOWN, f"Azure's database: {azure.reason or 'no answer'}")
    if azure.in_recovery:
        why = "the gate is open, yet Azure's database is in recovery"
        return ReturnStanding(Return.UNKNOWN, f"{why}: nobody is there to come home from")
    if azure.read_only:
        # Also where an admission had begun and lifted nothing yet: whether Azure's own hold would
        # outlast a restart is not known, for an undo may have done half of its work.
        return ReturnStanding(Return.HELD, "Azure's writes are held: a failback stopped half way")
    return ReturnStanding(Return.ON_AZURE, f"Azure serves in epoch {gate.epoch}")


def _closed(aws: DatabaseLook, standby_name: str, *, synchronous: bool) -> ReturnStanding:
    if not aws.is_primary:
        seen = aws.reason or ("it is in recovery" if aws.in_recovery else "no answer")
        return ReturnStanding(Return.UNKNOWN, f"the gate is closed; AWS's database: {seen}")
    streams = [
        one
        for one in aws.standbys
        if one.application_name == standby_name and one.state == "streaming"
    ]
    if not streams:
        return ReturnStanding(
            Return.UNPROTECTED, "AWS is already active, and Azure is not its standby: it has none"
        )
    if synchronous and all(one.sync_state not in _WAITED_FOR for one in streams):
        return ReturnStanding(
            Return.UNPROTECTED, "AWS is already active, and its commits do not wait for Azure"
        )
    return ReturnStanding(Return.ON_AWS, "AWS is already active")


def why_not_admitted(aws: DatabaseLook, azure: DatabaseLook) -> str:
    """Say why AWS's database does not take writes as the newer primary; empty where it does.

    The epoch is written by the very step that admits writes. A primary left over from before the
    failover has an older one than Azure.
    """
    if not aws.is_primary:
        return aws.reason or "it is in recovery"
    if aws.read_only:
        return "it is held read-only"
    if aws.epoch is None or azure.epoch is None:
        return "one of the two epochs is unknown"
    if aws.epoch <= azure.epoch:
        return f"its epoch {aws.epoch} is not newer than Azure's {azure.epoch}"
    return ""
