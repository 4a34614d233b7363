"""What a drill is judged for, and what its report says of what was found."""

from dataclasses import replace

import pytest

from lab.drill.judging import found_in, stays_in_azure, told
from lab.drill.options import DrillOptions
from lab.judgement.finding import Finding, Rule
from tests.lab.judgement.simulated import Plan, changed_world, simulate

ASTRAY = changed_world(simulate(Plan()), dns="azure")


@pytest.mark.parametrize(
    ("failback", "gate", "stays"),
    [
        (False, "open", True),
        (False, "closed", False),
        (False, "engaged", False),
        (False, None, False),
        (True, "open", False),
    ],
)
def test_only_a_workload_that_was_left_in_azure_need_not_end_whole(
    *, failback: bool, gate: str | None, stays: bool
) -> None:
    """Where nothing was moved, everything was repaired: then the world shall be whole."""
    assert stays_in_azure(DrillOptions(failback=failback), gate) is stays


def test_a_world_that_shall_be_whole_is_judged_so() -> None:
    """DNS answers another site than the one that serves: found, unless the drill stays away."""
    assert [one.rule for one in found_in(ASTRAY, stays=False)] == [Rule.WHOLE]
    assert found_in(ASTRAY, stays=True) == ()


def test_what_breaks_no_rule_is_told_apart() -> None:
    """A drill fails by the grave ones; the others are for a person to look at."""
    found = Finding(Rule.LOSS, True, "1 is missing", ("w1",))
    looked_at = replace(found, rule=Rule.RUNS, grave=False, sentence="it stopped half way")

    assert told((found, looked_at), grave=True) == (f"{Rule.LOSS.value}: 1 is missing (w1)",)
    assert told((found, looked_at), grave=False) == (
        f"{Rule.RUNS.value}: it stopped half way (w1)",
    )
