"""The real steps of a failback, driven by the real machine in a world in memory."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.domain.gate import GateState
from landbridge.domain.plan import FAILBACK_STATES
from tests.functions.users import Users
from tests.functions.wholeness import what_is_wrong
from tests.functions.world import World
from tests.statemachines.machine import Event, Machine, Run, StepFunction
from tests.statemachines.scripted import WorkerDiedError

REQUEST = {"trigger": "manual", "reason": "AWS is back"}
GONE = {"trigger": "manual", "reason": "AWS is gone", "accept_data_loss": True}
_names: Iterator[str] = (f"run-{number}" for number in range(1, 10_000))
ON_MINISTACK = pytest.mark.parametrize("failback_machine", ["ministack"], indirect=True)


def carry_over(world: World, **request: Any) -> None:
    """Do by hand what a failover leaves: Azure promoted, in epoch 2, the gate open, pods up."""
    asked = {**REQUEST, "planned": False}
    run, event = "gone", {"run": "gone", "epoch": 2, "seen_epoch": 1, "request": asked}
    event["request"] |= {"accept_data_loss": False, **request}
    for step in ("take_lock", "engage_gate", "fence_primary", "scale_standby", "promote_standby"):
        world.run(step, event)
    world.run("verify_writable", {**event, "timeline_before": 1, "action": "promote"})
    for step in ("open_gate", "release_lock"):
        world.run(step, {"run": run, "epoch": 2})


def home(machine: Machine, world: World, **changes: StepFunction) -> Run:
    """Execute the failback once with the world's real steps, but for the changes."""
    functions = {**world.functions(FAILBACK_STATES), **changes}
    return machine.run(functions, next(_names), REQUEST)


@pytest.fixture(name="away")
def _away(world: World) -> World:
    """Give a world with users that went to Azure from a fenced AWS."""
    world.users = Users()
    world.users.write(world)
    world.break_health()
    carry_over(world)
    world.return_aws()
    return world


def test_the_workload_comes_home(failback_machine: Machine, away: World) -> None:
    """AWS serves with all that was ever acknowledged, and Azure is its synchronous standby."""
    one = home(failback_machine, away)
    assert one.ended_in == "Returned", one.cause
    assert what_is_wrong(away, "aws") == []
    assert [gate.state for gate in away.aks.gates][-1] is GateState.CLOSED
    assert away.messages[-1][0] == "landbridge: failback recovered"
    state = one.event_of("record_run")["state"]
    assert state["rebuilt_primary"]["result"]["method"] == "rewind"


def test_it_is_home_already(failback_machine: Machine, away: World) -> None:
    """A second failback changes nothing at all."""
    home(failback_machine, away)
    gate = away.aks.gate
    again = home(failback_machine, away)
    assert again.error == "AlreadyOnAwsError"
    assert (what_is_wrong(away, "aws"), away.aks.gate) == ([], gate)


def test_forked_rows_are_exported_and_told(failback_machine: Machine, asynchronous: World) -> None:
    """What only the old AWS primary had is on disk, counted, and the operators know where."""
    world = asynchronous
    world.users = Users()
    world.azure.linked = False
    world.users.write(world)
    world.lose_aws()
    carry_over(world, accept_data_loss=True)
    only_aws = world.users.missing(world, "azure")
    world.azure.linked = True
    world.return_aws()
    one = home(failback_machine, world)
    assert one.ended_in == "Returned", one.cause
    assert world.aws.exported == only_aws != set()
    assert what_is_wrong(world, "aws", frozenset(only_aws)) == []
    assert f"{len(only_aws)} rows that only the old AWS primary had" in world.messages[-1][1]


def test_sequences_are_moved_before_aws_takes_writes(
    failback_machine: Machine, away: World
) -> None:
    """A sequence that is behind its column is moved while AWS is still held."""
    away.azure.behind = {"public.orders_number_seq": 7}
    seen: list[bool] = []

    def watched(event: Event) -> object:
        seen.append(away.aws.read_only)
        return away.run("resequence_primary", event)

    one = home(failback_machine, away, resequence_primary=watched)
    assert one.ended_in == "Returned", one.cause
    assert (seen, away.aws.behind) == ([True], {"public.orders_number_seq": 0})


