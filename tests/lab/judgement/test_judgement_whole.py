"""Rule 6: whatever is not whole in the end is found, by its own sentence."""

from dataclasses import replace
from typing import Any

import pytest

from lab.judgement.evidence import Evidence
from lab.judgement.finding import Rule
from lab.judgement.judge import judge
from lab.judgement.whole import is_whole
from lab.judgement.world import (
    DatabaseSeen,
    GateSeen,
    LockSeen,
    PodsSeen,
    StandbySeen,
    World,
)
from tests.lab.judgement.simulated import Plan, simulate

STREAMS = StandbySeen("azure", "streaming", "sync", "reserved")
AWS = DatabaseSeen(False, False, 3, "aws", "7:same", (STREAMS,))
AZURE = DatabaseSeen(True, False, 3, "aws", "7:same")
AT_HOME = simulate(Plan()).world


def at(**changes: Any) -> World:
    """Return the world at home, changed."""
    return replace(AT_HOME, **changes)


def databases(aws: DatabaseSeen | None, azure: DatabaseSeen | None) -> World:
    """Return the world at home with other databases."""
    return at(databases={"aws": aws, "azure": azure})


def test_the_world_at_home_is_whole() -> None:
    """One primary, one synchronous standby by a slot, and all else agrees."""
    assert databases(AWS, AZURE) == AT_HOME
    assert is_whole(AT_HOME) == ()


def test_the_world_at_azure_is_whole() -> None:
    """The mirror image: the gate is open, Azure serves, AWS is its standby."""
    standby = StandbySeen("aws", "streaming", "async", "reserved")
    world = World(
        replication="async",
        databases={
            "aws": DatabaseSeen(True, False, 4, "azure", "9:same"),
            "azure": DatabaseSeen(False, False, 4, "azure", "9:same", (standby,)),
        },
        pods={"aws": PodsSeen(0, 0, 0), "azure": PodsSeen(3, 3, 3)},
        gate=GateSeen("open", "azure", 5),
        lock=LockSeen(""),
        dns="azure",
    )
    assert is_whole(world) == ()


