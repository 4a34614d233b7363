"""The arithmetic of a rolling update."""

from hypothesis import given
from hypothesis import strategies as st

from lab.kubernetes.controllers.rollout import Counts, Limits, limits, new_size, old_sizes

SHARES = st.one_of(st.integers(0, 5), st.integers(0, 100).map(lambda n: f"{n}%"))
SETS = st.integers(0, 8).flatmap(
    lambda asked: st.integers(0, asked).map(lambda available: Counts(asked, available))
)


@st.composite
def rollouts(draw: st.DrawFn) -> tuple[Counts, list[Counts], Limits]:
    """Draw a Deployment somewhere in a rollout."""
    strategy = {"rollingUpdate": {"maxSurge": draw(SHARES), "maxUnavailable": draw(SHARES)}}
    bounds = limits(draw(st.integers(0, 8)), strategy)
    return draw(SETS), draw(st.lists(SETS, max_size=3)), bounds


@given(rollouts())
def test_never_more_than_the_surge(rollout: tuple[Counts, list[Counts], Limits]) -> None:
    """The new ReplicaSet grows only where the total stays within replicas and surge."""
    new, old, bounds = rollout
    size = new_size(new, old, bounds)

    total = size + sum(counts.asked for counts in old)
    assert size <= bounds.replicas
    assert size <= new.asked or total <= bounds.most


@given(rollouts())
def test_never_fewer_than_the_minimum(rollout: tuple[Counts, list[Counts], Limits]) -> None:
    """Old pods go only as far as enough available ones are left."""
    new, old, bounds = rollout
    if bounds.replicas == 0:
        return
    sizes = old_sizes(new, old, bounds)

    assert all(0 <= size <= counts.asked for size, counts in zip(sizes, old, strict=True))
    before = new.available + sum(counts.available for counts in old)
    after = new.available + sum(
        min(size, counts.available) for size, counts in zip(sizes, old, strict=True)
    )
    assert after >= min(before, bounds.least)


@given(st.integers(1, 8), SHARES, SHARES)
def test_a_rollout_ends(replicas: int, surge: int | str, unavailable: int | str) -> None:
    """Whatever the strategy, a rollout whose pods become available moves all of them."""
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    bounds = limits(replicas, {"rollingUpdate": rolling})
    new, old = Counts(0, 0), Counts(replicas, replicas)
    for _step in range(4 * replicas + 4):
        size = new_size(new, [old], bounds)
        left = old_sizes(Counts(size, new.available), [old], bounds)[0]
        new, old = Counts(size, size), Counts(left, left)

    assert (new.asked, old.asked) == (replicas, 0)


def test_shares_are_rounded_apart() -> None:
    """A surge in per cent is rounded up, unavailability down."""
    quarter = {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}

    assert limits(3, quarter) == Limits(3, 4, 3)
    assert limits(10, quarter) == Limits(10, 13, 8)


def test_both_zero_cannot_be() -> None:
    """If neither more nor fewer pods are allowed, one may be unavailable."""
    stuck = {"rollingUpdate": {"maxSurge": "0%", "maxUnavailable": "0%"}}

    assert limits(2, stuck) == Limits(2, 2, 1)
