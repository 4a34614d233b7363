"""AWS is lost and nobody's alarm sees it: the watchdog begins the failover, and only then.

The alarm is gone, as if its own region were down. The lab's minutes are short: each is the very
function that runs each minute in the cloud.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lab.clouds.options import LabOptions
from lab.faults.region import inject
from lab.network.rules import Rule, State
from lab.processes.waiting import wait_until
from landbridge.domain.plan import step_named
from tests.drill import rights
from tests.drill.stage import Stage, stage

OPTIONS = LabOptions(paths=True, budgets={"watchdog_seconds": 1})
OWN_WAY = "orchestrator>aws"


@pytest.fixture(scope="module", name="up")
def _up() -> Iterator[Stage]:
    """Bring one lab up whose alarm somebody has deleted."""
    with stage(OPTIONS) as up:
        clouds = up.clouds
        name = clouds.configuration.alarm_name
        client = clouds.aws.client("cloudwatch", clouds.configuration.health_region)
        client.delete_alarms(AlarmNames=[name])
        wait_until(lambda: name not in clouds.dns.state()["alarms"], "an alarm that is gone")
        up.traffic.wait_for_writes("aws", 20, 30.0)
        yield up


def minute(up: Stage) -> dict[str, Any]:
    """Let the watchdog look once; return what it answers."""
    clouds = up.clouds
    name = step_named("watch_primary").function_name(clouds.configuration.workload)
    functions = clouds.aws.client("lambda", clouds.configuration.orchestrator_region)
    answer = functions.invoke(FunctionName=name)
    said: dict[str, Any] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, said
    return said


def test_its_own_way_cut_alone_starts_nothing(up: Stage) -> None:
    """Its probes are reset for longer than it waits; Azure's sees AWS serve."""
    assert up.clouds.paths is not None
    up.clouds.paths.impose("cut", (OWN_WAY,), Rule(State.CUT))
    try:
        until = time.monotonic() + 2 * OPTIONS.budgets["watchdog_seconds"]
        minutes = [minute(up)]
        while time.monotonic() < until:
            minutes.append(minute(up))
    finally:
        up.clouds.paths.lift("cut", (OWN_WAY,))
    said = [one["reason"] for one in minutes]
    assert all("only the way from here is cut" in reason for reason in said), said
    assert [one["asked"] for one in minutes] == [False] * len(minutes)
    assert up.executions() == set()
    assert up.dns() == "aws"


def test_a_lost_aws_without_an_alarm_is_failed_over(up: Stage) -> None:
    """One run, begun by the watchdog; users write on Azure, and nothing is missing."""
    wait_until(lambda: minute(up)["reason"] == "AWS is up", "a watchdog that sees AWS again")
    fault_at = inject("region-loss", up.clouds)
    wait_until(lambda: minute(up)["asked"], "a watchdog that asks for a run", poll_seconds=0.0)
    (name,) = up.executions()
    assert minute(up)["asked"] is False
    run = up.end_of(name)
    assert run.status == "SUCCEEDED", run.state
    assert run.state["request"]["trigger"] == "watchdog"
    up.traffic.wait_for_writes("azure", 20, 30.0)
    verdict = up.verdict(fault_at)
    assert verdict.missing_ids == ()
    assert up.executions() == {name}
    own = {action for holder, action in rights.asked(up.clouds) if holder == "watch_primary"}
    assert {"dynamodb:PutItem", "lambda:InvokeFunction"} <= own
    assert rights.refused(up.clouds) == set()
