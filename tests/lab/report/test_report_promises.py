"""A drill that cannot fail is a defect: each promise, broken, is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lab.report.example import FAULT, example_history, example_refused, example_run
from lab.report.headline import headline
from lab.report.model import DnsAnswer, FenceLayer, IdleFault, RunRecord, Vote
from lab.report.promises import promises
from lab.report.summary import plain_text
from lab.users.ledger import History
from lab.users.verdict import judge


def broken(run: RunRecord) -> list[str]:
    """Return the names of the promises that were not held."""
    return [promise.name for promise in promises(run) if not promise.held]


def test_a_good_run_holds_them_all() -> None:
    """The example keeps every promise, and each says by what numbers."""
    assert broken(example_run()) == []
    assert all(promise.why for promise in promises(example_run()))


def with_verdict(**changes: Any) -> RunRecord:
    """Return the example with other numbers in its verdict."""
    return example_run(verdict=replace(example_run().verdict, **changes))


IDLE = (IdleFault("lag", "had nothing to act on: no standby streams"),)


def test_a_drill_of_a_fault_that_did_nothing_has_shown_nothing() -> None:
    """The one fault that was asked for must have acted; of several it is a note."""
    assert broken(example_run(must_act=("lag",))) == []
    assert broken(example_run(idle=IDLE)) == []
    idle = example_run(must_act=("lag",), idle=IDLE)
    assert broken(idle) == ["The fault had something to act on"]
    assert "no standby streams" in promises(idle)[0].why
    assert "no standby streams" in plain_text(example_run(idle=IDLE))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"manual_steps": ("goes on: failover --resume",)}, "goes on: failover --resume"),
        ({"outcome": "refused", "reason": "no votes"}, "no votes"),
    ],
)
def test_what_is_got_over_needs_nobody(changes: dict[str, Any], why: str) -> None:
    """Recovered with a person's help is not recovered by itself."""
    run = example_run(must_recover=False, recovers=True, **changes)
    (promise,) = (one for one in promises(run) if one.name == "It recovered by itself")
    assert promise.held is not bool(why)
    assert why in promise.why


def with_instants(**changes: float | None) -> RunRecord:
    """Return the example with other moments."""
    return example_run(instants=replace(example_run().instants, **changes))


def with_votes(*votes: Vote) -> RunRecord:
    """Return the example with these votes."""
    return example_run(votes=votes)


DOWN, UP, UNKNOWN = (Vote("one", "down", ""), Vote("two", "up", ""), Vote("three", "unknown", ""))
LOST = "No acknowledged write was lost"
LOST_ASYNC = "Only what the standby had not received was lost"
WROTE = "The users really wrote, before and after"
VOTED = "No single witness decided"
FENCED = "AWS was fenced, with evidence"
STEPS = "Every step ended well"
FIRST = "Nobody was sent to Azure before it could write"
DNS = "DNS stayed on Azure for 3 TTLs"
SERVED = "Azure kept serving for 3 TTLs"


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: example_run(outcome="failed", reason="x"), "The workload recovered"),
        (lambda: with_verdict(rto_seconds=None), "The workload recovered"),
        (lambda: with_verdict(missing=1, missing_ids=("a",)), LOST),
        (
            lambda: with_verdict(acknowledged_by_both_sites_in_one_epoch=1, both_sites_ids=("a",)),
            "Never two sites taking writes at a time",
        ),
        (lambda: with_verdict(attempted=0), WROTE),
        (lambda: with_verdict(acknowledged_by_old_site_before_fault=0), WROTE),
        (lambda: with_verdict(acknowledged_by_new_site=0), WROTE),
        (lambda: with_votes(DOWN, UNKNOWN), VOTED),
        (lambda: with_votes(DOWN, replace(DOWN, witness="two"), UP), VOTED),
        (lambda: example_run(votes=()), VOTED),
        (lambda: example_run(fence=()), FENCED),
        (lambda: example_run(fence=(FenceLayer("pods", "failed", ""),)), FENCED),
        (lambda: example_run(steps=()), STEPS),
        (lambda: example_run(steps=(replace(example_run().steps[0], result="failed"),)), STEPS),
        (lambda: with_instants(gate_opened=FAULT + 5.0), FIRST),
        (lambda: with_instants(writable_verified=FAULT + 7.5), FIRST),
        (lambda: with_instants(pods_ready=None), FIRST),
        (
            lambda: example_run(dns=(*example_run().dns, DnsAnswer(FAULT + 11.0, "aws"))),
            DNS,
        ),
        (lambda: with_instants(zone_answered_azure=None), DNS),
        (lambda: example_run(observed_until=FAULT + 11.0), DNS),
        (lambda: with_verdict(last_new_site_at=FAULT + 11.0), SERVED),
        (lambda: with_verdict(first_new_site_at=None), SERVED),
    ],
)
def test_a_broken_promise_is_found(make: Callable[[], RunRecord], name: str) -> None:
    """One promise broken is that one promise not held, and the headline is not a green one."""
    run = make()

    assert broken(run) == [name]
    assert headline(run).tone == "bad"


def test_a_history_with_a_hole_is_found_all_the_way() -> None:
    """A ledger with one acknowledged order gone from the database ends in a broken promise."""
    history = example_history()
    acked = [write.id for write in history.writes if write.acknowledged]
    verdict = judge(history, lambda asked: set(asked) & set(acked[1:]), fault_at=FAULT)

    assert broken(example_run(verdict=verdict)) == [LOST]


def test_two_sites_are_found_all_the_way() -> None:
    """A ledger in which AWS went on acknowledging ends in a broken promise."""
    history = example_history()
    late = [
        replace(write, site="aws", epoch=1) if number % 50 == 0 else write
        for number, write in enumerate(history.writes)
        if write.site == "azure"
    ]
    writes = [write for write in history.writes if write.site != "azure"] + late
    run = example_run(History(tuple(writes)))

    assert broken(run) == ["Never two sites taking writes at a time"]


def test_async_may_lose_what_the_standby_had_not_received() -> None:
    """In asynchronous replication the known ids may be missing, and only those."""
    verdict = replace(example_run().verdict, missing=2, missing_ids=("a", "b"), rpo_seconds=0.2)
    run = example_run(verdict=verdict, replication="async", allowed_missing_ids=frozenset("ab"))

    assert broken(run) == []
    assert "2 acknowledged writes were lost" in headline(run).sentence
    assert broken(replace(run, allowed_missing_ids=frozenset("a"))) == [LOST_ASYNC]
    assert broken(replace(run, replication="sync")) == [LOST]


def test_votes_are_promised_for_alarms_alone() -> None:
    """A person's decision needs no witnesses."""
    assert broken(example_run(trigger="manual", votes=())) == []


def test_a_refused_run_says_why() -> None:
    """A refusal is neither a success nor a failure, and its reason comes first."""
    said = headline(example_refused())

    assert (said.word, said.tone) == ("Refused", "warn")
    assert "lambda sees AWS up" in said.sentence
    assert "The workload recovered" in broken(example_refused())
