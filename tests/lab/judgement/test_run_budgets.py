"""How long a run may take before the judge calls it stuck."""

from lab.clouds import names
from lab.drill.following import RUN_SECONDS
from lab.drill.run_budgets import run_budgets
from landbridge.configuration import configuration_from_cdk_json

BUDGETS = configuration_from_cdk_json(names.ROOT / "cdk.json").settings()["budgets"]


def test_a_run_is_found_stuck_before_the_drill_gives_up_on_it() -> None:
    """A drill that stops following breaks: what it would have shown is judged before that."""
    assert all(0.0 < seconds < RUN_SECONDS for seconds in run_budgets(BUDGETS).values())


def test_whoever_grants_less_time_is_told_of_a_stuck_run_earlier() -> None:
    """The budgets are the configuration's own, so a shorter wait makes a shorter run."""
    shorter = run_budgets({**BUDGETS, "rollout_seconds": BUDGETS["rollout_seconds"] - 40.0})

    assert all(shorter[flow] < seconds for flow, seconds in run_budgets(BUDGETS).items())
