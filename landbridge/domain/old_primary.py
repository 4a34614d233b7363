"""May a database that was a primary start as one again: the rule of the guard in its pod.

The epoch is in the data, so an old primary knows how far it has come, and the gate knows how far
the world has.
"""

from collections.abc import Callable

from landbridge.domain.gate import Gate, GateState

__all__ = ["may_start_as_primary"]


def may_start_as_primary(
    site: str, gate: Gate, read_epoch: Callable[[], int | None]
) -> tuple[bool, str]:
    """Return whether ``site``'s database may start as a primary, and why.

    ``read_epoch`` returns the data's own epoch, None where it cannot be read; it is asked only
    where the gate does not name the site itself.
    """
    if gate.active_site == site:
        return True, f"the gate says that {site} is active in epoch {gate.epoch}"
    if site == "azure" and gate.state is GateState.ENGAGED:
        # No run engages a gate for an old primary in Azure: this one was promoted since, and each
        # run that goes on engages it anew, in an epoch that the data does not have yet.
        return True, f"the gate is engaged in epoch {gate.epoch}: a failover to azure is on its way"
    active = f"{gate.active_site} is active" if gate.active_site != "none" else "none is active"
    said = f"the gate is {gate.state.value}, {active} in epoch {gate.epoch}"
    epoch = read_epoch()
    if epoch is None:
        return False, f"{said}; the data's own epoch could not be read: rebuild it"
    if gate.epoch > epoch:
        return False, f"{said}, the data is of epoch {epoch}: it waits to be rebuilt"
    return True, f"{said}, the data is of epoch {epoch}, which is not older"
