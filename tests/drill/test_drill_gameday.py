"""A GameDay in the lab, whole; and one whose execution somebody stops while Azure serves."""

import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import create_autospec

import pytest

from lab.clouds.clouds import Clouds
from lab.clouds.looking import dns_site, gate, recorded
from lab.clouds.options import LabOptions
from lab.drill.drill import play_in
from lab.drill.following import follow
from lab.drill.options import DrillOptions
from lab.drill.rehearsal import Teller
from lab.processes.waiting import wait_until
from lab.report.model import RunRecord
from lab.report.promises import promises
from lab.report.write import write_report
from landbridge.adapters.kept_records import whole_record
from landbridge.adapters.kept_reports import drill_runs
from landbridge.adapters.operations import FAILBACK, GAMEDAY
from landbridge.adapters.run_view import run_view

LAB = LabOptions(gameday={"notice_seconds": 1, "soak_seconds": 6})
OPTIONS = DrillOptions(LAB, gameday=True, faults=(), rate=40.0, clients=6)
PATIENCE = {"timeout_seconds": 90.0, "poll_seconds": 0.25}


@pytest.fixture(scope="module", name="clouds")
def _clouds() -> Iterator[Clouds]:
    with Clouds(OPTIONS.lab) as clouds:
        yield clouds


@pytest.fixture(scope="module", name="record")
def _record(clouds: Clouds) -> RunRecord:
    return play_in(clouds, OPTIONS, create_autospec(Teller))[0]


def test_a_whole_gameday_keeps_every_promise(record: RunRecord) -> None:
    """It went as planned, users lost nothing, writes were held briefly, the judge found nothing."""
    assert [one for one in promises(record) if not one.held] == []
    assert record.gameday is not None
    assert record.gameday.mark == "completed"
    assert (record.trigger, record.verdict.missing) == ("gameday", 0)
    assert record.verdict.acknowledged_by_new_site > 0
    assert record.failback is not None
    assert record.failback.hold_seconds is not None


def test_it_is_kept_in_the_history(record: RunRecord, tmp_path: Path) -> None:
    """As a GameDay, with the users' own RTO and hold."""
    write_report(record, tmp_path / record.run)
    (row,) = drill_runs(tmp_path)
    assert (row.kind, row.outcome, row.missing_writes) == ("gameday", "recovered", 0)
    assert row.known_rto_seconds is not None
    assert row.known_hold_seconds is not None


def test_its_own_report_has_what_both_ways_cost(clouds: Clouds, record: RunRecord) -> None:
    """The orchestrator's estimates, near the users' own ledger; nothing was done by hand."""
    assert record.gameday is not None
    assert record.failback is not None
    whole = whole_record(clouds.operations, record.gameday.run)
    view = run_view(whole)
    assert (view.kind, view.outcome, view.manual_steps) == ("gameday", "completed", ())
    kept = whole["record"]
    assert kept["rpo_bytes"] == 0
    assert kept["hold_out_estimated_seconds"] > 0
    assert kept["hold_home_estimated_seconds"] > 0
    assert kept["runs"] == [record.run, record.failback.run]
    assert "0 bytes lost" in view.message


@pytest.mark.usefixtures("record")
def test_a_gameday_that_is_stopped_from_outside_is_led_home(clouds: Clouds) -> None:
    """StopExecution while Azure serves: EventBridge tells, and the way home begins without it."""
    operations = clouds.operations
    clouds.let_a_minute_pass()
    event = {"trigger": "manual", "reason": "to be stopped", "occurred_at": time.time()}
    answer = operations.start(event, GAMEDAY)
    assert answer["started"], answer
    run = answer["run"]
    wait_until(lambda: "watched_soak" in operations.execution(run).state, "soak", **PATIENCE)
    before = set(operations.executions(FAILBACK))
    states = clouds.aws.client("stepfunctions", clouds.configuration.orchestrator_region)
    states.stop_execution(executionArn=operations.execution(run).arn, cause="a wrong button")

    wait_until(lambda: set(operations.executions(FAILBACK)) - before, "way home", **PATIENCE)
    (home,) = set(operations.executions(FAILBACK)) - before
    assert follow(clouds, home, lambda _run: None).status == "SUCCEEDED"
    assert (gate(clouds)["state"], dns_site(clouds)) == ("closed", "aws")
    wait_until(lambda: run in recorded(clouds, GAMEDAY), "its record", **PATIENCE)
    kept = recorded(clouds, GAMEDAY)[run]
    assert kept["ending"]["mark"] == "aborted"
    assert "stopped from outside" in kept["ending"]["message"]
