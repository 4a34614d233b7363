"""Would anything start by itself: are EventBridge's rules there and enabled.

An alarm that goes off and a watchdog that looks start nothing where the rule behind them is off,
and one that was turned off for an hour says nothing by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from landbridge.domain.preflight.check import Check, Finding, check_of, fail, unknown, warn
from landbridge.domain.triggers import ALARM_EVENT, EVERY_MINUTE, FORWARDED_ALARM, GAMEDAY_SCHEDULE

__all__ = ["Trigger", "trigger_check"]

_MEANS = {
    ALARM_EVENT: "the alarm starts no failover",
    FORWARDED_ALARM: "the alarm's event does not reach the orchestrator: it starts no failover",
    EVERY_MINUTE: "nobody looks: no watchdog, no preflight, no look for a promotion without AWS",
    GAMEDAY_SCHEDULE: "no GameDay begins by itself",
}
# CloudFormation makes nothing again that was deleted beside it, while the template is as it was.
_MAKE = "cdk deploy --all where it was never made, else make it again as cdk synth shows it"


@dataclass(frozen=True)
class Trigger:
    """One rule or schedule: ``state`` is EventBridge's word, None where there is none.

    ``reason`` says why it could not be read.
    """

    trigger: str
    name: str
    region: str
    state: str | None
    reason: str = ""


def trigger_check(triggers: Iterable[Trigger] | None, reason: str) -> Check:
    """Return whether what starts a run is on; ``reason`` says why nothing could be read.

    No schedule of a GameDay may be what the configuration asks for.
    """
    if not triggers:
        found = [unknown(reason or "no rule was read")]
    else:
        found = [finding for one in triggers for finding in _findings(one)]
    return check_of("triggers", found, "alarm, watchdog and schedules may start runs")


def _findings(one: Trigger) -> Iterator[Finding]:
    rehearsal = one.trigger == GAMEDAY_SCHEDULE
    what = f"{'schedule' if rehearsal else 'rule'} {one.name} in {one.region}"
    if one.reason:
        yield unknown(f"{what}: {one.reason}")
    elif one.state is None and not rehearsal:
        yield fail(f"there is no {what}: {_MEANS[one.trigger]}", _MAKE)
    elif one.state is not None and not one.state.startswith("ENABLED"):
        said = f"{what} is {one.state}: {_MEANS[one.trigger]}"
        yield warn(said, _ENABLE_SCHEDULE) if rehearsal else fail(said, _enable(one))


_ENABLE_SCHEDULE = "enable it in EventBridge Scheduler, or take gameday.schedule out of cdk.json"


def _enable(one: Trigger) -> str:
    return f"aws events enable-rule --name {one.name} --region {one.region}"
