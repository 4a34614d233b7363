"""The words for how far a rebuild or a standby that catches up is."""

import io
import json

import pytest
from rich.console import Console

from landbridge.adapters.operations import Execution
from landbridge.adapters.run_table import steps_table
from landbridge.adapters.step_progress import progress_text
from landbridge.domain.history import StepRecord

COPYING = {
    "done": False,
    "action": "wait",
    "progress": {
        "method": "basebackup",
        "bytes": 250_000_000,
        "total_bytes": 1_000_000_000,
        "bytes_per_second": 50_000_000,
        "seconds_left": 15.0,
    },
    "result": {},
}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (COPYING, "basebackup: 250.0 MB of 1.0 GB, 50.0 MB/s, 15 s left"),
        (
            {"done": True, "result": {"method": "rewind", "bytes": 3_000_000, "seconds": 0.9}},
            "rewind, 3.0 MB in 0.9 s",
        ),
        (
            {"lag_bytes": 2_000_000, "bytes_per_second": 500_000.0, "seconds_left": 4.2},
            "2.0 MB behind, 500.0 kB/s, 4 s left",
        ),
        ({"lag_bytes": 2_000_000, "bytes_per_second": None}, "2.0 MB behind"),
        ({"lag_bytes": None}, "does not stream yet"),
        ({"done": False, "progress": {}, "result": {}}, ""),
        ([], ""),
    ],
)
def test_progress_is_bytes_rate_and_time_left(said: object, words: str) -> None:
    """What is not known is left out, never guessed."""
    assert progress_text(json.dumps(said)) == words


def test_an_output_that_is_no_json_tells_nothing() -> None:
    """A shortened or missing output spoils no table."""
    assert (progress_text(""), progress_text("{")) == ("", "")


def test_the_table_shows_it_while_the_step_is_on() -> None:
    """Who watches a failback sees how far the rebuild is, and no count of visits."""
    step = StepRecord(
        "rebuild_primary", "Rebuild Primary", 1.0, attempts=7, output=json.dumps(COPYING)
    )
    run = Execution("failback-1", "arn", "RUNNING", 1.0, None, (step,), {}, "", "")
    console = Console(width=160, file=io.StringIO())
    console.print(steps_table(run, 9.0))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "basebackup: 250.0 MB of 1.0 GB, 50.0 MB/s, 15 s left" in shown
    assert "attempt" not in shown
