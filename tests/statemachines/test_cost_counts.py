"""The states that a run is billed for are those that it enters."""

from collections.abc import Callable

import pytest

from landbridge.domain import cost_gameday
from tests.statemachines.machine import FLOWS, Run, StepFunction, machine_on_moto
from tests.statemachines.scripted import scripted, scripted_gameday, scripted_home


def _entered(one: Run) -> int:
    return sum("stateEnteredEventDetails" in event for event in one.history)


@pytest.mark.parametrize(
    ("flow", "steps", "states"),
    [
        ("failover", scripted, cost_gameday.FAILOVER_STATES),
        ("failback", scripted_home, cost_gameday.FAILBACK_STATES),
        # Its script looks twice in each of its four phases.
        ("gameday", scripted_gameday, cost_gameday.gameday_states(6, 2)),
    ],
)
def test_a_run_that_goes_well_enters_so_many_states(
    flow: str, steps: Callable[[], dict[str, StepFunction]], states: int
) -> None:
    """Step Functions bills a transition for each state that is entered."""
    with machine_on_moto(FLOWS[flow]) as machine:
        one = machine.run(steps(), f"{flow}-1", {"trigger": "manual", "reason": "r"})
        assert one.status == "SUCCEEDED"
        assert _entered(one) == states
