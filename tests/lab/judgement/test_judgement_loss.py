"""Rule 1: an acknowledged write that is missing is found, and a loss not reported exactly."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.judgement.evidence import Evidence
from lab.judgement.finding import Rule
from lab.judgement.judge import judge
from lab.users.ledger import History
from tests.lab.judgement.simulated import Plan, changed_world, simulate

Bend = Callable[[Evidence], Evidence]
ASYNC = Plan("async", lost=3)


def without(name: str) -> Bend:
    """Return what removes an order from both databases."""

    def bend(evidence: Evidence) -> Evidence:
        present = {site: (ids or frozenset()) - {name} for site, ids in evidence.present.items()}
        return replace(evidence, present=present)

    return bend


def reported(more: set[str], less: set[str]) -> Bend:
    """Return what bends the report of the loss."""

    def bend(evidence: Evidence) -> Evidence:
        known = evidence.reported_loss or frozenset()
        return replace(evidence, reported_loss=(known | more) - less)

    return bend


def lost_ids(evidence: Evidence) -> list[str]:
    """Return the acknowledged writes that are lost, as the plan has it."""
    return sorted((evidence.reported_loss or frozenset()) - {"unanswered"})


@pytest.mark.parametrize("plan", [Plan(), Plan(cycles=0), Plan("async"), ASYNC])
def test_what_is_there_or_reported_is_not_missed(plan: Plan) -> None:
    """Every acknowledged write is there, or in an asynchronous loss that is reported exactly."""
    assert judge(simulate(plan)) == ()


@pytest.mark.parametrize(
    ("plan", "bend", "sentence"),
    [
        (Plan(), without("w1"), "1 writes are acknowledged and missing: w1"),
        (
            ASYNC,
            without("w1"),
            "1 writes are acknowledged, missing and not reported as lost: w1",
        ),
        (ASYNC, reported({"w1"}, set()), "1 writes are reported as lost and there: w1"),
        (
            ASYNC,
            reported({"w99"}, set()),
            "1 writes are reported as lost, which the old primary never had alone: w99",
        ),
        (
            ASYNC,
            reported(set(), {"unanswered"}),
            "1 writes are committed by the old primary alone and not reported: unanswered",
        ),
        (
            ASYNC,
            lambda evidence: replace(evidence, never_received=frozenset()),
            "4 writes are reported as lost, which the old primary never had alone:",
        ),
        (
            Plan("async"),
            lambda evidence: replace(evidence, never_received=frozenset({"w5000"})),
            "1 writes are committed by the old primary alone and not reported: w5000",
        ),
    ],
)
def test_what_is_missing_or_reported_wrongly_is_found(
    plan: Plan, bend: Bend, sentence: str
) -> None:
    """The ids are named."""
    found = [one for one in judge(bend(simulate(plan))) if one.rule is Rule.LOSS]

    assert [one.sentence[: len(sentence)] for one in found if sentence in one.sentence] == [
        sentence
    ]
    assert all(one.grave for one in found)


def test_an_unreported_loss_is_found_by_both_of_its_signs() -> None:
    """It is acknowledged and missing, and the old primary had it alone."""
    evidence = simulate(ASYNC)
    bent = reported(set(), {lost_ids(evidence)[0]})(evidence)

    found = judge(bent)

    assert [one.rule for one in found] == [Rule.LOSS, Rule.LOSS]
    assert all(one.details == (lost_ids(evidence)[0],) for one in found)


def left_in_azure(evidence: Evidence) -> Evidence:
    """Return the drill as one that leaves the workload in Azure: nobody exported anything."""
    return replace(evidence, exported=False, reported_loss=None)


def test_without_an_export_the_report_of_the_loss_is_not_judged() -> None:
    """The old primary's word cannot confirm itself: a person is told, and nothing is broken."""
    (found,) = judge(left_in_azure(simulate(ASYNC)))

    assert (found.rule, found.grave) == (Rule.LOSS, False)
    assert "nothing was exported" in found.sentence
    assert set(found.details) == {*lost_ids(simulate(ASYNC)), "unanswered"}


def test_without_an_export_a_write_that_the_standby_had_is_missed_all_the_same() -> None:
    """What only the old primary had may be missing, and no more than that."""
    bent = without("w1")(left_in_azure(simulate(ASYNC)))

    (found,) = [one for one in judge(bent) if one.grave]

    assert (found.rule, found.details) == (Rule.LOSS, ("w1",))


def test_a_synchronous_loss_is_no_better_for_being_reported() -> None:
    """In sync mode nothing may be missing."""
    bent = without("w1")(simulate(Plan()))
    bent = replace(bent, reported_loss=frozenset({"w1"}), never_received=frozenset({"w1"}))

    assert [one.rule for one in judge(bent)] == [Rule.LOSS]


@pytest.mark.parametrize(
    ("plan", "bend", "why"),
    [
        (Plan(), lambda e: replace(e, history=None), "there is no ledger"),
        (Plan(), lambda e: replace(e, history=History()), "no write was acknowledged"),
        (
            Plan(),
            lambda e: replace(e, present={"aws": None, "azure": e.present["azure"]}),
            "the database that serves in the end could not be asked",
        ),
        (
            ASYNC,
            lambda e: replace(e, reported_loss=None),
            "nobody knows which writes were reported",
        ),
        (ASYNC, lambda e: replace(e, never_received=None), "nobody asked the old primary"),
        (
            ASYNC,
            lambda e: replace(left_in_azure(e), never_received=None),
            "nobody asked the old primary",
        ),
    ],
)
def test_what_nobody_can_judge_is_found_too(plan: Plan, bend: Bend, why: str) -> None:
    """Evidence that is not there is no evidence of well-being."""
    found = [one for one in judge(bend(simulate(plan))) if one.rule is Rule.LOSS]

    assert [one for one in found if one.sentence.startswith(f"not judged: {why}") and one.grave]


def test_where_nobody_knows_who_serves_a_write_must_be_everywhere() -> None:
    """A write that one of the two lacks may be the one that users miss."""
    evidence = simulate(Plan())
    aws, azure = (evidence.world.databases[site] for site in ("aws", "azure"))
    assert aws is not None
    held = changed_world(evidence, databases={"aws": replace(aws, read_only=True), "azure": azure})
    assert Rule.LOSS not in {one.rule for one in judge(held)}

    ids = held.present["azure"] or frozenset()
    bent = replace(held, present={"aws": held.present["aws"], "azure": ids - {"w1"}})

    assert Rule.LOSS in {one.rule for one in judge(bent)}
