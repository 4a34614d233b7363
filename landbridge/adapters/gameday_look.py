"""What a GameDay looks at: the alarms, the runs since it began, its own run, and the abort."""

from collections.abc import Sequence
from dataclasses import replace

from landbridge.adapters.environment import settings
from landbridge.adapters.executions import execution_status, executions_since
from landbridge.adapters.health_alarm import (
    MISSING,
    UNKNOWN,
    read_alarm_state,
    read_alarm_states,
)
from landbridge.adapters.runs import ABORT, read_record, run_record
from landbridge.domain.errors import SiteUnknownError
from landbridge.domain.gameday import Leg, Seen

__all__ = ["alarm_on_aws", "look", "runs_of", "stop_alarms"]


def alarm_on_aws() -> str:
    """Return the state of the alarm on AWS, ``missing``, or ``unknown`` where nobody answers.

    Raises AccessDeniedError or ConfigurationError.
    """
    try:
        return read_alarm_state(settings().alarm_name) or MISSING
    except SiteUnknownError:
        # Its region may be the one that is down; the watchdog is for that.
        return UNKNOWN


def stop_alarms() -> dict[str, str]:
    """Return the configured alarms' states by name; raise as ``read_alarm_states`` does."""
    return read_alarm_states(settings().gameday.alarms)


def look(
    run: str, *, began_at: float, in_phase_seconds: float, own: Sequence[str], leg: str
) -> Seen:
    """Look once at the GameDay ``run``, which began at ``began_at`` (epoch seconds).

    ``own`` are the runs that it started, ``leg`` the one that is on its way, or empty.
    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    asked = read_record(run, ABORT)
    return Seen(
        in_phase_seconds=in_phase_seconds,
        alarm=alarm_on_aws(),
        stop_alarms=tuple(name for name, state in stop_alarms().items() if state == "ALARM"),
        others=tuple(one for one in executions_since(began_at) if one.name not in own),
        leg=_leg(leg) if leg else None,
        aborted=f"{asked['reason']}, {asked['by']}" if asked else "",
    )


def runs_of(began_at: float) -> list[Leg]:
    """Return the runs of both ways since that time (epoch seconds); raise as ``look`` does.

    To the second: a machine's own clock and EventBridge's word for the same moment differ.
    """
    ways = ("failover-", "failback-")
    found = [one for one in executions_since(began_at - 1.0) if one.name.startswith(ways)]
    return [replace(one, moved=run_record(one.name) is not None) for one in found]


def _leg(name: str) -> Leg:
    # A run that found nothing to do leaves no record.
    return Leg(name, execution_status(name), moved=run_record(name) is not None)
