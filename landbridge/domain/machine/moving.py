"""A state machine moved on by what its steps answered: pure, so that any place can be gone on from.

``begin`` gives the first frame; ``due`` says what to call or wait for; ``after`` takes in how one
of them went and returns the next frame. The caller calls, waits, and keeps each frame.

Source: Amazon States Language. What landbridge's machines do not use, ``reading`` refuses.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from landbridge.domain.machine.attempts import catcher_of, retry_of
from landbridge.domain.machine.choosing import next_of_choice
from landbridge.domain.machine.frames import FAILED, SUCCEEDED, Due, Frame, Outcome
from landbridge.domain.machine.paths import MissingPathError, filled, value_at, with_value

__all__ = ["after", "begin", "due"]

States = Mapping[str, Any]
_RUNTIME = "States.Runtime"
_NO_CHOICE = "States.NoChoiceMatched"
_FOREVER_SECONDS = 31_536_000.0  # a year: the longest that an execution may take


def begin(machine: States, data: Any, context: Mapping[str, Any]) -> Frame:
    """Return the first frame of an execution with that input.

    ``context`` is the context object: ``{"Execution": {"Id", "Name", "StartTime", "Input"}}``.
    """
    return _enter(machine, machine["StartAt"], data, context)


def due(machine: States, frame: Frame, context: Mapping[str, Any]) -> list[Due]:
    """Return what has to be called or waited for now; nothing where the execution has ended."""
    if frame.ended:
        return []
    state = machine["States"][frame.state]
    if frame.branches:
        return [
            replace(one, path=(index, *one.path))
            for index, branch in enumerate(frame.branches)
            for one in due(state["Branches"][index], branch, context)
        ]
    inside = _inside(context, frame)
    # _enter has filled the template already, so that a path cannot be missing here.
    payload = _payload(state, frame.data, inside) if state["Type"] == "Task" else None
    return [
        Due(
            path=(),
            state=frame.state,
            resource=state.get("Resource", ""),
            payload=payload,
            timeout_seconds=_timeout_seconds(state, frame.data, inside),
            wait_seconds=frame.wait_seconds,
            attempt=sum(frame.retried) + 1,
            jitter=any(one.get("JitterStrategy") == "FULL" for one in state.get("Retry", [])),
        )
    ]


def after(
    machine: States,
    frame: Frame,
    path: tuple[int, ...],
    outcome: Outcome,
    context: Mapping[str, Any],
) -> Frame:
    """Return the frame after the due state at ``path`` went like that."""
    state = machine["States"][frame.state]
    if path:
        inner, branches = path[0], list(frame.branches)
        branches[inner] = after(
            state["Branches"][inner], branches[inner], path[1:], outcome, context
        )
        return _joined(machine, replace(frame, branches=tuple(branches)), context)
    if outcome.error:
        return _failed(machine, frame, outcome, context)
    return _succeeded(machine, frame, outcome.result, context)


def _inside(context: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    state = {"Name": frame.state, "RetryCount": sum(frame.retried)}
    return {**context, "State": state}


def _payload(state: States, data: Any, context: Mapping[str, Any]) -> Any:
    taken = value_at(state.get("InputPath", "$"), data, context)
    return filled(state["Parameters"], taken, context) if "Parameters" in state else taken


def _timeout_seconds(state: States, data: Any, context: Mapping[str, Any]) -> float:
    if "TimeoutSecondsPath" in state:
        return float(value_at(state["TimeoutSecondsPath"], data, context))
    return float(state.get("TimeoutSeconds", _FOREVER_SECONDS))


def _enter(machine: States, name: str, data: Any, context: Mapping[str, Any]) -> Frame:
    """Go through what needs no world, until something does or the end is reached."""
    frame = Frame(name, data)
    inside = _inside(context, frame)
    state = machine["States"][name]
    try:
        match state["Type"]:
            case "Task":
                _payload(state, data, inside)
                _timeout_seconds(state, data, inside)
                return frame
            case "Wait":
                return replace(frame, wait_seconds=float(state["Seconds"]))
            case "Parallel":
                branches = state["Branches"]
                given = _payload(state, data, inside)
                begun = tuple(_enter(one, one["StartAt"], given, context) for one in branches)
                return _joined(machine, replace(frame, branches=begun), context)
            case "Choice":
                chosen = next_of_choice(state, data, inside)
                if chosen is None:
                    return replace(frame, ended=FAILED, error=_NO_CHOICE, cause=f"{name}: no rule")
                return _enter(machine, chosen, data, context)
            case "Pass":
                result = state.get("Result", _payload(state, data, inside))
                return _onward(machine, frame, result, context)
            case "Succeed":
                return replace(frame, ended=SUCCEEDED)
            case _:
                return _fail_state(frame, state, inside)
    except MissingPathError as error:
        return replace(frame, ended=FAILED, error=_RUNTIME, cause=f"{name}: {error}")


def _fail_state(frame: Frame, state: States, context: Mapping[str, Any]) -> Frame:
    def said(what: str) -> str:
        path = state.get(f"{what}Path")
        return str(state.get(what, "") if path is None else value_at(path, frame.data, context))

    return replace(frame, ended=FAILED, error=said("Error"), cause=said("Cause"))


def _joined(machine: States, frame: Frame, context: Mapping[str, Any]) -> Frame:
    """Go on from a Parallel with its last branch, or at once with the first that failed."""
    broken = next((one for one in frame.branches if one.ended == FAILED), None)
    if broken is not None:
        outcome = Outcome(error=broken.error, cause=broken.cause)
        return _failed(machine, replace(frame, branches=()), outcome, context)
    if all(one.ended for one in frame.branches):
        results = [one.data for one in frame.branches]
        return _succeeded(machine, replace(frame, branches=()), results, context)
    return frame


def _succeeded(machine: States, frame: Frame, result: Any, context: Mapping[str, Any]) -> Frame:
    state = machine["States"][frame.state]
    if state["Type"] == "Wait":
        return _leave(machine, frame, frame.data, context)
    if "ResultSelector" in state:
        try:
            result = filled(state["ResultSelector"], result, _inside(context, frame))
        except MissingPathError as error:
            cause = f"{frame.state}: {error}"
            return replace(frame, ended=FAILED, error=_RUNTIME, cause=cause)
    return _onward(machine, frame, result, context)


def _onward(machine: States, frame: Frame, result: Any, context: Mapping[str, Any]) -> Frame:
    path = machine["States"][frame.state].get("ResultPath", "$")
    data = frame.data if path is None else with_value(path, frame.data, result)
    return _leave(machine, frame, data, context)


def _leave(machine: States, frame: Frame, data: Any, context: Mapping[str, Any]) -> Frame:
    state = machine["States"][frame.state]
    if state.get("End"):
        return Frame(frame.state, data, ended=SUCCEEDED)
    return _enter(machine, state["Next"], data, context)


def _failed(machine: States, frame: Frame, outcome: Outcome, context: Mapping[str, Any]) -> Frame:
    state = machine["States"][frame.state]
    again = retry_of(state, outcome.error, frame.retried)
    if again is not None:
        counts, wait_seconds = again
        return Frame(frame.state, frame.data, retried=counts, wait_seconds=wait_seconds)
    catcher = catcher_of(state, outcome.error)
    if catcher is None:
        return replace(frame, ended=FAILED, error=outcome.error, cause=outcome.cause)
    said = {"Error": outcome.error, "Cause": outcome.cause}
    data = with_value(catcher.get("ResultPath", "$"), frame.data, said)
    return _enter(machine, catcher["Next"], data, context)
