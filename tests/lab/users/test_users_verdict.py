"""Judging histories: an honest one holds, and each broken promise is found."""

from collections.abc import Collection
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.users.ledger import History, Write
from lab.users.verdict import Find, Verdict, judge, two_sites_in_one_epoch

FAULT = 100.0


def ack(name: str, at: float, site: str = "aws", epoch: int = 1, took: float = 0.1) -> Write:
    """Return a write acknowledged at ``at``."""
    start = at - took
    return Write(name, start, sent=start, ended=at, site=site, epoch=epoch, number=1)


def fail(name: str, started: float, ended: float, reason: str = "refused") -> Write:
    """Return a failed write."""
    return Write(name, started, ended=ended, reason=reason)


def database(*names: str) -> Find:
    """Return a find over a database that has these orders."""
    return lambda ids: set(names) & set(ids)


HONEST = (
    ack("a1", 98.0),
    ack("a2", 99.0),
    ack("a3", 99.9),
    fail("f1", 100.2, 100.2),
    fail("f2", 101.0, 103.0, "timeout"),
    ack("z1", 108.2, "azure", 2),
    ack("z2", 109.0, "azure", 2),
)
ALL = ("a1", "a2", "a3", "z1", "z2")


def judged(writes: tuple[Write, ...] = HONEST, find: Find | None = None) -> Verdict:
    """Judge with the fault at 100."""
    return judge(History(writes), find or database(*ALL), fault_at=FAULT)


def test_an_honest_history() -> None:
    """A failover that kept its promises is counted as such."""
    assert judged() == Verdict(
        attempted=7,
        acknowledged=5,
        failed=2,
        unanswered=0,
        shed=0,
        missing=0,
        missing_ids=(),
        rpo_seconds=0.0,
        acknowledged_by_both_sites_in_one_epoch=0,
        both_sites_ids=(),
        unacknowledged_but_present=0,
        acknowledged_by_old_site_before_fault=3,
        acknowledged_by_new_site=2,
        rto_seconds=pytest.approx(8.0),
        first_failed_at=100.2,
        first_new_site_at=108.2,
        last_old_site_at=99.9,
        last_new_site_at=109.0,
        failed_after_first_new_site=0,
        failures={"refused": 1, "timeout": 1},
    )


def test_a_lost_acknowledged_write_is_found() -> None:
    """An acknowledged order that the database lacks is missing, and dates the loss."""
    verdict = judged(find=database("a1", "z1", "z2"))

    assert (verdict.missing, verdict.missing_ids) == (2, ("a2", "a3"))
    assert verdict.rpo_seconds == pytest.approx(0.9)


def test_a_write_lost_by_the_new_site_is_found() -> None:
    """Loss counts whichever site gave its word."""
    verdict = judged(find=database("a1", "a2", "a3", "z2"))

    assert verdict.missing_ids == ("z1",)
    assert verdict.rpo_seconds == pytest.approx(0.8)


def test_the_way_home_makes_no_loss_older() -> None:
    """What AWS acknowledged after it came home says nothing about how far back the loss reaches."""
    home = (*HONEST, ack("h1", 160.0, epoch=3))
    verdict = judged(home, database("a1", "z1", "z2", "h1"))

    assert verdict.missing_ids == ("a2", "a3")
    assert verdict.rpo_seconds == pytest.approx(0.9)


def test_an_unacknowledged_write_may_be_there_or_not() -> None:
    """A failed or unanswered write that is there is counted and breaks nothing."""
    writes = (*HONEST, Write("cut", 109.5))

    verdict = judged(writes, database(*ALL, "f2", "cut"))

    assert verdict.unacknowledged_but_present == 2
    assert (verdict.missing, verdict.unanswered) == (0, 1)


def test_a_stale_site_that_still_acknowledges_is_found() -> None:
    """AWS acknowledging in its old epoch a write sent after Azure's newer one is two sites."""
    stale = ack("old", 109.5)

    verdict = judged((*HONEST, stale), database(*ALL, "old"))

    assert verdict.acknowledged_by_both_sites_in_one_epoch == 1
    assert verdict.both_sites_ids == ("old",)


def test_a_late_answer_to_an_early_write_is_no_second_site() -> None:
    """A write sent before the new epoch was seen may be answered after it."""
    late = ack("late", 109.5, took=9.0)

    assert judged((*HONEST, late), database(*ALL, "late")).both_sites_ids == ()


