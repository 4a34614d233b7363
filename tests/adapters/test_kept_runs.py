"""Runs written by the step and read by the command line, by the services' own rules (moto)."""

import json
import time
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.record_run import handler
from functions.rehearse_standby import handler as rehearse
from functions.report_gameday import handler as report_gameday
from lab.processes.waiting import wait_until
from lab.report.document import report_document
from lab.report.example import example_run
from landbridge.adapters import environment, kept_records, run_archive, runs
from landbridge.adapters.kept_records import cloud_runs, whole_record
from landbridge.adapters.kept_reports import drill_runs, report_file
from landbridge.adapters.operations import Operations
from landbridge.adapters.run_page import run_page
from landbridge.adapters.run_view import run_view
from landbridge.cli import resequence
from landbridge.cli.choices import Site
from landbridge.domain.errors import ConfigurationError, SiteUnknownError
from landbridge.domain.history import StepRecord
from landbridge.domain.rehearsal_verdict import Leak
from landbridge.domain.settings import VARIABLE
from tests.adapters.aws_answers import forget_session
from tests.domain.test_rehearsal_record import GOOD
from tests.functions.world import CONTEXT
from tests.sample_settings import settings_document

REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/states"
FAILS = {"StartAt": "Only", "States": {"Only": {"Type": "Fail", "Error": "Gone", "Cause": "so"}}}
WAITS = {
    "StartAt": "Only",
    "States": {"Only": {"Type": "Wait", "Seconds": 600, "Next": "E"}, "E": {"Type": "Succeed"}},
}
STATE = {
    "request": {"trigger": "alarm", "reason": "<b>AWS</b> is down", "occurred_at": 1_000.0},
    "observed": {"situation": "on_aws", "gate": {"epoch": 1}},
    "lock": {"epoch": 2},
    "gate": {"epoch": 2},
    "verdict": {"ballots": [{"witness": "azure", "vote": "down", "reason": "refused"}]},
    "smoke_dns": {"passed_at": 1_042.0},
    "ending": {"mark": "recovered"},
}


def client(service: str) -> Any:
    """Return the service as its administrator sees it."""
    return boto3.client(service, region_name=REGION)


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": REGION,
        VARIABLE: json.dumps(settings_document()),
        runs.VARIABLE: "runs",
        run_archive.VARIABLE: "records",
    }.items():
        monkeypatch.setenv(name, value)
    forget_session()
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        for kept in (runs._table, environment.settings):
            kept.cache_clear()
        _make()
        yield
    for kept in (runs._table, environment.settings):
        kept.cache_clear()


def _make() -> None:
    names = {"run": "S", "kind": "S", "at": "N"}
    client("dynamodb").create_table(
        TableName="runs",
        KeySchema=[_key("run", "HASH"), _key("kind", "RANGE")],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in names.items()
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": runs.BY_KIND,
                "KeySchema": [_key("kind", "HASH"), _key("at", "RANGE")],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": [runs.RECORD],
                },
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    where = {"LocationConstraint": REGION}
    client("s3").create_bucket(Bucket="records", CreateBucketConfiguration=where)


def _key(name: str, kind: str) -> dict[str, str]:
    return {"AttributeName": name, "KeyType": kind}


@pytest.fixture
def machines() -> dict[str, str]:
    """Make both machines; return their ARNs."""
    return {
        flow: client("stepfunctions").create_state_machine(
            name=flow, definition=json.dumps(what), roleArn=ROLE
        )["stateMachineArn"]
        for flow, what in (("failover", FAILS), ("failback", WAITS), ("gameday", WAITS))
    }


@pytest.fixture
def operations(machines: dict[str, str]) -> Operations:
    """Return the orchestrator with those machines."""
    found = Operations("orchestrator", REGION)
    found._outputs = {
        "RunsTableName": "runs",
        "RecordsBucketName": "records",
        "StateMachineArn": machines["failover"],
        "FailbackMachineArn": machines["failback"],
        "GamedayMachineArn": machines["gameday"],
    }
    return found


def start(machines: dict[str, str], flow: str, run: str) -> str:
    """Start an execution; return its ARN."""
    answer = client("stepfunctions").start_execution(
        stateMachineArn=machines[flow], name=run, input=json.dumps({"trigger": "manual"})
    )
    return str(answer["executionArn"])


def record(run: str, execution: str, at: float, state: dict[str, Any]) -> None:
    """Run the step for a run that began at that time."""
    event = {"run": run, "execution": execution, "started_at": at, "state": state}
    handler.lambda_handler(event, CONTEXT)


