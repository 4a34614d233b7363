"""Rule 2: two sites that took writes at a time are found, by ledger, by databases, by logs."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.judgement.evidence import Evidence, LogEvent, StrayRow
from lab.judgement.finding import Finding, Rule
from lab.judgement.judge import judge
from lab.judgement.world import SITES
from tests.lab.judgement.simulated import Plan, changed_write, simulate

Bend = Callable[[Evidence], Evidence]


def found_in(evidence: Evidence) -> list[Finding]:
    """Return what the rule finds."""
    return [one for one in judge(evidence) if one.rule is Rule.SPLIT_BRAIN]


def write_of(evidence: Evidence, site: str, number: int = 0) -> int:
    """Return the place of one of the site's writes in the ledger."""
    assert evidence.history is not None
    writes = enumerate(evidence.history.writes)
    return [place for place, write in writes if write.site == site][number]


def end_of_azure(evidence: Evidence) -> float:
    """Return when Azure's log says that it is read-only."""
    return next(one.at for one in evidence.logs if (one.site, one.what) == ("azure", "read-only"))


def with_epochs(
    evidence: Evidence, number: int, sites: tuple[str, ...], **changes: object
) -> Evidence:
    """Return the evidence with one row told otherwise in those databases."""
    epochs = dict(evidence.epochs)
    for site in sites:
        rows = list(epochs[site] or ())
        rows[number] = replace(rows[number], **changes)  # type: ignore[arg-type]
        epochs[site] = tuple(rows)
    return replace(evidence, epochs=epochs)


def other_site_in_one_epoch(evidence: Evidence) -> Evidence:
    """Let Azure acknowledge in the first epoch, which is AWS's."""
    return changed_write(evidence, write_of(evidence, "azure"), epoch=1)


def old_site_after_the_new(evidence: Evidence) -> Evidence:
    """Let AWS acknowledge in epoch 1 what was sent after Azure had acknowledged in epoch 2."""
    return changed_write(evidence, write_of(evidence, "azure", 5), site="aws", epoch=1)


@pytest.mark.parametrize("bend", [other_site_in_one_epoch, old_site_after_the_new])
def test_the_ledger_shows_it(bend: Bend) -> None:
    """Acknowledgements alone tell that two sites took writes."""
    found = found_in(bend(simulate(Plan())))

    assert any("two sites acknowledged in one epoch" in one.sentence and one.grave for one in found)


@pytest.mark.parametrize(
    ("bend", "sentence"),
    [
        (
            lambda e: with_epochs(e, 1, ("azure",), site="aws", run="another"),
            "epoch 2 is aws's (run another) and azure's (run failover-alarm-0)",
        ),
        (
            lambda e: with_epochs(e, 1, ("azure",), run="another"),
            "epoch 2 is azure's (run another) and azure's (run failover-alarm-0)",
        ),
        (
            lambda e: with_epochs(e, 1, ("aws", "azure"), timeline=1),
            "epoch 2 (azure) is of timeline 1, which is not newer than epoch 1's (aws, 1)",
        ),
        (
            lambda e: with_epochs(e, 1, ("aws", "azure"), epoch=7),
            "azure acknowledged 20 writes in epoch 2, which no database knows",
        ),
        (
            lambda e: with_epochs(e, 1, ("aws", "azure"), site="aws"),
            "azure acknowledged 20 writes in epoch 2, which is aws's",
        ),
    ],
)
def test_the_databases_epochs_show_it(bend: Bend, sentence: str) -> None:
    """An epoch of two owners, of a used timeline, or one in which another site acknowledged."""
    found = found_in(bend(simulate(Plan())))

    assert sentence in [one.sentence for one in found if one.grave]


@pytest.mark.parametrize(("row", "grave"), [("w1", True), ("nobody's", False)])
def test_a_row_of_the_wrong_site_shows_it(row: str, *, grave: bool) -> None:
    """A database that took an order of the other site: grave where a user was told of it."""
    evidence = simulate(Plan())
    strays = {"aws": (StrayRow(row, "aws", 2, "azure"),), "azure": ()}

    (found,) = found_in(replace(evidence, strays=strays))

    assert (found.grave, found.details) == (grave, (row,))
    assert "1 orders of aws in epoch 2, which is azure's" in found.sentence


