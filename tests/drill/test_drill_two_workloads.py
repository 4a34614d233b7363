"""Two workloads in one lab lose AWS together, and one command brings both to Azure, in order.

Their alarms are gone, as if the alarms' own region were down: what is seen is the parent's work.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab.aws.service import ACCOUNT
from lab.clouds.clouds import Clouds
from lab.clouds.options import LabOptions
from lab.clouds.standing import lab_credentials
from lab.faults.region import inject
from lab.processes.waiting import wait_until
from landbridge.adapters.operations import WAVES, Execution, Operations
from tests.configuration.several import several
from tests.drill.stage import Stage

OPTIONS = LabOptions(replicas=1)
PARENT = "landbridge-waves"
RUN_SECONDS = 120.0


@dataclass(frozen=True)
class Lost:
    """The lab after the parent's run; ``refused`` is what a second one beside it was told."""

    stages: dict[str, Stage]
    parent: Operations
    fault_at: float
    run: Execution
    refused: dict[str, Any]


@pytest.fixture(scope="module")
def up() -> Iterator[dict[str, Stage]]:
    """Bring up orders, and billing beside it, with users who write to both."""
    context = several({})
    with (
        Clouds(OPTIONS, context=context, workload="orders") as first,
        Clouds(OPTIONS, context=context, workload="billing", beside=first) as second,
    ):
        stages = {"orders": Stage(first), "billing": Stage(second)}
        for one in stages.values():
            _delete_alarm(one)
            one.clouds.record_look()
            one.traffic.start()
            one.clouds.record_look()
        yield stages


@pytest.fixture(scope="module")
def lost(up: dict[str, Stage]) -> Lost:
    """Lose AWS as a whole, and ask for all workloads."""
    first, second = (one.clouds for one in up.values())
    parent = _parent(first)
    fault_at = inject("region-loss", first)
    second.aws_entry.kill()
    second.aws_database.kill()
    begun = ask(parent, "the region is lost")
    assert begun["started"], begun
    refused = ask(parent, "somebody else asks too")
    return Lost(up, parent, fault_at, end_of(parent, begun["run"]), refused)


def _delete_alarm(stage: Stage) -> None:
    name = stage.clouds.configuration.alarm_name
    client = stage.clouds.aws.client("cloudwatch", stage.clouds.configuration.health_region)
    client.delete_alarms(AlarmNames=[name])
    wait_until(lambda: name not in stage.clouds.dns.state()["alarms"], "an alarm that is gone")


def _parent(clouds: Clouds) -> Operations:
    clouds.aws.deploy(
        clouds.assembly, values={}, secrets={}, health_checks={}, zone_id="", beginning=PARENT
    )
    region = clouds.configuration.orchestrator_region
    return Operations(PARENT, region, clouds.aws.endpoint_url, lab_credentials(ACCOUNT))


def ask(parent: Operations, reason: str) -> dict[str, Any]:
    """Ask for all workloads, as ``landbridge failover --all`` does."""
    event = {"reason": reason, "occurred_at": time.time(), "flow": "failover"}
    return parent.start(event, WAVES)


def end_of(parent: Operations, run: str) -> Execution:
    """Return the parent's run as it ended."""
    wait_until(
        lambda: parent.execution(run).status != "RUNNING",
        f"the end of {run}",
        timeout_seconds=RUN_SECONDS,
    )
    return parent.execution(run)


def test_two_workloads_serve_beside_each_other(up: dict[str, Stage]) -> None:
    """Each has its own database, gate and name; what is written to one is not in the other."""
    orders, billing = up.values()
    for stage in up.values():
        stage.traffic.wait_for_writes("aws", 20, 30.0)
        assert stage.dns() == "aws"
    written = [
        {row[0] for row in stage.clouds.aws_database.query("SELECT id::text FROM public.orders")}
        for stage in (orders, billing)
    ]
    assert all(written)
    assert not written[0] & written[1]


def test_both_workloads_arrive_and_nothing_is_missing(lost: Lost) -> None:
    """Each by one run of its own; users of each write on Azure; no acknowledged write is lost."""
    assert lost.run.status == "SUCCEEDED", lost.run.state
    endings = lost.run.state["plan"]["endings"]
    assert {one["workload"]: one["outcome"] for one in endings} == {
        "orders": "arrived",
        "billing": "arrived",
    }
    for ending in endings:
        stage = lost.stages[ending["workload"]]
        assert stage.executions() == {ending["run"]}
        stage.traffic.wait_for_writes("azure", 20, 30.0)
        assert stage.dns() == "azure"
        assert stage.gate()["state"] == "open"
        assert stage.verdict(lost.fault_at).missing_ids == ()


def test_the_dependent_one_begins_when_the_other_has_arrived(lost: Lost) -> None:
    """Not before the run of orders has ended does that of billing begin."""
    orders, billing = (
        lost.stages[name].clouds.operations.execution(run)
        for name in ("orders", "billing")
        for run in lost.stages[name].executions()
    )
    assert orders.ended_at is not None
    assert billing.started_at >= orders.ended_at


def test_the_parent_twice_is_harmless(lost: Lost) -> None:
    """Beside the first it is refused by name; after it, it finds each workload where it is."""
    assert lost.refused["started"] is False
    assert lost.refused["reason"] == f"another run, {lost.run.name}, is on already"
    before = {name: stage.standing() for name, stage in lost.stages.items()}
    again = ask(lost.parent, "somebody does not know that it is done")
    assert again["started"], again
    ended = end_of(lost.parent, again["run"])
    assert ended.status == "SUCCEEDED", ended.state
    assert {name: stage.standing() for name, stage in lost.stages.items()} == before