def test_a_recorded_run_is_read_back_whole(
    machines: dict[str, str], operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the step wrote is in the history, in the bucket, and on the page with its words."""
    monkeypatch.setattr(handler, "time", types.SimpleNamespace(time=lambda: 1_043.0))
    run = "failover-alarm-1"
    record(run, start(machines, "failover", run), 1_002.0, STATE)
    record(
        run, f"{machines['failover']}:{run}".replace("stateMachine", "execution"), 1_002.0, STATE
    )

    (row,) = cloud_runs(operations, 20)
    whole = whole_record(operations, run)
    page = run_page(run_view(whole))

    assert (row.run, row.rto_estimated_seconds, row.outcome) == (run, 42.0, "recovered")
    assert whole["state"] == STATE
    assert whole["record"]["ended_at"] == 1_043.0
    assert "42.0 s" in page
    assert "&lt;b&gt;AWS&lt;/b&gt; is down" in page
    assert "<b>AWS" not in page


def test_sequences_moved_by_hand_are_a_manual_step_of_the_run_before(
    machines: dict[str, str], operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command keeps it, and both the next look at the history and the run's record have it."""
    row = {"sequence": "a.b", "column": "a.b.c", "from": 1, "to": 9}
    answers = [
        {"moved_total": moved, "moved": [row] * moved, "not_moved": [], "looked": 2}
        for moved in (2, 0)
    ]
    monkeypatch.setattr(resequence, "operations_of", lambda **_: operations)
    monkeypatch.setattr(operations, "invoke", lambda *_: answers.pop(0))
    run = "failover-alarm-1"
    execution, began = start(machines, "failover", run), time.time() - 5
    resequence.resequence(Site("azure"))
    resequence.resequence(Site("azure"))  # there is nothing left to move
    record(run, execution, began, STATE)

    (row,) = cloud_runs(operations, 20)
    kept = whole_record(operations, run)["record"]["manual_steps"]

    assert list(row.manual_steps or ()) == kept
    (step,) = kept
    assert step.startswith("2 sequences moved by ")
    assert "landbridge resequence --site azure" in step


def test_a_record_has_no_step_that_never_ends(
    machines: dict[str, str], operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step that writes it is on while it does, and is left out."""
    steps = [
        StepRecord("open_gate", "Open Gate", 1_003.0, 1_004.0, "done", 1),
        StepRecord("record_run", "Record Run", 1_005.0, None, "running", 1),
    ]
    monkeypatch.setattr(handler, "execution_steps", lambda _execution: steps)
    run = "failover-alarm-1"
    record(run, start(machines, "failover", run), 1_002.0, STATE)
    assert [step.title for step in run_view(whole_record(operations, run)).steps] == ["Open Gate"]


def test_a_rehearsal_is_in_the_history_and_has_its_report(
    machines: dict[str, str], operations: Operations
) -> None:
    """By kind, with its time to ready and its leaks; the newest run is still the newest run."""
    run = "failover-alarm-1"
    record(run, start(machines, "failover", run), 1_002.0, STATE)
    leak = Leak("Pod orders/<b>x", "kubectl -n orders delete pod x")
    report = replace(GOOD, verdict=replace(GOOD.verdict, passed=False, leaks=(leak,))).document()
    asked = {"action": "keep", "run": "rehearsal-1", "report": json.loads(json.dumps(report))}
    assert rehearse.lambda_handler(asked, CONTEXT) == {"kept": "rehearsal-1"}

    rows = {row.run: row for row in cloud_runs(operations, 20)}
    page = run_page(run_view(whole_record(operations, "rehearsal-1")))

    row = rows["rehearsal-1"]
    assert (row.kind, row.outcome, row.ready_seconds) == ("rehearsal", "leaked", 2.25)
    assert row.leaks == ("Pod orders/<b>x",)
    assert rows.keys() == {"rehearsal-1", "failover-alarm-1"}
    assert [one["run"] for one in runs.recent_records(1)] == ["failover-alarm-1"]
    assert "LEAKED" in page.upper()
    assert "2.2 s" in page
    assert "Pod orders/&lt;b&gt;x" in page


def test_the_short_record_stands_where_the_bucket_does_not_answer(
    machines: dict[str, str], operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step fails, so that it is tried again; the history has the run all the same."""
    monkeypatch.setenv(run_archive.VARIABLE, "no-such-bucket")
    run = "failover-alarm-1"
    execution = start(machines, "failover", run)
    with pytest.raises(SiteUnknownError, match="NoSuchBucket"):
        record(run, execution, 1_002.0, STATE)
    assert [row.run for row in cloud_runs(operations, 20)] == [run]


def test_a_run_without_a_record_is_told_by_its_execution(
    machines: dict[str, str], operations: Operations
) -> None:
    """One that died and one that is on have their rows: the last run is never left out."""
    died = start(machines, "failover", "failover-manual-1")
    states = client("stepfunctions")
    wait_until(
        lambda: states.describe_execution(executionArn=died)["status"] == "FAILED", "the run's end"
    )
    on = start(machines, "failback", "failback-manual-1")
    states.stop_execution(executionArn=on)
    start(machines, "failback", "failback-manual-2")

    rows = {row.run: row for row in cloud_runs(operations, 20)}

    assert rows["failback-manual-1"].outcome == "aborted"
    assert (rows["failback-manual-2"].outcome, rows["failback-manual-2"].ended_at) == (
        "running",
        None,
    )
    assert (rows["failover-manual-1"].outcome, rows["failover-manual-1"].rpo_bytes) == (
        "failed",
        None,
    )
    view = run_view(whole_record(operations, "failover-manual-1"))
    assert view.message == "Gone: so"
    assert {figure.text for figure in view.figures} == {"-", "0"}


def test_the_run_after_another_is_of_its_incident(
    machines: dict[str, str], operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record itself has the earlier run, found by the table's index."""
    error = {"Error": "RolloutPendingError", "Cause": "0 of 2"}
    stopped = {**STATE, "error": error, "ending": {"mark": "stopped"}, "smoke_dns": None}
    by_hand = {"trigger": "manual", "reason": "go on", "occurred_at": 1_100.0}
    for run, at, state in (
        ("failover-alarm-1", 1_002.0, stopped),
        ("failover-manual-2", 1_100.0, {**STATE, "request": by_hand}),
    ):
        monkeypatch.setattr(handler, "time", types.SimpleNamespace(time=lambda at=at: at + 41))
        record(run, start(machines, "failover", run), at, state)
    kept = whole_record(operations, "failover-manual-2")["record"]
    assert kept["earlier_runs"] == ["failover-alarm-1"]
    assert kept["manual_steps"] == ["started by hand after failover-alarm-1: failover-manual-2"]


def test_a_run_that_is_on_is_not_behind_older_executions(
    machines: dict[str, str], operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only executions as new as the newest records are looked at, the newest first."""
    monkeypatch.setattr(kept_records, "_UNRECORDED", 2)
    before = {start(machines, "failover", f"failover-manual-{number}") for number in range(4)}
    recorded = start(machines, "failover", "failover-alarm-5")
    record("failover-alarm-5", recorded, time.time(), STATE)
    start(machines, "failback", "failback-manual-6")

    newest = cloud_runs(operations, 1)
    everything = cloud_runs(operations, 20)

    assert len(before) == 4
    assert [row.run for row in newest] == ["failback-manual-6"]
    assert everything[0].run == "failback-manual-6"
    assert len(everything) == 3


def test_a_gameday_is_in_the_history_and_has_a_report(
    machines: dict[str, str], operations: Operations
) -> None:
    """While it is on by its execution; in the end by its record, which outlives the execution."""
    start(machines, "gameday", "gameday-manual-1")
    (on,) = cloud_runs(operations, 20)
    assert (on.kind, on.outcome) == ("gameday", "running")

    state = {
        "request": {"trigger": "gameday", "reason": "the quarter's", "planned": True},
        "out_leg": {"run": "failover-gameday-1"},
        "watched_home": {"action": "end"},
    }
    for run in ("gameday-manual-1", "gameday-of-long-ago"):
        event = {"run": run, "state": state, "started_at": "2026-11-28T12:00:00.000Z"}
        report_gameday.lambda_handler(event, CONTEXT)
    rows = cloud_runs(operations, 20)
    assert {(row.run, row.outcome) for row in rows} == {
        ("gameday-manual-1", "completed"),
        ("gameday-of-long-ago", "completed"),
    }
    view = run_view(whole_record(operations, "gameday-of-long-ago"))
    assert (view.outcome, view.tone) == ("completed", "good")
    assert "landbridge report failover-gameday-1" in view.message
    assert "failover-gameday-1" in run_page(view)
    assert run_view(whole_record(operations, "gameday-manual-1")).kind == "gameday"


def test_a_run_that_is_not_there_is_named(operations: Operations) -> None:
    """The remedy is to look at the history."""
    with pytest.raises(ConfigurationError, match=r"no run failover-x.*landbridge history"):
        whole_record(operations, "failover-x")


def test_drills_are_read_from_their_folders(tmp_path: Path) -> None:
    """Whole reports are rows; half a report is one that says so; other folders are none."""
    good, cut = tmp_path / "drill-1", tmp_path / "drill-2"
    for folder in (good, cut, tmp_path / "no-report"):
        folder.mkdir()
    document = json.dumps(report_document(example_run()))
    (good / "report.json").write_text(document)
    (cut / "report.json").write_text(document[:200])

    rows = {row.outcome: row for row in drill_runs(tmp_path)}

    assert set(rows) == {"recovered", "unreadable"}
    assert rows["unreadable"].run == "drill-2"
    assert "report.json" in (rows["unreadable"].outcome_reason or "")
    assert drill_runs(tmp_path / "nowhere") == []
    with pytest.raises(ConfigurationError, match=r"no report\.txt of a run drill-1"):
        report_file(tmp_path, "drill-1", "report.txt")
