"""Every fault that the lab knows, by its name."""

from lab.faults import control_plane, function_app, pods, region, steps, tokens
from lab.faults.fault import Fault

__all__ = ["FAULTS", "fault_named"]

_SUBJECTS = (control_plane, function_app, pods, region, steps, tokens)
FAULTS: dict[str, Fault] = {fault.name: fault for subject in _SUBJECTS for fault in subject.FAULTS}


def fault_named(name: str) -> Fault:
    """Return the fault; raise KeyError where there is none."""
    return FAULTS[name]
