"""Every fault that the lab knows, by its name."""

from lab.faults import (
    clocks,
    databases,
    full_disk,
    health,
    names,
    network,
    region,
    replication,
    standby_site,
)
from lab.faults.fault import Fault

__all__ = ["FAULTS"]

_SUBJECTS = (
    region,
    health,
    databases,
    replication,
    full_disk,
    standby_site,
    network,
    names,
    clocks,
)

FAULTS: dict[str, Fault] = {fault.name: fault for subject in _SUBJECTS for fault in subject.FAULTS}