def test_a_write_counts_from_its_sending_not_its_attempt() -> None:
    """A write that waited for its connection until the new epoch was seen is judged by that."""
    waited = replace(ack("old", 109.5, took=9.0), sent=109.3)

    assert two_sites_in_one_epoch([ack("z1", 108.2, "azure", 2), waited]) == ("old",)


def test_one_epoch_acknowledged_by_both_sites_is_found() -> None:
    """Both sites answering with the same epoch number is two sites in one epoch."""
    same = tuple(replace(write, epoch=1) if write.site == "azure" else write for write in HONEST)

    assert judged(same).both_sites_ids == ("z1", "z2")


def test_a_return_in_a_higher_epoch_is_no_second_site() -> None:
    """After a failback AWS acknowledges in a higher epoch than Azure did."""
    back = ack("b1", 120.0, "aws", 3)

    assert judged((*HONEST, back), database(*ALL, "b1")).both_sites_ids == ()


def test_a_site_that_went_back_in_its_own_epochs_is_not_two_sites() -> None:
    """The rule is about two sites; one site's older epoch alone does not show a second."""
    assert two_sites_in_one_epoch([ack("x", 1.0, "aws", 2), ack("y", 2.0, "aws", 1)]) == ()


def test_the_outage_never_begins_before_the_fault() -> None:
    """A write under way when the fault struck counts from the fault."""
    writes = (*HONEST[:3], fail("under way", 99.5, 100.4, "reset"), *HONEST[5:])

    verdict = judged(writes)

    assert verdict.first_failed_at == FAULT
    assert verdict.rto_seconds == pytest.approx(8.2)


def test_a_failure_before_the_fault_is_not_its_doing() -> None:
    """A write that had failed before the fault does not start the clock."""
    writes = (fail("early", 97.0, 97.1), *HONEST)

    assert judged(writes).first_failed_at == 100.2


def test_no_new_site_means_no_rto() -> None:
    """Without an acknowledgement by the new site there is no recovery to time."""
    verdict = judged(HONEST[:5])

    assert (verdict.rto_seconds, verdict.acknowledged_by_new_site) == (None, 0)


def test_no_failed_write_means_an_rto_of_zero() -> None:
    """A switchover in which no write failed took the users nothing."""
    assert judged((*HONEST[:3], *HONEST[5:])).rto_seconds == 0.0


def test_failures_after_recovery_are_counted() -> None:
    """Writes that fail after the new site's first acknowledgement show a half recovery."""
    assert judged((*HONEST, fail("f3", 110.0, 110.1))).failed_after_first_new_site == 1


def test_a_find_that_makes_things_up_is_refused() -> None:
    """A look-up that returns what nobody asked for cannot be trusted with the rest."""

    def find(ids: Collection[str]) -> set[str]:
        return {*ids, "ghost"}

    with pytest.raises(ValueError, match="ghost"):
        judged(find=find)


moments = st.floats(min_value=0.0, max_value=10.0)


@settings(deadline=None)
@given(
    before=st.lists(st.tuples(moments, st.floats(0.001, 2.0)), min_size=1),
    after=st.lists(st.tuples(moments, st.floats(0.001, 2.0)), min_size=1),
    lost=st.integers(min_value=0),
    sent_late=st.floats(0.001, 5.0),
)
def test_any_honest_history_holds_and_any_corruption_shows(
    before: list[tuple[float, float]],
    after: list[tuple[float, float]],
    lost: int,
    sent_late: float,
) -> None:
    """Whatever the order of answers: nothing is found in honesty, and each lie is found."""
    old = [ack(f"a{n}", 90.0 + at, took=took) for n, (at, took) in enumerate(before)]
    new = [ack(f"z{n}", 120.0 + at, "azure", 2, took) for n, (at, took) in enumerate(after)]
    writes = (*old, *new)
    ids = [write.id for write in writes]
    honest = judge(History(writes), database(*ids), fault_at=FAULT)

    assert (honest.missing, honest.acknowledged_by_both_sites_in_one_epoch) == (0, 0)

    victim = ids[lost % len(ids)]
    holed = judge(History(writes), database(*set(ids) - {victim}), fault_at=FAULT)

    assert holed.missing_ids == (victim,)

    first = min(write.ended or 0.0 for write in new)
    stale = ack("stale", first + 2 * sent_late, took=sent_late)
    split = judge(History((*writes, stale)), database(*ids, "stale"), fault_at=FAULT)

    assert split.both_sites_ids == ("stale",)
