"""report.json: schema 1, and a check that refuses what is not."""

import json
from typing import Any

import pydantic
import pytest

from lab.report.document import report_document
from lab.report.example import example_refused, example_run
from lab.report.schema import check_document


def document() -> dict[str, Any]:
    """Return the example's document as a reader gets it."""
    return json.loads(json.dumps(report_document(example_run()), allow_nan=False))


def test_the_document_has_what_schema_1_promises() -> None:
    """Every key of schema 1 is there, with times relative to the fault."""
    report = document()

    assert report["schema"] == 1
    assert {key: report[key] for key in ("run", "trigger", "replication", "fault")} == {
        "run": "drill-20261123-0642",
        "trigger": "alarm",
        "replication": "sync",
        "fault": "region-loss",
    }
    assert (report["outcome"], report["reason"], report["timings"]) == ("recovered", None, "quick")
    assert report["seconds"] == {
        "detection": pytest.approx(1.85, abs=0.1),
        "promotion": 0.55,
        "writable": 0.38,
        "pods_ready": 2.46,
        "dns": 1.13,
        "orchestration": pytest.approx(4.16, abs=0.1),
        "rto": pytest.approx(9.35, abs=0.1),
    }
    assert report["ledger"]["missing_ids"] == []
    assert report["steps"][0] == {
        "name": "Observe Sites",
        "started_seconds": 2.62,
        "seconds": 0.41,
        "result": "ok",
        "attempts": 1,
        "branch": None,
    }
    assert report["settings"]["ttl_seconds"] == 1.0
    assert report["instants_seconds"]["fault_injected"] == 0.0
    assert report["votes"][0]["vote"] == "down"
    assert report["fence"][0]["result"] == "unreachable"
    assert all(promise["held"] for promise in report["promises"])


def test_a_refused_run_has_nulls_for_what_did_not_happen() -> None:
    """A phase that never was is null, not zero."""
    report = report_document(example_refused())

    assert (report["outcome"], report["seconds"]["promotion"]) == ("refused", None)
    assert (report["seconds"]["rto"], report["critical_path"]) == (None, None)
    assert "lambda sees AWS up" in report["reason"]


def test_more_keys_are_welcome() -> None:
    """A reader ignores what it does not know."""
    check_document({**document(), "later": {"anything": 1}})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", 2),
        ("trigger", "cron"),
        ("outcome", "fine"),
        ("reason", "it recovered, and yet"),
        ("seconds.rto", -1.0),
        ("seconds.rto", float("nan")),
        ("seconds.rto", "9"),
        ("ledger.missing", 1),
        ("ledger.acknowledged", 10_000),
        ("ledger.rpo_seconds", None),
        ("steps.0.attempts", 0),
        ("settings.ttl_seconds", None),
    ],
)
def test_what_is_not_schema_1_is_refused(path: str, value: object) -> None:
    """A wrong value is named by its field."""
    report = document()
    *folders, last = path.split(".")
    place: Any = report
    for folder in folders:
        place = place[int(folder)] if folder.isdigit() else place[folder]
    place[last] = value

    with pytest.raises(pydantic.ValidationError):
        check_document(report)


@pytest.mark.parametrize("part", ["seconds", "ledger", "steps", "settings", "reason"])
def test_a_part_that_is_not_there_is_refused(part: str) -> None:
    """Each promised key must be there."""
    report = document()
    del report[part]

    with pytest.raises(pydantic.ValidationError, match=part):
        check_document(report)
