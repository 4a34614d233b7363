"""Asynchronous replication that lags when AWS is lost: what goes missing is what never arrived."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.clouds.options import LabOptions
from lab.drill.evidence import find_in
from lab.faults.region import inject
from landbridge.adapters.operations import Execution
from tests.drill.stage import Stage, stage


@dataclass(frozen=True)
class Lagging:
    """A lab whose link stood still when AWS was lost, and the two runs that followed."""

    stage: Stage
    fault_at: float
    received: frozenset[str]
    refused: Execution
    accepted: Execution


@pytest.fixture(scope="module")
def lagging() -> Iterator[Lagging]:
    """Hold the link under writes, lose AWS, and let an operator accept the loss."""
    with stage(LabOptions(replication="async")) as up:
        up.traffic.wait_for_writes("aws", 60, 30.0)
        up.clouds.databases.link.hold()
        before = len(up.history().writes)
        received = frozenset(row[0] for row in up.azure_orders())
        up.traffic.wait_for_writes("aws", before + 60, 30.0)
        runs = up.executions()
        fault_at = inject("region-loss", up.clouds)
        refused = up.end_of(up.new_run(runs))
        standing = up.standing()
        assert standing.azure_in_recovery, "the refused run promoted"
        assert (standing.gate["state"], standing.azure_replicas) == ("closed", 0)
        accepted = up.start("AWS is lost; we accept what is lost", accept_data_loss=True)
        up.traffic.wait_for_writes("azure", 20, 30.0)
        yield Lagging(up, fault_at, received, refused, accepted)


def test_an_unfenced_primary_stops_the_alarms_run(lagging: Lagging) -> None:
    """Nobody can say whether AWS still acknowledges: refused, and how to go on all the same."""
    assert lagging.refused.error == "FenceUnconfirmedError"
    message = lagging.stage.ending(lagging.refused)["message"]
    assert "accept_data_loss" in message or "--accept-data-loss" in message


def test_what_is_missing_is_what_the_standby_never_received(lagging: Lagging) -> None:
    """The ledger's missing ids are the acknowledged orders that only AWS's own database has."""
    up = lagging.stage
    assert lagging.accepted.status == "SUCCEEDED", lagging.accepted.cause
    verdict = up.verdict(lagging.fault_at)
    acknowledged = [one.id for one in up.history().writes if one.acknowledged]
    up.clouds.aws_database.start()
    only_in_aws = find_in(up.clouds, "aws")(acknowledged) - find_in(up.clouds, "azure")(
        acknowledged
    )
    assert set(verdict.missing_ids) == only_in_aws
    assert len(only_in_aws) >= 50
    assert not lagging.received & only_in_aws
    assert verdict.rpo_seconds > 0
    assert verdict.acknowledged_by_both_sites_in_one_epoch == 0
