"""Calls the steps that neither a GameDay nor an incident calls, in a lab that has had both."""

import json
import time
from datetime import UTC, datetime
from typing import Any

from lab.clouds.clouds import Clouds
from lab.drill.following import follow
from landbridge.adapters.operations import GAMEDAY
from landbridge.adapters.warming import WARM_EVENT
from landbridge.domain.plan import step_named
from landbridge.domain.standby_alarms import ALARMS

__all__ = ["call_the_rest"]

_REPORT = {
    "passed": True,
    "failed": "",
    "started_at": 1.0,
    "seconds": 1.0,
    "shown": {},
    "leaks": [],
    "differences": [],
}


def call_the_rest(clouds: Clouds) -> None:
    """Call each with an event of its own; what comes of it in a lost AWS is other tests' matter."""
    _call(clouds, "undo_failback", dict(WARM_EVENT))
    _call(clouds, "watch_primary", {})
    for starter in ("start_failback", "start_gameday"):
        # Without a reason: it refuses, and records that.
        _call(clouds, starter, {"trigger": "manual"})
    _call(clouds, "request_approval", {"run": "failback-1", "stream": {}, "token": "none"})
    _call(clouds, "tell_alarm", _alarm(clouds))
    _call(clouds, "rehearse_standby", {"action": "observe"})
    keep = {"action": "keep", "run": "rehearsal-1", "report": _REPORT}
    _call(clouds, "rehearse_standby", keep)
    _close_a_stopped_gameday(clouds)
    at = datetime.now(UTC).isoformat()
    leg = {"flow": "failover", "run": "gameday-manual-1", "at": at}
    leg["request"] = {"reason": "a look", "planned": True}
    begun = _call(clouds, "start_leg", leg)
    # Now the starter knows the run, and the step looks how it stands.
    _call(clouds, "start_leg", leg)
    follow(clouds, begun["run"], lambda _run: None)
    _call(clouds, "hand_over", {"run": "gameday-manual-1", "at": at})


def _call(clouds: Clouds, step: str, event: dict[str, Any]) -> dict[str, Any]:
    name = step_named(step).function_name(clouds.configuration.workload)
    functions = clouds.aws.client("lambda", clouds.configuration.orchestrator_region)
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event))
    return dict(json.loads(answer["Payload"].read()))


def _alarm(clouds: Clouds) -> dict[str, Any]:
    name = ALARMS[0].full_name(clouds.configuration.workload)
    states = {"state": {"value": "ALARM"}, "previousState": {"value": "OK"}}
    return {"detail": {"alarmName": name, **states}}


def _close_a_stopped_gameday(clouds: Clouds) -> None:
    """Stop one at its first step, and tell of it as EventBridge does."""
    operations, now = clouds.operations, time.time()
    request = {"trigger": "manual", "reason": "a look", "occurred_at": now}
    run = str(operations.start(request, GAMEDAY)["run"])
    machine = operations.outputs()["GamedayMachineArn"]
    states = clouds.aws.client("stepfunctions", clouds.configuration.orchestrator_region)
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{run}"
    states.stop_execution(executionArn=arn)
    detail = {
        "name": run,
        "status": "ABORTED",
        "startDate": int(now * 1000),
        "input": json.dumps(request),
    }
    moment = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
    _call(clouds, "close_gameday", {"source": "aws.states", "time": moment, "detail": detail})
