"""Every fault that the lab knows, by its name."""

from lab.faults import (
    clocks,
    control_plane,
    databases,
    full_disk,
    function_app,
    health,
    names,
    network,
    pods,
    region,
    replication,
    standby_site,
    steps,
    tokens,
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
    control_plane,
    function_app,
    pods,
    steps,
    tokens,
)

FAULTS: dict[str, Fault] = {fault.name: fault for subject in _SUBJECTS for fault in subject.FAULTS}
