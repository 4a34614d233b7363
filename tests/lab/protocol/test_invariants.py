"""The protocol as it is: every interleaving up to the bounds, and that the model goes somewhere."""

import pytest

from lab.protocol.check import Checked, check
from lab.protocol.explore import explore, reached
from lab.protocol.options import Beginning, Options
from lab.protocol.rules import without
from lab.protocol.scenarios import SCENARIOS, Bounds
from lab.protocol.step import Model
from lab.protocol.world import Up, World
from landbridge.domain.gate import GateState


def checked(beginning: Beginning, replication: str) -> Checked:
    """Explore one scenario within its own bounds."""
    (one,) = check(Options(beginnings=(beginning,), replications=(replication,)))
    return one


@pytest.mark.parametrize("replication", ["sync", "async"])
@pytest.mark.parametrize("beginning", Beginning)
def test_every_invariant_holds_in_every_order(beginning: Beginning, replication: str) -> None:
    """Two runs, faults, dying workers and returns at any moment: nothing breaks, to the end."""
    one = checked(beginning, replication)
    assert one.story is None, one.story.text()
    assert one.exploration.whole
    assert one.exploration.worlds > 5_000


def worlds(beginning: Beginning, *, synchronous: bool = True) -> set[World]:
    """Return all that one run alone can lead to, with one fault and one worker that dies."""
    model = Model(without(None), synchronous)
    scenario = SCENARIOS[beginning]
    return reached(model, scenario.begin(model, Bounds(1, 1)), scenario.faults)


def test_a_failover_gets_there_and_is_undone() -> None:
    """Azure acknowledges in its own epoch and AWS returns to that; or AWS takes writes again."""
    seen = worlds(Beginning.FAILOVER_ALONE)
    served = {w for w in seen if w.gate.state is GateState.OPEN and w.acknowledged == (1, 2)}
    assert any(not w.runs[0].at and w.lock is not None and not w.lock.holder for w in served)
    assert any(w.aws.answers and w.failed and w.faults_left == 0 for w in served)
    undone = {w for w in seen if w.gate.state is GateState.CLOSED and w.gate.epoch == 2}
    assert any(w.azure.standby and w.aws.takes_writes and not w.runs[0].at for w in undone)


def test_a_failback_gets_home_and_is_undone() -> None:
    """AWS acknowledges in a newer epoch, and Azure protects it; or Azure takes writes again."""
    seen = worlds(Beginning.FAILBACK_ALONE)
    home = {w for w in seen if w.gate.state is GateState.CLOSED and w.acknowledged == (4, 3)}
    assert any(w.azure.standby and w.aws.waits and not w.runs[0].at for w in home)
    held = {w for w in seen if w.azure.held}
    assert held
    after = {w for w in seen if w.aws.timeline == 3 and w.gate.state is GateState.OPEN}
    assert any(w.azure.takes_writes and w.aws.held and not w.runs[0].at for w in after)


def test_an_aws_that_is_home_again_must_not_be_left_because_of_azure() -> None:
    """Its failure is over with the way home: Azure's, after that, is Azure's alone."""
    home = {w for w in worlds(Beginning.FAILBACK_ALONE) if w.gate.state is GateState.CLOSED}
    assert any(not w.failed and w.azure.up is Up.DEAD for w in home)
    assert any(not w.failed and not w.function_app for w in home)
    assert any(w.failed and w.aws.up is Up.DEAD for w in home)


def test_a_run_with_its_votes_may_act_on_an_outage_that_is_over() -> None:
    """AWS came back after it had been confirmed down: until that run ends, nothing is over."""
    acting = {
        world
        for world in worlds(Beginning.FAILOVER_ALONE)
        if any(place.state == "Engage Gate" for place in world.runs[0].at)
    }
    assert any(world.aws.takes_writes and not world.aws.cut for world in acting)
    assert all(world.failed for world in acting)


def test_a_limit_to_the_depth_is_kept() -> None:
    """With a depth the model stops there, and says that it was not all."""
    model = Model(without(None))
    scenario = SCENARIOS[Beginning.FAILOVER_ALONE]
    starts = scenario.begin(model, scenario.bounds)
    found = explore(model, starts, scenario.faults, depth=4)
    assert (found.depth, found.whole, found.broken) == (4, False, "")
