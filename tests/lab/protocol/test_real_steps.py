"""The model against what it models: the machines' states, the handlers, the plan."""

from pathlib import Path

import pytest

from lab.protocol.flow import read_flow
from lab.protocol.lock_and_gate import LEASED
from lab.protocol.programs import PROGRAMS
from landbridge.domain.plan import FAILBACK, FAILOVER

FUNCTIONS = Path(__file__).parents[3] / "functions"


@pytest.mark.parametrize("flow", ["failover", "failback"])
def test_every_task_of_the_machines_has_its_actions(flow: str) -> None:
    """No state of a machine is left out, and no action is of a step that does not exist."""
    steps = {task.step for task in read_flow(flow).tasks.values()}
    assert steps <= set(PROGRAMS)
    assert {step.name for step in FAILOVER + FAILBACK} == set(PROGRAMS)


def test_a_step_is_bounded_by_the_lease_where_its_handler_renews_it() -> None:
    """Those are the bounded ones, of the steps that are several actions."""
    renewing = set()
    for step, program in PROGRAMS.items():
        source = (FUNCTIONS / step / "handler.py").read_text(encoding="utf-8")
        if len(program) > 1 and ("renew_lock(" in source or "take_lock(" in source):
            renewing.add(step)
    assert renewing == LEASED
