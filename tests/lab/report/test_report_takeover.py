"""A takeover in a report: who led the way out, what was asked of AWS, and whether all agreed."""

from typing import Any

import pytest

from lab.report.document import report_document
from lab.report.example import example_run
from lab.report.model import AwsCalls, RunRecord
from lab.report.page import report_page
from lab.report.promises import promises
from lab.report.summary import plain_text

ALONE = "Azure led the way out with no API of AWS"
AGREED = "With AWS back, all agreed"
REFUSED = (("lambda Invoke start-failover by others", 6), ("sns Publish by takeover", 1))


def taken_over(**changes: Any) -> RunRecord:
    """Return the example as a takeover that Azure's timer began."""
    told = {"trigger": "timer", "executor": "azure", "reconciled": ()}
    return example_run(**{**told, "aws_calls": AwsCalls(0, REFUSED), **changes})


def of(run: RunRecord, name: str) -> tuple[bool, str]:
    """Return whether that promise was held, and why."""
    (promise,) = (one for one in promises(run) if one.name == name)
    return promise.held, promise.why


def test_a_good_takeover_holds_them_all() -> None:
    """By numbers: none answered, and how many were asked in vain."""
    assert [one.name for one in promises(taken_over()) if not one.held] == []
    held, why = of(taken_over(), ALONE)
    assert held
    assert why == "0 calls answered from the fault on; 7 refused, 1 of its own"


def test_an_answer_of_aws_breaks_it() -> None:
    """What was answered may have been needed."""
    held, why = of(taken_over(aws_calls=AwsCalls(2, REFUSED)), ALONE)
    assert not held
    assert why.startswith("2 calls answered")


def test_a_way_out_that_aws_led_breaks_it_too() -> None:
    """The drill was for a takeover."""
    held, why = of(taken_over(executor="aws"), ALONE)
    assert (held, why.partition(";")[0]) == (False, "the way out was AWS's own")
    # With more broken than AWS it may be back first.
    assert of(taken_over(executor="aws", must_recover=False), ALONE)[0]


def test_what_does_not_agree_when_aws_is_back_is_a_broken_promise() -> None:
    """In ``landbridge reconcile``'s own words."""
    held, why = of(taken_over(reconciled=("dns: no, it answers aws",)), AGREED)
    assert (held, why) == (False, "dns: no, it answers aws")


def test_a_timers_votes_are_looked_at() -> None:
    """It began by itself: one witness alone is as little as an alarm alone."""
    votes = example_run().votes[:1]
    assert not of(taken_over(votes=votes), "No single witness decided")[0]


@pytest.mark.parametrize("run", [taken_over(), taken_over(aws_calls=AwsCalls(0))])
def test_programs_and_people_are_told(run: RunRecord) -> None:
    """In JSON, on the page and on the terminal."""
    assert run.aws_calls is not None
    document = report_document(run)
    assert (document["executor"], document["trigger"]) == ("azure", "timer")
    assert document["aws_calls"] == {"needed": 0, "refused": dict(run.aws_calls.refused)}
    assert document["reconciled"] == []
    page, text = report_page(run), " ".join(plain_text(run).split())
    for what, _ in run.aws_calls.refused:
        assert what in page
        assert what in text
    assert "led by Azure" in page
    assert "Needed, which is answered: 0" in page


def test_a_failovers_report_has_none_of_it() -> None:
    """AWS's own way out needs its APIs."""
    document = report_document(example_run())
    assert (document["executor"], "aws_calls" in document, "reconciled" in document) == (
        "aws",
        False,
        False,
    )
    assert "APIs" not in report_page(example_run())
