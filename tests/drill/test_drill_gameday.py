"""A GameDay in the lab, whole; and one that an incident meets."""

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
from lab.faults.region import inject
from lab.processes.waiting import wait_until
from lab.report.model import RunRecord
from lab.report.promises import promises
from lab.report.write import write_report
from lab.sites.replication import PASSFILE
from landbridge.adapters.kept_records import whole_record
from landbridge.adapters.kept_reports import drill_runs
from landbridge.adapters.operations import GAMEDAY
from landbridge.adapters.run_view import run_view
from tests.drill import rights
from tests.drill.remaining_steps import call_the_rest
from tests.drill.secrets_in_sight import (
    Arguments,
    files_in,
    lab_secrets,
    logs,
    records,
    seen_in,
    templates,
)

# Long enough for an AWS that is lost in it to be noticed.
LAB = LabOptions(gameday={"notice_seconds": 6, "soak_seconds": 6})
OPTIONS = DrillOptions(LAB, gameday=True, faults=(), rate=40.0, clients=6)
PATIENCE = {"timeout_seconds": 90.0, "poll_seconds": 0.25}


@pytest.fixture(scope="module", name="clouds")
def _clouds(arguments: Arguments) -> Iterator[Clouds]:
    assert arguments.seen is not None
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


def begin(clouds: Clouds) -> str:
    """Start a GameDay as a person does, once AWS's alarm is over; return its name."""
    alarm = clouds.configuration.alarm_name
    wait_until(lambda: clouds.dns.state()["alarms"][alarm]["state"] == "OK", "OK alarm")
    clouds.let_a_minute_pass()
    event = {"trigger": "manual", "reason": "a look", "occurred_at": time.time()}
    answer = clouds.operations.start(event, GAMEDAY)
    assert answer["started"], answer
    return str(answer["run"])


def wait_for(clouds: Clouds, run: str, name: str) -> None:
    """Return once that is in the GameDay's state."""

    def there() -> bool:
        seen = clouds.operations.execution(run)
        assert seen.status == "RUNNING", seen.cause
        return name in seen.state

    wait_until(there, name, **PATIENCE)


@pytest.mark.usefixtures("record")
def test_an_aws_that_dies_while_one_is_announced_is_an_incident(clouds: Clouds) -> None:
    """The alarm's run is refused by nobody and leads; the GameDay moves nothing, and says so."""
    operations, run = clouds.operations, begin(clouds)
    before = set(operations.executions())
    wait_for(clouds, run, "announcement")
    inject("region-loss", clouds)

    gameday = follow(clouds, run, lambda _run: None)
    assert gameday.error == "GamedayIncident"
    (leads,) = set(operations.executions()) - before
    assert leads.startswith("failover-alarm-")
    assert follow(clouds, leads, lambda _run: None).status == "SUCCEEDED"
    assert (gate(clouds)["state"], dns_site(clouds)) == ("open", "azure")
    assert f"{leads} leads" in recorded(clouds, GAMEDAY)[run]["ending"]["message"]


def test_no_secret_is_in_sight(
    clouds: Clouds, record: RunRecord, arguments: Arguments, tmp_path: Path
) -> None:
    """After both ways, a GameDay and an incident: in no template, log, record, report, argument."""
    secrets = lab_secrets(clouds)
    write_report(record, tmp_path)
    lines, kept = list(logs(clouds)), list(records(clouds))
    sights = {
        "templates": templates(clouds),
        "logs": lines,
        "records": kept,
        "reports": files_in(tmp_path),
        "arguments": [("argument", one) for one in arguments.seen],
    }

    found = {place: seen_in(texts, secrets) for place, texts in sights.items()}

    assert found == {place: [] for place in sights}
    # It looked at something, and for what the lab really uses.
    passfile = clouds.aws_database.folder / PASSFILE
    assert secrets["password of replicator"] in passfile.read_text()
    assert any(record.run in text for _, text in kept)
    assert any("postgres" in one for one in arguments.seen)
    assert len(lines) > 10


def test_every_right_is_used_or_listed_with_why(clouds: Clouds) -> None:
    """Role by role: what IAM allows was asked for in this lab, and nothing was refused."""
    call_the_rest(clouds)

    granted, asked = rights.granted(clouds), rights.asked(clouds)
    assert rights.refused(clouds) == set()
    assert sorted(one for one in granted - asked if not rights.why_not_asked(*one)) == []
    assert asked <= granted
    assert [one for one in rights.NOT_ASKED if not rights.matches(one, granted)] == []
