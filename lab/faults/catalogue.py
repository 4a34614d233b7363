"""Every fault that the lab knows, by its name."""

from lab.faults import region
from lab.faults.fault import Fault

__all__ = ["FAULTS", "fault_named"]

FAULTS: dict[str, Fault] = {fault.name: fault for fault in (*region.FAULTS,)}


def fault_named(name: str) -> Fault:
    """Return the fault; raise KeyError where there is none."""
    return FAULTS[name]
