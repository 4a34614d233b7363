"""Every fault that the lab knows, by its name."""

from lab.faults import databases, full_disk, region, replication, standby_site
from lab.faults.fault import Fault

__all__ = ["FAULTS", "fault_named"]

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        *region.FAULTS,
        *databases.FAULTS,
        *replication.FAULTS,
        *full_disk.FAULTS,
        *standby_site.FAULTS,
    )
}


def fault_named(name: str) -> Fault:
    """Return the fault; raise KeyError where there is none."""
    return FAULTS[name]
