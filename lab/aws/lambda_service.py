"""Puts the lab's workers in the place of the emulator's, and tells about them."""

# ruff: noqa: SLF001 - the emulator has no public interface for what is mended here

import os
import signal
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from lab.aws import lambda_faults, outage
from lab.aws.lambda_packages import Runtime
from lab.aws.lambda_workers import worker_class
from lab.aws.step_functions import stop_executions
from landbridge.adapters.warming import WARM_EVENT

__all__ = ["install", "kill", "running"]


def install(runtime: Runtime) -> None:
    """Make the emulator's Lambda service run functions in ``runtime``."""
    lambda_runtime.Worker = worker_class(runtime)
    lambda_svc._execute_function_warm = _execute


def _execute(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    """Run a function; the error's type is the one that Lambda reports, so that Retry matches it."""
    config = function.get("config") or function
    name = config["FunctionName"]
    if outage.is_on():
        return {"body": outage.refused_invocation(name), "error": True, "log": ""}
    # What only keeps a step warm does no work that could go wrong.
    plan = lambda_faults.plan_for(name) if event != WARM_EVENT else lambda_faults.Plan()
    outcome = _run(function, event, request_id, plan)
    lambda_faults.took(name, plan, outcome)
    if plan.stops_executions:
        stop_executions(f"{name} was the last one")
    if outcome["status"] == "ok":
        return {"body": outcome["result"], "log": outcome["log"]}
    return {"body": outcome["error"], "error": True, "log": outcome["log"]}


def _run(
    function: dict[str, Any], event: Any, request_id: str, plan: lambda_faults.Plan
) -> dict[str, Any]:
    config = function.get("config") or function
    worker, _ = lambda_runtime.acquire_worker(
        config["FunctionName"],
        config,
        function["code_zip"],
        qualifier=config.get("Version", "$LATEST"),
    )
    given = {"invoked_function_arn": config["FunctionArn"], "crash": plan.crash}
    try:
        outcome: dict[str, Any] = worker.invoke(event, request_id, **given)
        if plan.repeated and outcome["status"] == "ok":
            # The first answer was lost on its way, so the second is the one that counts.
            outcome = worker.invoke(event, request_id, **given)
        return outcome
    finally:
        lambda_runtime.release_worker(worker)


def running() -> list[dict[str, Any]]:
    """Return ``{"function", "pid", "busy"}`` for each live worker."""
    with lambda_runtime._lock:
        pools = [worker for pool in lambda_runtime._workers.values() for worker in pool]
        return [
            {"function": worker.func_name, "pid": worker.pid, "busy": worker.in_use}
            for worker in pools
            if worker.pid is not None
        ]


def kill(function_name: str) -> list[int]:
    """Kill the function's workers as the kernel would, in mid-invocation too; their pids."""
    killed = [worker["pid"] for worker in running() if worker["function"] == function_name]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    return killed
