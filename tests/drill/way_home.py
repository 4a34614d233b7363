"""What the tests of the way home do to a stage: fail over, come back, and look at the result."""

import time
from datetime import UTC, datetime
from typing import Any

from kubernetes import client

from lab.clouds import names
from lab.faults.region import inject, restore
from lab.processes.waiting import wait_until
from landbridge.adapters.operations import FAILBACK, Execution
from tests.drill.stage import Stage

__all__ = [
    "end_lease",
    "fail_over",
    "go_home",
    "lose_and_return",
    "start_home",
    "step_done",
]


def fail_over(up: Stage) -> float:
    """Lose AWS's region and let the alarm's run recover; return the moment of the fault."""
    up.clouds.let_a_minute_pass()
    up.wait_for_alarm_ok()
    before = up.executions()
    fault_at = inject("region-loss", up.clouds)
    run = up.end_of(up.new_run(before))
    assert run.status == "SUCCEEDED", (run.error, run.cause)
    up.traffic.wait_for_writes("azure", 20, 30.0)
    return fault_at


def start_home(up: Stage, **options: bool) -> str:
    """Start a failback; return its run's name."""
    event = {"trigger": "manual", "reason": "AWS is back", "occurred_at": time.time(), **options}
    answer: dict[str, Any] = up.clouds.operations.start(event, FAILBACK)
    assert answer["started"], answer
    return str(answer["run"])


def go_home(up: Stage, **options: bool) -> Execution:
    """Run a failback to its end."""
    return up.end_of(start_home(up, **options))


def lose_and_return(up: Stage) -> tuple[float, Execution]:
    """Go through one full cycle; return the moment of the fault, and the failback as it ended."""
    fault_at = fail_over(up)
    restore(up.clouds, "region-loss")
    run = go_home(up)
    assert run.status == "SUCCEEDED", (run.error, run.cause, [one.name for one in run.steps])
    up.traffic.wait_for_writes("aws", 20, 30.0)
    return fault_at, run


def step_done(up: Stage, run: str, step: str) -> None:
    """Return when the run's step is done; fails where the run ends without it."""

    def there() -> bool:
        seen = up.clouds.operations.execution(run)
        done = any(one.name == step and one.result == "done" for one in seen.steps)
        assert done or seen.status == "RUNNING", (step, seen.error, seen.cause)
        return done

    wait_until(there, f"end of {step}", timeout_seconds=60.0)


def end_lease(up: Stage) -> None:
    """Let the lease of the run lock's holder run out at once."""
    leases = client.CoordinationV1Api(up.clouds.azure_cluster.admin())
    long_ago = datetime.fromtimestamp(time.time() - 3600.25, UTC)
    body = {"spec": {"renewTime": long_ago.isoformat(timespec="microseconds")}}
    leases.patch_namespaced_lease(names.RUN_LOCK, names.GATE_NAMESPACE, body)
