"""May a GameDay begin now? Every reason against it, at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from landbridge.domain.drill_age import LAST_DRILL
from landbridge.domain.local_times import blocked_by
from landbridge.domain.settings import Gameday

__all__ = ["why_not_now"]

_OK = "OK"


def why_not_now(
    options: Gameday,
    *,
    now: float,
    checks: Sequence[Mapping[str, Any]],
    active: str,
    alarms: Mapping[str, str],
    running: str,
) -> list[str]:
    """Return every reason against a GameDay that would begin at ``now``; none: it may.

    ``checks`` and ``active`` are the preflight's; ``alarms`` has each alarm's state by its name. A
    rehearsal can wait, so what is not known is against it too. Raises ConfigurationError.
    """
    against = [
        f"preflight, {one['name']}: {one['result']}: {one['reason']}"
        for one in checks
        # An old proof is what a GameDay is for.
        if one["result"] in {"fail", "unknown"} and one["name"] != LAST_DRILL
    ]
    if not checks:
        against.append("preflight: it has no check")
    if active != "aws":
        against.append(f"AWS does not serve, as the preflight sees it: {active}")
    against += blocked_by(options.blocked_windows, options.time_zone, now, now + _whole(options))
    against += [f"alarm {name} is {state}" for name, state in alarms.items() if state != _OK]
    if running:
        against.append(f"run {running} is on")
    return against


def _whole(options: Gameday) -> float:
    return options.notice_seconds + options.soak_seconds + options.ways_seconds
