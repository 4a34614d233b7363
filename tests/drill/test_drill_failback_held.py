"""A person decides, AWS flaps, another run is asked for: Azure serves on, and nothing is lost."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from kubernetes import client

from lab.clouds import names
from lab.clouds.options import LabOptions
from lab.drill.evidence import find_in
from lab.drill.run_evidence import output_of
from lab.faults.region import restore
from lab.processes.waiting import wait_until
from lab.users.verdict import judge
from landbridge.adapters.operations import Execution
from tests.drill.stage import Stage, stage
from tests.drill.way_home import fail_over, start_home, step_done

HOLD_SECONDS = 6.0
OPTIONS = LabOptions(
    budgets={"approval_seconds": 120, "hold_seconds": HOLD_SECONDS, "replay_seconds": 2.0}
)


@dataclass
class Away:
    """A lab whose workload is in Azure since the fault."""

    stage: Stage
    fault_at: float


@pytest.fixture(scope="module")
def away() -> Iterator[Away]:
    """Serve in Azure, with AWS back and waiting to be a standby."""
    with stage(OPTIONS) as up:
        up.traffic.wait_for_writes("aws", 40, 30.0)
        fault_at = fail_over(up)
        restore(up.clouds, "region-loss")
        up.clouds.warm_steps()
        yield Away(up, fault_at)


def asked(up: Stage) -> str:
    """Start a failback and return its run when it waits for a person."""
    run = start_home(up)
    step_done(up, run, "await_streaming")
    wait_until(lambda: run in up.recorded("approval"), "a request for approval")
    return run


def refused(up: Stage, run: Execution) -> str:
    """Check that the run was refused and Azure takes writes; return what operators were told."""
    ending = up.ending(run)
    assert (run.status, ending["outcome"]) == ("FAILED", "refused"), ending
    up.traffic.wait_for_writes("azure", 20, 30.0)
    standing = up.standing()
    assert (standing.gate["state"], standing.dns) == ("open", "azure")
    assert up.clouds.aws_database.query("SELECT pg_is_in_recovery()") == [[True]]
    return ending["message"]


def test_the_old_primary_that_came_back_waits(away: Away) -> None:
    """AWS's database does not start as the primary that it was; its pod says who is active."""
    core = client.CoreV1Api(away.stage.clouds.aws_cluster.admin())

    def said() -> str:
        log: str = core.read_namespaced_pod_log(
            "orders-database-0", names.NAMESPACE, container="guard"
        )
        return log

    wait_until(lambda: "azure is active in epoch 2" in said(), "the guard's word")
    assert '"decision": "wait"' in said()
    assert not away.stage.clouds.aws_database.answers()


def test_a_failover_asked_for_meanwhile_is_refused(away: Away) -> None:
    """One run at a time, and the other one is named; a rejected one changes nothing."""
    run = asked(away.stage)
    event = {"trigger": "manual", "reason": "a second opinion", "occurred_at": time.time()}
    answer = away.stage.clouds.operations.start(event)
    assert answer == {"started": False, "run": "", "reason": f"another run, {run}, is on already"}
    away.stage.clouds.operations.decide(run, approved=False, by="the operator on call")
    message = refused(away.stage, away.stage.end_of(run))
    assert "rejected by the operator on call" in message


def test_the_request_shows_what_the_switchover_would_cost(away: Away) -> None:
    """The person is told lag, hold and loss, and how to answer."""
    run = asked(away.stage)
    assert away.stage.recorded("approval")[run]["token"]
    steps = {one.name: one for one in away.stage.clouds.operations.execution(run).steps}
    assert re.search(r'"lag_bytes": \d+', steps["await_streaming"].output)
    away.stage.clouds.operations.decide(run, approved=False, by="somebody")
    refused(away.stage, away.stage.end_of(run))


def test_aws_that_flaps_in_the_hold_costs_a_pause(away: Away) -> None:
    """AWS never gets the last bytes: Azure takes writes again in time, and nothing is lost."""
    run = asked(away.stage)
    away.stage.clouds.databases.link_home.hold()
    try:
        away.stage.traffic.wait_for_writes("azure", 40, 30.0)
        away.stage.clouds.operations.decide(run, approved=True, by="the operator on call")
        ended = away.stage.end_of(run)
        message = refused(away.stage, ended)
    finally:
        away.stage.clouds.databases.link_home.heal()
    assert "short of the final" in message or "writes were held for" in message
    held = float(output_of({one.name: one for one in ended.steps}, "hold_writes")["held_at"])
    acknowledged = sorted(
        one.ended
        for one in away.stage.history().writes
        if one.acknowledged and one.ended is not None
    )
    assert any(at > held for at in acknowledged)
    verdict = judge(
        away.stage.history(), find_in(away.stage.clouds, "azure"), fault_at=away.fault_at
    )
    assert verdict.missing_ids == ()


def test_an_approved_failback_goes_home(away: Away) -> None:
    """After all that, one word and the workload is home, with every write."""
    run = asked(away.stage)
    away.stage.clouds.operations.decide(run, approved=True, by="the operator on call")
    ended = away.stage.end_of(run)
    assert ended.status == "SUCCEEDED", (ended.error, ended.cause)
    assert ended.state["approval"] == {"approved_by": "the operator on call"}
    away.stage.traffic.wait_for_writes("aws", 20, 30.0)
    verdict = judge(away.stage.history(), find_in(away.stage.clouds, "aws"), fault_at=away.fault_at)
    assert verdict.missing_ids == ()
    assert verdict.acknowledged_by_both_sites_in_one_epoch == 0
