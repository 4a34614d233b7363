"""AWS is lost with everything in it, comes back, and a person tries again."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.clouds.options import LabOptions
from lab.drill.options import DrillOptions
from lab.faults.region import inject, restore
from lab.processes.waiting import wait_until
from lab.report.promises import promises
from lab.report.schema import check_document
from lab.report.write import write_report
from landbridge.adapters.operations import Execution
from tests.drill.stage import RATE, Stage, alarm_event, stage

OPTIONS = DrillOptions(lab=LabOptions(), clients=6, rate=RATE, seed=7)


@dataclass(frozen=True)
class Lost:
    """A lab after its failover."""

    stage: Stage
    fault_at: float
    run: Execution


@pytest.fixture(scope="module")
def lost() -> Iterator[Lost]:
    """Lose AWS while users write; its alarm flaps as soon as a run has begun."""
    with stage(OPTIONS.lab) as up:
        up.traffic.wait_for_writes("aws", 60, 30.0)
        before = up.executions()
        fault_at = inject("region-loss", up.clouds)
        name = up.new_run(before)
        for state, previous in (("OK", "ALARM"), ("ALARM", "OK"), ("OK", "ALARM"), ("ALARM", "OK")):
            up.clouds.aws.publish_alarm_event(
                alarm_event(up.clouds, state=state, previous=previous)
            )
        run = up.end_of(name)
        up.traffic.wait_for_writes("azure", 1, 30.0)
        yield Lost(up, fault_at, run)


def test_a_flapping_alarm_is_one_run(lost: Lost) -> None:
    """An alarm that goes to ALARM again while its run is on starts nothing; it is on record."""

    def later() -> list[str]:
        return [one for one in lost.stage.refusals() if "is on already" in one]

    wait_until(lambda: len(later()) >= 2, "refusals of the later alarms")
    assert lost.stage.executions() == {lost.run.name}
    assert all(f"{lost.run.name}, is on already" in one for one in later())


def test_a_lost_region_is_recovered_without_loss(lost: Lost, tmp_path: Path) -> None:
    """The run recovers, nothing is missing, and the report keeps its schema and every promise."""
    since = time.monotonic()
    wait_until(
        lambda: time.monotonic() - since > 3.2 * OPTIONS.lab.ttl, "three TTLs", timeout_seconds=10
    )
    record = lost.stage.record(OPTIONS, lost.fault_at, lost.run)
    document = json.loads(write_report(record, tmp_path).json.read_text())
    check_document(document)
    assert (document["outcome"], document["trigger"]) == ("recovered", "alarm")
    assert document["ledger"]["missing_ids"] == []
    assert document["ledger"]["acknowledged_by_both_sites_in_one_epoch"] == 0
    assert [promise for promise in promises(record) if not promise.held] == []


def test_a_second_failover_is_already_on_azure(lost: Lost) -> None:
    """Once Azure serves, failing over again looks, says so and touches nothing."""
    before = lost.stage.standing()
    run = lost.stage.start("somebody does not know that it is done")
    assert run.status == "SUCCEEDED"
    assert run.state["observed"]["reason"] == "already on Azure"
    assert run.state["observed"]["dns"] == "azure"
    assert [step.name for step in run.steps] == ["observe_sites"]
    assert lost.stage.standing() == before
    assert before.gate["state"] == "open"
    assert before.epochs == [[1, "aws"], [2, "azure"]]


def test_aws_healthy_again_does_not_get_the_users_back(lost: Lost) -> None:
    """AWS answers 200 again for three TTLs: DNS stays on Azure, and nobody writes to AWS."""
    up = lost.stage
    _bring_aws_back(up)
    check = "health.shop.test"
    up.clouds.dns.wait_until(
        lambda state: any(
            one["fqdn"] == check and one["healthy"] and not one["inverted"]
            for one in state["checks"].values()
        ),
        60.0,
    )
    back_at = time.time()
    wait_until(
        lambda: time.time() > back_at + 3.2 * OPTIONS.lab.ttl, "three TTLs", timeout_seconds=10
    )
    up.traffic.wait_for_writes("azure", 20, 30.0)
    since = up.history().between(back_at, time.time())
    assert {lookup.address for lookup in since.lookups} == {up.clouds.pair.azure}
    assert {write.site for write in since.writes if write.acknowledged} == {"azure"}
    assert up.dns() == "azure"
    assert up.clouds.aws_database.query(
        "SELECT count(*) FROM public.orders WHERE created_at > to_timestamp(:at)", at=back_at
    ) == [[0]]
    assert up.verdict(lost.fault_at).missing == 0


def _bring_aws_back(up: Stage) -> None:
    clouds = up.clouds
    # The worst case: somebody starts it by hand past the guard, and takes the missing standby out,
    # so that AWS can write again.
    clouds.aws_database.configure(synchronous_standby_names="")
    clouds.aws_database.start()
    restore(clouds, "region-loss")
