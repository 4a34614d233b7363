"""Takeovers as whoever may read AKS sees them: what their pods keep there, and their Jobs.

Nothing here asks landbridge. What does not answer raises as ``lab.clouds.looking`` has it.
"""

import json
from collections.abc import Mapping
from typing import Any

from kubernetes import client

from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.clouds.looking import LOOK_SECONDS
from landbridge.adapters.operations import Execution
from landbridge.domain.history import StepRecord

__all__ = ["TAKEOVER", "execution_of", "kept_takeovers", "takeover", "takeover_names"]

TAKEOVER = "takeover"
_RECORD = "landbridge-run-"
_STATUSES = {"succeeded": "SUCCEEDED", "failed": "FAILED", "": "RUNNING"}
_GONE = "JobFailed"
# Where the machine's state keeps what each step answered: the ResultPaths of failover.asl.json.
_ANSWERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "confirm_outage": (("verdict",),),
    "fence_primary": (("moved", "fence"), ("fence",)),
    "check_promotion": (("moved", "database", "promotion"),),
    "open_gate": (("gate",),),
    "stop_primary": (("stopped",),),
}

Parts = Mapping[str, Any]


def takeover_names(clouds: Clouds) -> list[str]:
    """Return the names of the takeovers that have begun, the newest first."""
    kept = kept_takeovers(clouds).items()
    return [name for name, _ in sorted(kept, key=lambda one: _began_at(one[1]), reverse=True)]


def takeover(clouds: Clouds, name: str) -> Execution:
    """Return the run as its journal has it; one whose Job gave up has failed."""
    run = execution_of(name, kept_takeovers(clouds).get(name, {}))
    batch = client.BatchV1Api(clouds.azure_cluster.admin())
    job = batch.read_namespaced_job(
        name, names.GATE_NAMESPACE, _request_timeout=LOOK_SECONDS
    ).status
    gave_up = any(one.type == "Failed" and one.status == "True" for one in job.conditions or [])
    if run.status == "RUNNING" and gave_up:
        said = {"status": "FAILED", "error": _GONE, "cause": "its pods ended before the run did"}
        return Execution(**{**vars(run), **said, "ended_at": _last(run.steps)})
    return run


def kept_takeovers(clouds: Clouds) -> dict[str, dict[str, Any]]:
    """Return the parts of each takeover's record by its name: ``journal``, ``record``, ..."""
    core = client.CoreV1Api(clouds.azure_cluster.admin())
    found = core.list_namespaced_config_map(
        names.GATE_NAMESPACE, label_selector="landbridge/kind=run", _request_timeout=LOOK_SECONDS
    ).items
    return {
        one.metadata.name.removeprefix(_RECORD): {
            part: json.loads(text) for part, text in (one.data or {}).items()
        }
        for one in found
    }


def execution_of(name: str, parts: Parts) -> Execution:
    """Return the run that these parts tell of, as if Step Functions had walked it."""
    journal = parts.get("journal") or {"frame": {"state": "", "ended": ""}, "steps": []}
    frame = journal["frame"]
    data = frame.get("data")
    state: dict[str, Any] = dict(data) if isinstance(data, Mapping) else {}
    steps = tuple(_answered(StepRecord(**one), state) for one in journal["steps"])
    status = _STATUSES[frame["ended"]]
    return Execution(
        name=name,
        arn=f"{TAKEOVER}:{name}",
        status=status,
        started_at=_began_at(parts),
        ended_at=None if status == "RUNNING" else _last(steps),
        steps=steps,
        state=state,
        error=frame.get("error", ""),
        cause=frame.get("cause", ""),
    )


def _began_at(parts: Parts) -> float:
    """Return when it looked at the lock, which is the first that it does."""
    steps = (parts.get("journal") or {}).get("steps", [])
    seen = [float(one["started_at"]) for one in steps]
    lease = parts.get("lease")
    return min([*seen, *([float(lease["at"])] if lease else [])], default=0.0)


def _last(steps: tuple[StepRecord, ...]) -> float | None:
    return max((one.ended_at for one in steps if one.ended_at is not None), default=None)


def _answered(step: StepRecord, state: Mapping[str, Any]) -> StepRecord:
    answer = _answer(step.name, state)
    if answer is None or step.result != "done":
        return step
    return StepRecord(**{**vars(step), "output": json.dumps(answer)})


def _answer(step: str, state: Mapping[str, Any]) -> Any:
    if step == "engage_gate":
        # Opening it answers in the same place, in the same epoch and by the same run.
        gate = state.get("gate")
        return {**gate, "state": "engaged"} if isinstance(gate, Mapping) else None
    found = (_at(state, path) for path in _ANSWERS.get(step, ()))
    return next((one for one in found if one is not None), None)


def _at(state: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        state = state.get(name) if isinstance(state, Mapping) else None
    return state
