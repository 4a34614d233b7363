"""How long writes may still be held, whatever the clocks of the steps say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.catching_up import hold_left_seconds
from landbridge.domain.errors import HoldExpiredError

BUDGET_SECONDS = 30.0


def test_the_budget_counts_from_the_first_second() -> None:
    """What has passed since writes were held is gone from the budget."""
    assert hold_left_seconds(100.0, BUDGET_SECONDS, 112.0) == 18.0


def test_a_budget_that_is_over_is_refused() -> None:
    """At its end and after it nobody waits any more."""
    for now in (130.0, 500.0):
        with pytest.raises(HoldExpiredError):
            hold_left_seconds(100.0, BUDGET_SECONDS, now)


@given(st.floats(-1e6, 1e6), st.floats(0.0, 3600.0))
def test_a_clock_behind_gives_no_step_more_than_the_budget(
    held_at: float, behind_seconds: float
) -> None:
    """A step whose clock is behind waits for the whole budget at the most."""
    left = hold_left_seconds(held_at, BUDGET_SECONDS, held_at - behind_seconds)
    assert 0 < left <= BUDGET_SECONDS
