"""The one time axis of a report."""

from lab.report.model import RunRecord

__all__ = ["since", "window"]


def since(run: RunRecord, at: float) -> float:
    """Return the seconds from the fault to ``at``."""
    return at - run.instants.fault_injected


def window(run: RunRecord) -> tuple[float, float]:
    """Return where the time axis begins and ends, in seconds since the fault."""
    ends = [run.observed_until, *(step.ended for step in run.steps)]
    return since(run, run.observed_from), since(run, max(ends))
