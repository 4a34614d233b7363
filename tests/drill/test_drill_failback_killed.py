"""A failback stopped after each of its steps, and started again: it converges, nothing is lost.

Each run dies when the step's function has done its work, before the machine hears of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import pytest

from lab.clouds.options import LabOptions
from lab.drill.evidence import find_in
from lab.faults.region import restore
from lab.users.verdict import judge
from landbridge.adapters.operations import Execution
from landbridge.domain.plan import step_named
from tests.drill.stage import Stage, stage
from tests.drill.way_home import end_lease, fail_over, go_home

# One lab goes through all of it.
pytestmark = pytest.mark.timeout(600)

STEPS = (
    "observe_return",
    "take_lock",
    "rebuild_primary",
    "await_streaming",
    "scale_primary",
    "hold_writes",
    "catch_up_primary",
    "promote_primary",
    "resequence_primary",
    "admit_primary",
    "wait_primary",
    "smoke_primary",
    "close_gate",
    "wait_dns",
    "smoke_dns",
    "retire_standby",
    "rebuild_standby",
)


@dataclass
class Interrupted:
    """A lab in which a failback was stopped that often, and the run that was let go on."""

    stage: Stage
    fault_at: float
    last: Execution


@pytest.fixture(scope="module")
def interrupted() -> Iterator[Interrupted]:
    """Stop one run after each step; the next one begins where the world then stands."""
    with stage(LabOptions()) as up:
        up.traffic.wait_for_writes("aws", 40, 30.0)
        fault_at = fail_over(up)
        restore(up.clouds, "region-loss")
        up.clouds.warm_steps()
        for step in STEPS:
            up.clouds.aws.stop_after(
                step_named(step).function_name(up.clouds.configuration.workload)
            )
            run = started_again(up)
            assert run.status == "ABORTED", (step, run.error, run.cause)
        yield Interrupted(up, fault_at, started_again(up))


def started_again(up: Stage) -> Execution:
    """Start a failback where the last one was stopped; return it as it ended."""
    end_lease(up)
    return go_home(up)


def test_the_last_run_brings_everything_home(interrupted: Interrupted) -> None:
    """It ends as if nobody had stopped any: AWS serves, Azure is its synchronous standby."""
    up, last = interrupted.stage, interrupted.last
    assert last.status == "SUCCEEDED", (last.error, last.cause, [one.name for one in last.steps])
    up.traffic.wait_for_writes("aws", 40, 30.0)
    standing = up.standing()
    assert (standing.gate["state"], standing.azure_replicas, standing.dns) == ("closed", 0, "aws")
    assert standing.azure_in_recovery
    assert up.lock_holder() == ""
    aws = up.clouds.aws_database
    assert aws.query("SELECT application_name, state, sync_state FROM pg_stat_replication") == [
        ["azure", "streaming", "sync"]
    ]


def test_no_write_is_lost_and_no_epoch_has_two_sites(interrupted: Interrupted) -> None:
    """Writes went on all the time; the workload went to Azure once and came home once."""
    up = interrupted.stage
    verdict = judge(up.history(), find_in(up.clouds, "aws"), fault_at=interrupted.fault_at)
    assert verdict.missing_ids == ()
    assert verdict.acknowledged_by_both_sites_in_one_epoch == 0
    assert [site for site, _ in groupby(one[1] for one in up.standing().epochs)] == [
        "aws",
        "azure",
        "aws",
    ]