@pytest.mark.parametrize(
    ("world", "reason"),
    [
        (databases(AWS, replace(AWS, standbys=())), "both databases take writes"),
        (
            databases(replace(AWS, read_only=True), AZURE),
            "no database takes writes: aws's is a read-only primary, azure's is a standby",
        ),
        (
            databases(replace(AWS, standbys=()), AZURE),
            "aws's database has not azure as its one streaming standby, but nobody",
        ),
        (
            databases(replace(AWS, standbys=(replace(STREAMS, state="catchup"),)), AZURE),
            "aws's database has not azure as its one streaming standby, but nobody",
        ),
        (
            databases(replace(AWS, standbys=(STREAMS, replace(STREAMS, name="stray"))), AZURE),
            "aws's database has not azure as its one streaming standby, but azure, stray",
        ),
        (
            databases(replace(AWS, standbys=(replace(STREAMS, sync_state="async"),)), AZURE),
            "azure's standby is async, and shall be sync",
        ),
        (
            databases(replace(AWS, standbys=(replace(STREAMS, slot=""),)), AZURE),
            "azure's standby has no slot that keeps its WAL: it has none",
        ),
        (
            databases(replace(AWS, standbys=(replace(STREAMS, slot="lost"),)), AZURE),
            "azure's standby has no slot that keeps its WAL: lost",
        ),
        (
            databases(AWS, replace(AZURE, in_recovery=False, read_only=True)),
            "azure's database is no standby, but a read-only primary",
        ),
        (
            databases(AWS, replace(AZURE, digest="6:other")),
            "azure's database does not hold what aws's does",
        ),
        (
            databases(AWS, replace(AZURE, epoch=2)),
            "azure's database does not hold what aws's does",
        ),
        (
            databases(replace(AWS, epoch_site="azure"), AZURE),
            "aws takes writes in epoch 3, which is azure's",
        ),
        (at(gate=GateSeen("open", "aws", 3)), "the gate is open for aws, and aws takes writes"),
        (
            at(gate=GateSeen("engaged", "none", 3)),
            "the gate is engaged for none, and aws takes writes",
        ),
        (
            at(gate=GateSeen("closed", "aws", 2)),
            "the gate is of epoch 2, aws's database of epoch 3",
        ),
        (at(dns="azure"), "DNS answers azure, and aws takes writes"),
        (at(dns="none"), "DNS answers none, and aws takes writes"),
        (at(lock=LockSeen("run-7")), "the run lock is held by run-7"),
        (
            at(pods={"aws": PodsSeen(2, 2, 1), "azure": PodsSeen(0, 0, 0)}),
            "aws serves with 1 of 2 pods ready, 2 there",
        ),
        (
            at(pods={"aws": PodsSeen(2, 3, 2), "azure": PodsSeen(0, 0, 0)}),
            "aws serves with 2 of 2 pods ready, 3 there",
        ),
        (
            at(pods={"aws": PodsSeen(0, 0, 0), "azure": PodsSeen(0, 0, 0)}),
            "aws serves with 0 of 0 pods ready, 0 there",
        ),
        (
            at(pods={"aws": PodsSeen(2, 2, 2), "azure": PodsSeen(0, 1, 1)}),
            "azure has 1 pods and wants 0, and shall have none",
        ),
        (
            at(pods={"aws": PodsSeen(2, 2, 2), "azure": PodsSeen(2, 0, 0)}),
            "azure has 0 pods and wants 2, and shall have none",
        ),
        (at(gate=None, unseen={"the gate": "timed out"}), "the gate could not be seen: timed out"),
        (at(dns=None), "DNS could not be seen: nobody looked"),
        (at(lock=None), "the run lock could not be seen: nobody looked"),
        (
            at(pods={"aws": PodsSeen(2, 2, 2), "azure": None}),
            "azure's pods could not be seen: nobody looked",
        ),
    ],
)
def test_each_thing_that_is_not_so_is_the_one_reason(world: World, reason: str) -> None:
    """Everything else stays right, and nothing else is said."""
    assert is_whole(world) == (reason,)


def test_an_epoch_that_was_undone_leaves_the_gate_ahead() -> None:
    """A refused run takes an epoch that no database has: the gate may be newer."""
    assert is_whole(at(gate=GateSeen("closed", "aws", 9))) == ()


def test_a_database_that_cannot_be_seen_is_said_and_guessed_nothing_of() -> None:
    """The one that is seen to take writes serves; of the other nothing is claimed."""
    world = databases(AWS, None)

    assert is_whole(world) == ("azure's database could not be seen: nobody looked",)
    assert world.serving == "aws"


def orders(aws: set[str] | None, azure: set[str] | None) -> Evidence:
    """Return a drill's evidence with more orders in its databases, or with none to be read."""
    evidence = simulate(Plan())
    more = {"aws": aws, "azure": azure}
    present = {
        site: None if ids is None else (evidence.present[site] or frozenset()) | ids
        for site, ids in more.items()
    }
    return replace(evidence, present=present)


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        (orders({"x"}, set()), "1 orders are in aws's database alone: x"),
        (orders(set(), {"x"}), "1 orders are in azure's database alone: x"),
        (orders(set(), None), "not judged: the orders of azure could not be read"),
    ],
)
def test_databases_of_different_orders_are_found(evidence: Evidence, sentence: str) -> None:
    """Row by row, whatever the digests say."""
    found = [one for one in judge(evidence) if one.rule is Rule.WHOLE]

    assert [(one.grave, one.sentence) for one in found] == [(True, sentence)]


def test_a_world_that_is_not_whole_fails_the_drill() -> None:
    """Each reason is a grave finding."""
    evidence = replace(simulate(Plan()), world=at(dns="azure", lock=LockSeen("run-7")))

    found = [one for one in judge(evidence) if one.rule is Rule.WHOLE]

    assert [one.grave for one in found] == [True, True]
