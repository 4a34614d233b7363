"""Asynchronous replication that lags when AWS is lost: what goes missing is what never arrived.

Home again, it is exported from the old primary, row by row.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.clouds.options import LabOptions
from lab.drill.evidence import find_in
from lab.faults.region import inject, restore
from lab.users.verdict import Verdict, judge
from landbridge.adapters.operations import Execution
from tests.drill.stage import Stage, stage
from tests.drill.way_home import go_home


@dataclass(frozen=True)
class Forked:
    """A lab that is home again, and its three runs: refused, with the loss accepted, and home.

    ``received`` are the orders that the standby had when its link stood still, ``orphans`` the
    acknowledged ones that only AWS had, ``away`` the verdict while Azure served.
    """

    stage: Stage
    fault_at: float
    received: frozenset[str]
    refused: Execution
    orphans: frozenset[str]
    away: Verdict
    run: Execution

    @property
    def result(self) -> dict[str, Any]:
        """What the rebuild of AWS said."""
        return dict(self.run.state["rebuilt_primary"]["result"])


@pytest.fixture(scope="module")
def forked() -> Iterator[Forked]:
    """Let AWS go on alone, lose it, accept the loss, and go home."""
    with stage(LabOptions(replication="async")) as up:
        up.traffic.wait_for_writes("aws", 40, 30.0)
        up.clouds.databases.link.hold()
        received = frozenset(row[0] for row in up.azure_orders())
        up.traffic.wait_for_writes("aws", 60, 30.0)
        runs = up.executions()
        fault_at = inject("region-loss", up.clouds)
        refused = up.end_of(up.new_run(runs))
        standing = up.standing()
        assert standing.azure_in_recovery, "the refused run promoted"
        assert (standing.gate["state"], standing.azure_replicas) == ("closed", 0)
        up.clouds.databases.link.heal()
        accepted = up.start("AWS is lost; we accept what is lost", accept_data_loss=True)
        assert accepted.status == "SUCCEEDED", accepted.cause
        up.traffic.wait_for_writes("azure", 40, 30.0)
        acknowledged = [one.id for one in up.history().writes if one.acknowledged]
        orphans = frozenset(acknowledged) - find_in(up.clouds, "azure")(acknowledged)
        away = up.verdict(fault_at)
        restore(up.clouds, "region-loss")
        up.clouds.warm_steps()
        yield Forked(up, fault_at, received, refused, orphans, away, go_home(up))


def test_an_unfenced_primary_stops_the_alarms_run(forked: Forked) -> None:
    """Nobody can say whether AWS still acknowledges: refused, and how to go on all the same."""
    assert forked.refused.error == "FenceUnconfirmedError"
    message = forked.stage.ending(forked.refused)["message"]
    assert "accept_data_loss" in message or "--accept-data-loss" in message


def test_what_is_missing_is_what_the_standby_never_received(forked: Forked) -> None:
    """The ledger's missing ids are the acknowledged orders that AWS alone had, by its own log.

    That its log has each of them is what the export shows.
    """
    assert frozenset(forked.away.missing_ids) == forked.orphans
    assert len(forked.orphans) >= 50
    assert not forked.received & forked.orphans
    assert forked.away.rpo_seconds > 0
    assert forked.away.acknowledged_by_both_sites_in_one_epoch == 0


def test_it_comes_home(forked: Forked) -> None:
    """The old primary is rewound and serves, with Azure as its asynchronous standby."""
    assert forked.run.status == "SUCCEEDED", (forked.run.error, forked.run.cause)
    assert forked.result["method"] == "rewind"
    forked.stage.traffic.wait_for_writes("aws", 20, 30.0)
    aws = forked.stage.clouds.aws_database
    assert aws.query("SELECT application_name, sync_state FROM pg_stat_replication") == [
        ["azure", "async"]
    ]


def test_the_forked_rows_are_exported_exactly(forked: Forked) -> None:
    """Each order that only AWS acknowledged is in the export, and none that Azure had."""
    folder = Path(forked.result["export"])
    lines = (folder / "public.orders.jsonl").read_text().splitlines()
    exported = frozenset(str(json.loads(line)["row"]["id"]) for line in lines)
    assert len(forked.orphans) >= 50
    assert exported >= forked.orphans
    assert not find_in(forked.stage.clouds, "aws")(list(exported))
    assert forked.result["forked_rows"] == len(exported)
    assert list((folder / "wal").iterdir())


def test_the_operators_are_told_how_many_and_where(forked: Forked) -> None:
    """The notification names the rows' number and their place."""
    message = forked.stage.ending(forked.run)["message"]
    assert f"{forked.result['forked_rows']} rows" in message
    assert forked.result["export"] in message


def test_nothing_else_is_missing(forked: Forked) -> None:
    """The ledger misses what was exported, and nothing more."""
    up = forked.stage
    verdict = judge(up.history(), find_in(up.clouds, "aws"), fault_at=forked.fault_at)
    assert frozenset(verdict.missing_ids) == forked.orphans
    assert verdict.acknowledged_by_both_sites_in_one_epoch == 0
