"""Each safeguard taken away: the model finds what it was there for, and tells the story."""

import pytest

from lab.protocol.check import check
from lab.protocol.options import Beginning, Options, Safeguard
from lab.protocol.story import Story

SPLIT = "at most one site acknowledges writes in an epoch, and none in an older one"
LOSS = "who acknowledges has every write that was acknowledged before"
LATCH = "the latch holds: an open gate and an Azure that serves keep DNS on Azure"
LOWER = "a lower epoch can do nothing: the gate's epoch never falls"
CLOSED = "a lower epoch can do nothing: Azure is promoted only behind a gate that is not closed"
ALONE = "AWS is never out of DNS because of Azure alone"


def story(safeguard: Safeguard, beginning: Beginning, replication: str = "sync") -> Story | None:
    """Return what the model finds without that safeguard."""
    options = Options(
        beginnings=(beginning,), replications=(replication,), without=safeguard, crashes=0
    )
    (one,) = check(options)
    assert one.story or one.exploration.whole
    return one.story


@pytest.mark.parametrize(
    ("safeguard", "beginning", "replication", "broken", "told"),
    [
        (
            Safeguard.LATCH,
            Beginning.FAILOVER_ALONE,
            "sync",
            LATCH,
            "gate is open, and DNS answers aws",
        ),
        (Safeguard.EPOCH, Beginning.FAILOVER, "sync", LOWER, "writes the gate: engaged, epoch 2"),
        (Safeguard.VOTES, Beginning.FAILOVER_ALONE, "sync", ALONE, "nobody else is asked"),
        (Safeguard.FENCE, Beginning.FAILOVER_ALONE, "async", LOSS, "nobody fences AWS"),
        (Safeguard.PROMOTION_LOCK, Beginning.FAILOVER, "async", CLOSED, "lease has run out"),
        (Safeguard.HELD_PROMOTION, Beginning.FAILOVER_ALONE, "sync", SPLIT, "in epoch 1"),
        (Safeguard.LEASE, Beginning.FAILOVER, "async", SPLIT, "lets AWS's database take writes"),
        (Safeguard.SEEN_GATE, Beginning.CROSSED, "async", LOSS, "late, Engage Gate"),
        (Safeguard.SECOND_LOOK, Beginning.FAILBACK, "sync", SPLIT, "does not look again"),
    ],
    ids=lambda value: value if isinstance(value, Safeguard) else "",
)
def test_without_it_the_model_finds_a_counterexample(
    safeguard: Safeguard, beginning: Beginning, replication: str, broken: str, told: str
) -> None:
    """The invariant that the safeguard is there for breaks, and the story says how."""
    found = story(safeguard, beginning, replication)
    assert found is not None
    assert found.broken == broken
    assert any(told in line for line in found.lines), found.text()


def test_sync_needs_no_fence() -> None:
    """An AWS that waits for a promoted Azure acknowledges nothing: there the fence is evidence."""
    assert story(Safeguard.FENCE, Beginning.FAILOVER_ALONE) is None


def test_a_story_is_read_from_its_first_line_to_the_broken_promise() -> None:
    """One false alarm, no other witness: five moves, numbered, and what they break."""
    found = story(Safeguard.VOTES, Beginning.FAILOVER_ALONE)
    assert found is not None
    outage = "takes the outage for confirmed: the alarm says so, and nobody else is asked"
    assert found.text().splitlines() == [
        "The gate is closed, in epoch 1. AWS's database is a primary; Azure's is a standby.",
        "Run first, a failover, is at Observe Sites.",
        "  1. first, Observe Sites: sees: AWS is active, Azure is its standby",
        f"  2. first, Confirm Outage: {outage}",
        "  3. first, Take Lock: takes the run lock, in epoch 2",
        "  4. first, Engage Gate: reads the gate (closed, epoch 1) and the lock: it may be engaged",
        "  5. first, Engage Gate: writes the gate: engaged, epoch 2",
        "Now the gate is engaged, and DNS answers aws.",
        "Broken: AWS is never out of DNS because of Azure alone.",
    ]