def test_aws_that_never_gets_the_last_byte_costs_a_pause(
    failback_machine: Machine, away: World
) -> None:
    """Azure takes writes again, nothing is lost, and the next run goes all of the way."""

    def stuck(event: Event) -> object:
        away.aws.replay_stuck_at = 1
        return away.run("catch_up_primary", event)

    one = home(failback_machine, away, catch_up_primary=stuck)
    assert (one.ended_in, one.error) == ("Not Returned", "ReplayBehindError")
    assert what_is_wrong(away, "azure") == []
    assert "Azure is the active site again" in away.messages[-1][1]
    away.aws.replay_stuck_at = None
    assert home(failback_machine, away).ended_in == "Returned"
    assert what_is_wrong(away, "aws") == []


@ON_MINISTACK
def test_every_step_twice_is_every_step_once(failback_machine: Machine, away: World) -> None:
    """Each step runs two times in a row and the world ends as if it had run once."""

    def twice(step: str) -> StepFunction:
        return lambda event: (away.run(step, event), away.run(step, event))[1]

    steps = {step.name: twice(step.name) for step in FAILBACK_STATES}
    one = home(failback_machine, away, **steps)
    assert one.ended_in == "Returned", one.cause
    assert what_is_wrong(away, "aws") == []


STEPS = [s.name for s in FAILBACK_STATES if s.name not in {"undo_failback", "request_approval"}]


@ON_MINISTACK
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_after_its_work_is_replaced(
    failback_machine: Machine, away: World, step: str
) -> None:
    """The work is done, the answer is lost: the step runs again and the world is the same."""
    deaths = [WorkerDiedError("killed")]

    def dying(event: Event) -> object:
        answer = away.run(step, event)
        if deaths:
            raise deaths.pop()
        return answer

    one = home(failback_machine, away, **{step: dying})
    assert one.ended_in == "Returned", one.cause
    assert deaths == []
    assert what_is_wrong(away, "aws") == []


def test_users_do_not_wait_in_a_hold_that_nobody_ends(
    failback_machine: Machine, away: World
) -> None:
    """A run died in its hold: the next one gives Azure its writes back before it rebuilds AWS."""
    event = {"run": "dead", "epoch": away.run("take_lock", {"run": "dead"})["epoch"]}
    away.run("hold_writes", event)
    assert not away.azure.takes_writes
    away.now += 1_000
    seen: list[bool] = []

    def watched(event: Event) -> object:
        seen.append(away.azure.takes_writes)
        return away.run("rebuild_primary", event)

    one = home(failback_machine, away, rebuild_primary=watched)
    assert one.ended_in == "Returned", one.cause
    assert seen
    assert all(seen)


def test_a_hold_is_not_ended_where_aws_may_have_been_admitted(
    failback_machine: Machine, away: World
) -> None:
    """A run died in its hold and AWS is gone: writes stay held, and the message has the way out."""
    event = {"run": "dead", "epoch": away.run("take_lock", {"run": "dead"})["epoch"]}
    away.run("hold_writes", event)
    away.now += 1_000
    away.aws.stop(clean=False)
    away.eks_up = False
    one = home(failback_machine, away)
    assert (one.ended_in, one.error) == ("Not Returned", "SiteUnknownError")
    assert not away.azure.takes_writes
    assert "Azure's writes may still be held." in away.messages[-1][1]
    assert "AWS may have been admitted, and cannot be held" in away.messages[-1][1]
    assert "ALTER SYSTEM RESET default_transaction_read_only" in away.messages[-1][1]


def test_an_undone_switchover_leaves_aws_held_for_good(away: World) -> None:
    """An admission died with the hold lifted in the file alone: AWS stays held when it restarts."""
    run = {"run": "home", "epoch": away.run("take_lock", {"run": "home"})["epoch"]}
    away.aws.epochs[run["epoch"]] = "home"
    away.aws.pending["read_only"] = False
    away.aws.read_only = True
    away.run("undo_failback", {**run, "admitting": True})
    away.aws.stop(clean=False)
    away.aws.start()
    assert (away.aws.takes_writes, away.azure.takes_writes) == (False, True)
