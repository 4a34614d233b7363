"""Does the gate say what is true, and is the run lock free."""

from collections.abc import Iterator

from landbridge.domain.database import DatabaseLook
from landbridge.domain.gate import Gate, GateState, initial_gate
from landbridge.domain.lock import RunLock
from landbridge.domain.preflight.check import Check, Finding, check_of, fail, unknown, warn
from landbridge.domain.preflight.database_facts import serving_site
from landbridge.domain.preflight.other_half import OtherHalf

__all__ = ["gate_checks", "running_run"]

# The gate that belongs to a serving site, and the command that ends what is between.
_BELONGS = {"aws": GateState.CLOSED, "azure": GateState.OPEN}
_RESUME = {"aws": "landbridge failback --watch", "azure": "landbridge failover --resume --watch"}
_WATCH = "landbridge status --watch"


def gate_checks(half: OtherHalf, aws: DatabaseLook, azure: DatabaseLook) -> list[Check]:
    """Return the checks of gate and lock against who takes writes."""
    return [
        check_of("gate", _gate(half, aws, azure), "the gate says who serves"),
        check_of("run-lock", _lock(half), "no run is on"),
    ]


def running_run(lock: RunLock | None, now: float) -> str:
    """Return the run that holds the lock, or an empty text; ``now`` is the lock's own clock."""
    return lock.holder if lock is not None and lock.holder and not lock.expired(now) else ""


def _gate(half: OtherHalf, aws: DatabaseLook, azure: DatabaseLook) -> Iterator[Finding]:
    if half.gate_reason:
        yield fail(
            f"the gate can't be read: {half.gate_reason}",
            "without it no run can start: see the Function App and AKS",
        )
        return
    gate = half.gate or initial_gate("")
    newest = _newest_epoch(gate, aws, azure)
    if newest > gate.epoch:
        yield fail(
            f"the gate is in epoch {gate.epoch}, a database is in {newest}: it was deleted, or"
            " put back from an old copy",
            "put ConfigMap landbridge-gate back as the last run left it: landbridge history names"
            " the run, landbridge report RUN shows its gate",
        )
        return
    run = running_run(half.lock, half.at)
    site, why = serving_site(aws, azure)
    if site == "both":
        older = min((aws, azure), key=lambda look: look.epoch or 0)
        yield fail(
            f"both databases take writes, in epochs {aws.epoch} and {azure.epoch}",
            f"stop {older.site}'s database: what it takes from now on will be lost",
        )
    elif site not in _BELONGS:
        found = unknown(f"who serves is not known: {why}")
        yield found if site == "unknown" else _unserved(run, gate.state)
    elif gate.state is not _BELONGS[site]:
        said = f"{site}'s database takes writes and the gate is {gate.state.value}"
        # A gate that was moved past AWS is on the way to Azure, whoever takes writes yet.
        resume = _RESUME["azure" if gate.state is GateState.ENGAGED else site]
        yield (
            warn(f"{said}: run {run} is on", _WATCH)
            if run
            else fail(f"{said}: a run stopped half way", resume)
        )


def _newest_epoch(gate: Gate, aws: DatabaseLook, azure: DatabaseLook) -> int:
    # A failback admits AWS in a new epoch and closes the gate last: an open gate may be behind AWS.
    looks = (azure,) if gate.state is GateState.OPEN else (aws, azure)
    return max(look.epoch or 0 for look in looks)


def _unserved(run: str, state: GateState) -> Finding:
    said = f"nobody takes writes and the gate is {state.value}"
    if run:
        return warn(f"{said}: run {run} is on", _WATCH)
    return fail(said, _RESUME["aws" if state is GateState.OPEN else "azure"])


def _lock(half: OtherHalf) -> Iterator[Finding]:
    if half.gate_reason:
        yield unknown(f"the lock can't be read: {half.gate_reason}")
        return
    lock = half.lock
    run = running_run(lock, half.at)
    if run:
        # No second run may start beside it, whatever else is well.
        epoch = lock.epoch if lock else 0
        yield fail(f"run {run} is on, in epoch {epoch}: another is refused", _WATCH)
    elif lock is not None and lock.holder:
        yield warn(
            f"run {lock.holder} held the lock and died: its lease ran out",
            "landbridge status says how to go on; the next run takes the lock",
        )