def aws_lives_on(evidence: Evidence) -> Evidence:
    """Let AWS's log show that it took writes all the time that Azure did."""
    alive = LogEvent(end_of_azure(evidence), "aws", "said")
    started = [one for one in evidence.logs if (one.site, one.what) == ("aws", "started")]
    logs = [one for one in evidence.logs if one is not started[1] and one.what != "stopped"]
    return replace(evidence, logs=(*logs, alive))


def test_two_servers_that_take_writes_without_a_user_are_a_warning() -> None:
    """By the logs alone, where AWS acknowledged nothing, it is for a person to look at."""
    found = found_in(aws_lives_on(simulate(Plan())))

    assert [one.grave for one in found] == [False]
    assert "both sites took writes" in found[0].sentence


def test_two_servers_that_both_acknowledge_are_grave() -> None:
    """Where each acknowledged what was sent in that time, the logs find it on their own."""
    evidence = aws_lives_on(simulate(Plan()))
    bent = changed_write(evidence, write_of(evidence, "azure", 5), site="aws", epoch=1)

    found = [one for one in found_in(bent) if "by their logs" in one.sentence]

    assert [one.grave for one in found] == [True]


def test_what_a_server_that_was_not_heard_of_any_more_acknowledged_is_grave() -> None:
    """AWS's log is silent from the fault on, and users have its word all the same."""
    evidence = simulate(Plan(killed=True))
    bent = changed_write(evidence, write_of(evidence, "azure", 5), site="aws", epoch=1)

    found = [one for one in found_in(bent) if "by their logs" in one.sentence]

    assert [one.grave for one in found] == [True]
    assert "for 0.0 s at least" in found[0].sentence


def test_a_killed_server_took_writes_until_it_was_last_heard_of() -> None:
    """It says no last word, and what is not known of it is no warning."""
    evidence = simulate(Plan(killed=True))
    assert not any(one.what == "stopped" and one.site == "aws" for one in evidence.logs)

    assert found_in(evidence) == []


def test_an_answer_that_came_late_is_no_second_site() -> None:
    """What AWS committed before the failover may be told to its user after it."""
    evidence = simulate(Plan())
    last = write_of(evidence, "aws", 9)
    assert evidence.history is not None
    ended = evidence.history.writes[write_of(evidence, "azure", 5)].ended

    assert found_in(changed_write(evidence, last, ended=ended)) == []


def test_one_timeline_selected_by_both_is_a_warning() -> None:
    """Two promotions from one history are looked at, whoever wrote on them."""
    evidence = simulate(Plan())
    logs = [replace(one, detail="2") if one.what == "timeline" else one for one in evidence.logs]

    found = found_in(replace(evidence, logs=tuple(logs)))

    assert [(one.grave, one.sentence) for one in found] == [
        (False, "both sites selected timeline 2 at a promotion")
    ]


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (lambda e: replace(e, history=None), "there is no ledger"),
        (
            lambda e: replace(e, epochs={"aws": None, "azure": None}),
            "no database could be asked for its epochs",
        ),
        (
            lambda e: replace(e, strays={"aws": (), "azure": None}),
            "azure's database could not be asked for rows",
        ),
        (
            lambda e: replace(e, logs=tuple(one for one in e.logs if one.site == "aws")),
            "there is no PostgreSQL log of azure",
        ),
        (
            lambda e: replace(e, logs=tuple(LogEvent(e.began_at, s, "said") for s in SITES)),
            "there is no PostgreSQL log of aws and azure",
        ),
    ],
)
def test_what_nobody_can_judge_is_found_too(bend: Bend, why: str) -> None:
    """A witness that is missing is named."""
    found = found_in(bend(simulate(Plan())))

    assert f"not judged: {why}" in [one.sentence for one in found if one.grave]
