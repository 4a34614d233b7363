"""The guard: whether a database that was a primary starts as one, beside a site that took over."""

from landbridge.domain.gate import Gate

__all__ = ["may_start_as_primary"]


def may_start_as_primary(site: str, gate: Gate | None, epoch: int | None) -> tuple[bool, str]:
    """Return whether ``site``'s database may start, and why; ``epoch`` is its data's own.

    A gate that can't be read (None) holds nobody: an outage of the other cloud must not become one
    here. An epoch that can't be read (None) holds where another site is active.
    """
    if gate is None:
        return True, "nobody has said that no other site is the active one"
    if gate.active_site == site:
        return True, f"the gate says that {site} is active in epoch {gate.epoch}"
    active = f"{gate.active_site} is active" if gate.active_site != "none" else "none is active"
    said = f"the gate is {gate.state.value}, {active} in epoch {gate.epoch}"
    if epoch is None:
        return False, f"{said}; the data's own epoch could not be read: rebuild it"
    if gate.epoch > epoch:
        return False, f"{said}, the data is of epoch {epoch}: it waits to be rebuilt"
    return True, f"{said}, the data is of epoch {epoch}, which is not older"
