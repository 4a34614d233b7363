"""``landbridge history`` and ``landbridge report`` over drills that are kept in a folder."""

import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from lab.report.document import report_document
from lab.report.example import example_run
from lab.report.write import write_report
from landbridge.adapters import kept_records
from landbridge.adapters.history_table import history_table, rto_line
from landbridge.cli import orchestrator
from landbridge.cli.main import app
from landbridge.domain.errors import ConfigurationError, SiteUnknownError
from landbridge.domain.kept_drills import drill_run
from landbridge.domain.kept_runs import KeptRun

DAY = 86_400.0
ROOT = Path(__file__).resolve().parents[2]


def ask(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where nothing is, on a wide terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def keep(run: str, days_ago: float, **changes: Any) -> None:
    """Keep a drill that was played that long ago."""
    document = report_document(replace(example_run(), run=run, **changes))
    document["fault_injected_epoch_seconds"] = time.time() - days_ago * DAY
    file = Path("reports") / run / "report.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(document))


def test_the_history_has_a_row_for_each_drill_and_its_rto_drawn() -> None:
    """Newest first, with what was done by hand counted; the line is oldest first."""
    keep("drill-old", 3.0)
    keep("drill-new", 1.0, manual_steps=("resumed", "approved"))
    shown = ask("history", "--lab")
    rows = [line for line in shown.output.splitlines() if "drill-" in line]
    assert shown.exit_code == 0
    assert [line.rpartition("drill-")[2].split()[0] for line in rows] == ["new", "old"]
    assert rows[0].split()[2:8] == ["drill", "alarm", "9.3", "0", "-", "2"]
    assert "RTO ██ 9.3 to 9.3 s, the newest last" in shown.output


@pytest.mark.parametrize("width", [60, 80, 129, 130, 200])
def test_nothing_is_cut_out_of_the_history(width: int) -> None:
    """On a narrow terminal the run's name stands below its figures, whole."""
    row = replace(
        drill_run(report_document(example_run())),
        run="failover-landbridge-orders-health-1b2c3d4e5f",
        broken=("The writes were held no longer than they may be",),
    )
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(history_table([row], width))
    shown = console.export_text()
    assert "…" not in shown
    for words in ("2026-11-18 11:06", "promise broken", "9.3", row.run, "manual"):
        assert words in shown.replace("\n", " ") or words in shown.replace("\n", "")


def test_only_runs_that_moved_the_workload_have_a_block() -> None:
    """A run that did not arrive is a dot; late alarms and refusals are none."""
    good = drill_run(report_document(example_run()))
    others = [
        replace(good, outcome=outcome, rto_seconds=None)
        for outcome in ("failed", "refused", "unchanged", "running", "undisturbed")
    ]
    assert rto_line([*others, good]) == "RTO █· 9.3 to 9.3 s, the newest last"


def test_the_history_as_json_knows_null() -> None:
    """What is not known is null, and the estimates of the cloud are fields of their own."""
    keep("drill-new", 1.0)
    (row,) = json.loads(ask("history", "--lab", "--json").stdout)["runs"]
    assert row["run"] == "drill-new"
    assert (row["hold_seconds"], row["rto_estimated_seconds"], row["rpo_bytes"]) == (None,) * 3
    assert row["rto_seconds"] == pytest.approx(9.0, abs=1.5)


def test_an_empty_history_says_how_to_fill_it() -> None:
    """Nothing kept is no error, but it is no proof for a gate."""
    assert "`landbridge drill` makes one" in ask("history", "--lab").output
    judged = ask("history", "--lab", "--gate")
    assert judged.exit_code == 1
    assert "no run is kept that says anything about recovering" in judged.output


GATES = [
    ("--rto 60 --rpo 0 --age 8d", 0, "Good enough: run drill-new: RTO 9.3 s, RPO 0, ended "),
    ("--rto 5", 1, "Not good enough: run drill-new: its RTO was 9.3 s, 5 s is allowed."),
    ("--age 12h", 1, "it is 1.5 days old, 12.0 hours is allowed"),
]


def test_an_old_run_stops_a_pipeline_that_named_no_age() -> None:
    """What was shown 31 days ago is not shown; whoever takes it says so."""
    keep("drill-old", 31.0)
    judged = ask("history", "--lab", "--gate", "--rto", "60", "--rpo", "0")
    assert judged.exit_code == 1
    assert "it is 31.0 days old, 30.0 days is allowed" in judged.output
    assert ask("history", "--lab", "--gate", "--age", "90d").exit_code == 0


def in_the_cloud(
    monkeypatch: pytest.MonkeyPatch, runs: Callable[[object, int], list[KeptRun]], days: int = 0
) -> None:
    """Stand beside a cdk.json, before an orchestrator that has those runs."""
    document = json.loads((ROOT / "cdk.json").read_text())
    document["context"]["landbridge"]["budgets"] = {"drill_age_days": days}
    Path("cdk.json").write_text(json.dumps(document))
    monkeypatch.setattr(orchestrator, "operations_of", lambda **_: None)
    monkeypatch.setattr(kept_records, "cloud_runs", runs)


def test_tables_that_cannot_be_read_stop_a_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not to know is no good run, with --json too."""

    def silent(*_: object) -> list[KeptRun]:
        raise SiteUnknownError("the table of runs: AWS did not answer")

    in_the_cloud(monkeypatch, silent)
    for arguments in (("--gate",), ("--gate", "--json")):
        judged = ask("history", *arguments)
        assert judged.exit_code == 1
        assert isinstance(judged.exception, SiteUnknownError)
        assert "Good enough" not in judged.output


@pytest.mark.parametrize(
    ("days", "status", "words"),
    [
        (7, 1, "it is 10.0 days old, 7.0 days is allowed"),
        (0, 0, "Good enough: run failover-1: RTO - s, RPO -, ended "),
    ],
)
def test_the_clouds_runs_may_be_as_old_as_automatic_failover_takes_them(
    days: int, status: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What turns automatic failover off is not good enough for a pipeline either."""
    at = time.time() - 10 * DAY
    row = KeptRun("failover-1", "failover", "failover", "alarm", "r", "recovered", None, at, at)
    in_the_cloud(monkeypatch, lambda *_: [row], days)
    judged = ask("history", "--gate")
    assert judged.exit_code == status, judged.output
    assert words in judged.output
    # An RTO that nobody knows is over every limit.
    assert "its RTO is not known, 60 s is allowed" in ask("history", "--gate", "--rto", "60").output


def test_a_figure_that_is_none_stops_a_pipeline() -> None:
    """NaN is over no limit, and is no RTO."""
    keep("drill-new", 1.0)
    file = Path("reports") / "drill-new" / "report.json"
    document = json.loads(file.read_text())
    document["seconds"]["rto"] = float("nan")
    file.write_text(json.dumps(document))
    judged = ask("history", "--lab", "--gate", "--rto", "60")
    assert judged.exit_code == 1
    assert "it ended unreadable" in judged.output


@pytest.mark.parametrize(("limits", "status", "words"), GATES)
def test_a_pipeline_is_stopped_by_the_last_run(limits: str, status: int, words: str) -> None:
    """The exit status is the verdict, the output its reason."""
    keep("drill-old", 20.0)
    keep("drill-new", 1.5)
    judged = ask("history", "--lab", "--gate", *limits.split())
    assert judged.exit_code == status
    assert words in judged.output


def test_a_cut_report_stops_a_pipeline() -> None:
    """A report that was just written and cannot be read is the last run."""
    keep("drill-old", 1.0)
    keep("drill-new", 0.5)
    (Path("reports") / "drill-new" / "report.json").write_text('{"schema": 1')
    judged = ask("history", "--lab", "--gate", "--json")
    assert judged.exit_code == 1
    gate = json.loads(judged.stdout)["gate"]
    assert (gate["passed"], gate["run"]) == (False, "drill-new")
    assert "it ended unreadable: reports/drill-new/report.json" in gate["reasons"][0]


def test_a_kept_drills_report_is_shown_and_copied(tmp_path: Path) -> None:
    """The terminal gets the text, --html the very page that the drill wrote."""
    write_report(replace(example_run(), run="drill-new"), Path("reports") / "drill-new")
    shown = ask("report", "drill-new", "--lab")
    assert shown.exit_code == 0
    assert "RECOVERED" in shown.output
    page = tmp_path / "pages" / "page.html"
    assert ask("report", "drill-new", "--lab", "--html", str(page)).exit_code == 0
    assert page.read_text() == (Path("reports") / "drill-new" / "report.html").read_text()


@pytest.mark.parametrize("name", ["last", "drill-n", "drill-new"])
def test_a_report_is_found_by_how_its_name_begins_or_as_the_last(name: str) -> None:
    """As JSON it is the very document that the drill wrote."""
    for run in ("drill-old", "drill-new"):
        write_report(replace(example_run(), run=run), Path("reports") / run)
    file = Path("reports") / "drill-new" / "report.json"
    document = json.loads(file.read_text())
    document["fault_injected_epoch_seconds"] += 60
    file.write_text(json.dumps(document))
    shown = ask("report", name, "--lab", "--json")
    assert json.loads(shown.stdout) == document


def test_a_name_that_two_runs_begin_with_is_refused() -> None:
    """The error names them."""
    keep("drill-old", 3.0)
    keep("drill-new", 1.0)
    answer = ask("report", "drill", "--lab")
    assert isinstance(answer.exception, ConfigurationError)
    assert "2 runs begin with drill, as drill-new and drill-old" in str(answer.exception)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("history --rto 60", "--gate"),
        ("history --gate --rto nan", "--rto"),
        ("history --gate --rpo -1", "--rpo"),
        ("history --gate --age 8", "90m, 12h or 8d"),
        ("history --last 0", "--last"),
        ("report", "Missing argument"),
        ("report ../cdk", "is no run's name"),
        ("report drill-1 --html .", "--html"),
    ],
)
def test_what_cannot_be_asked_is_named(arguments: str, words: str) -> None:
    """A bad word ends with 2 and is named."""
    answer = ask(*arguments.split())
    assert answer.exit_code == 2, answer.output
    assert words in answer.output


def test_a_drill_that_is_not_kept_is_named() -> None:
    """The error has the remedy, and no lab is asked for."""
    answer = ask("report", "drill-1", "--lab")
    assert "keeps no report.txt of a run drill-1" in str(answer.exception)
