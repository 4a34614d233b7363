"""The real steps, driven by the real machine in a world in memory: what is true at the end."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.domain.errors import DatabaseNotWritableError, OutageNotConfirmedError
from landbridge.domain.gate import GateState
from landbridge.domain.lock import RunLock
from landbridge.domain.plan import FAILOVER
from landbridge.domain.votes import ProbeOutcome
from tests.functions.world import World
from tests.statemachines.machine import Event, Machine, Run, StepFunction
from tests.statemachines.scripted import WorkerDiedError

REQUEST = {"trigger": "alarm", "reason": "AWS is unhealthy by Route 53's checkers"}
QUIET = {
    "gate": "closed",
    "active": "aws",
    "locked": False,
    "dns": "aws",
    "promotions": 0,
    "azure_pods": 0,
    "aws_pods": 2,
    "aws_read_only": False,
    "aws_database_pods": 1,
}
ON_AZURE = {**QUIET, "gate": "open", "active": "azure", "dns": "azure", "azure_pods": 2}
# AWS could not be reached, so what it was it still is; Azure was promoted once.
AWS_LOST = {**ON_AZURE, "promotions": 1}
AWS_FENCED = {
    **ON_AZURE,
    "promotions": 1,
    "aws_pods": 0,
    "aws_read_only": True,
    "aws_database_pods": 0,
}
_names: Iterator[str] = (f"run-{number}" for number in range(1, 10_000))
Functions = dict[str, StepFunction]
# Where the claim is about the steps and not about the machine, one interpreter is enough.
ON_MOTO = pytest.mark.parametrize("machine", ["moto"], indirect=True)
ON_MINISTACK = pytest.mark.parametrize("machine", ["ministack"], indirect=True)


def run(machine: Machine, world: World, functions: Functions | None = None, **request: Any) -> Run:
    """Execute the machine once with the world's real steps."""
    return machine.run(functions or world.functions(), next(_names), {**REQUEST, **request})


def outcome(one: Run) -> tuple[str, str]:
    """Return the last state and the execution's error."""
    return one.ended_in, one.error


def test_a_lost_region_is_failed_over(machine: Machine, world: World) -> None:
    """AWS is gone altogether: Azure serves, promoted once, recorded and told."""
    world.lose_aws()
    one = run(machine, world)
    assert outcome(one) == ("Recovered", "")
    assert world.summary() == AWS_LOST
    assert [gate.state for gate in world.aks.gates] == [GateState.ENGAGED, GateState.OPEN]
    assert {order["site"] for order in world.orders.values()} == {"azure"}
    assert [subject for subject, _ in world.messages] == ["landbridge: failover recovered"]
    assert {kind for _, kind in world.table} == {"look", "run"}


def test_a_live_database_behind_a_dead_entry_is_fenced(machine: Machine, world: World) -> None:
    """AWS's database lives on: it is made read-only and its pods go."""
    world.break_health()
    one = run(machine, world)
    assert outcome(one) == ("Recovered", "")
    assert world.summary() == AWS_FENCED
    state = one.event_of("record_run")["state"]
    evidence = [*state["moved"]["fence"]["evidence"], *state["stopped"]["evidence"]]
    assert {layer["layer"]: layer["result"] for layer in evidence} == {
        "sql": "done",
        "pods": "done",
        "database": "done",
    }


def test_a_second_failover_is_already_on_azure(machine: Machine, world: World) -> None:
    """Running it again without a failback changes nothing at all."""
    world.lose_aws()
    run(machine, world)
    gate, messages = world.aks.gate, list(world.messages)
    again = run(machine, world)
    assert outcome(again) == ("Already On Azure", "")
    assert again.called == ["observe_sites"]
    assert (world.summary(), world.aks.gate, world.messages) == (AWS_LOST, gate, messages)


def test_aws_healthy_again_changes_nothing(machine: Machine, world: World) -> None:
    """The gate latches: an AWS that answers 200 again stays out of DNS."""
    world.lose_aws()
    run(machine, world)
    world.aws.up = world.eks_up = True
    world.own_probe = world.azure_probe = 200
    assert world.summary() == AWS_LOST
    assert outcome(run(machine, world)) == ("Already On Azure", "")
    assert world.summary() == AWS_LOST


@ON_MINISTACK
@pytest.mark.parametrize("answer", [200, 302, 401, 403, 404, 429, *ProbeOutcome])
def test_without_two_votes_nothing_happens(
    machine: Machine, world: World, answer: int | ProbeOutcome
) -> None:
    """Up is up, and denied, throttled, unresolved or timed out is not down."""
    world.break_health()
    world.own_probe = world.azure_probe = answer
    one = run(machine, world)
    if answer in {ProbeOutcome.REFUSED, ProbeOutcome.RESET}:
        assert outcome(one) == ("Recovered", "")
        return
    assert outcome(one) == ("Not Failed Over", "OutageNotConfirmedError")
    assert world.summary() == QUIET
    assert world.aks.gates == []
    assert world.messages[0][0] == "landbridge: failover refused"


def test_one_up_among_down_votes_is_enough_to_refuse(machine: Machine, world: World) -> None:
    """The alarm and one witness say down, the other sees AWS: nothing happens."""
    world.break_health()
    world.azure_probe = 200
    assert outcome(run(machine, world)) == ("Not Failed Over", "OutageNotConfirmedError")
    assert world.summary() == QUIET


def _reconnected(world: World) -> None:
    world.aws.streams_for = 0.5


def _not_connected(world: World) -> None:
    world.azure.linked = False


def _unseen_at_first(world: World) -> None:
    world.function_app_down = 1


@ON_MOTO
@pytest.mark.parametrize("serves_again", [True, False])
@pytest.mark.parametrize("held_up", [_reconnected, _not_connected, _unseen_at_first])
def test_an_aws_that_waited_for_azure_gets_a_moment(
    machine: Machine,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    held_up: Any,
    serves_again: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Azure was away, so AWS could not commit: it is asked again before it is called down."""
    world.settings["budgets"]["settle_seconds"] = 1
    world.install(monkeypatch)
    world.break_health()
    held_up(world)
    world.next_own_probes = [503, 503, 200 if serves_again else 503]
    one = run(machine, world)
    assert world.next_own_probes == []
    if serves_again:
        assert outcome(one) == ("Not Failed Over", "OutageNotConfirmedError")
        assert world.summary() == QUIET
    else:
        assert outcome(one) == ("Recovered", "")


@ON_MOTO
def test_an_aws_that_is_ill_by_itself_is_not_waited_for(
    machine: Machine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standby that streams all the while is no excuse: one look at the witnesses is enough."""
    world.settings["budgets"]["settle_seconds"] = 1
    world.install(monkeypatch)
    world.break_health()
    world.next_own_probes = [503, 200]
    assert outcome(run(machine, world)) == ("Recovered", "")
    assert world.next_own_probes == [200]


@pytest.mark.parametrize("force", [False, True])
def test_an_outage_of_azure_is_none_of_aws(machine: Machine, world: World, force: bool) -> None:  # noqa: FBT001 - a table's column
    """AWS's commits wait for an Azure that died after the look: AWS is left as it is."""
    functions: Functions = world.functions()

    def dies(event: Event) -> object:
        world.aks.kubernetes.database_replicas = 0
        world.azure.stop(clean=False)
        world.own_probe = world.azure_probe = 503  # no commit comes to an end
        return world.run("confirm_outage", event)

    one = run(machine, world, {**functions, "confirm_outage": dies}, force=force)
    assert outcome(one) == ("Not Failed Over", "SiteUnknownError")
    assert world.summary() == QUIET
    assert world.aks.gates == []


@pytest.mark.parametrize(("azure", "confirmed"), [(503, True), (ProbeOutcome.TIMEOUT, False)])
def test_the_watchdog_is_no_second_witness(
    world: World, azure: int | ProbeOutcome, *, confirmed: bool
) -> None:
    """It looks from where the orchestrator's probe does: Azure has to say down too."""
    world.break_health()
    world.azure_probe = azure
    event = {
        "request": {**REQUEST, "trigger": "watchdog", "planned": False, "force": False},
        "settle": "",
    }
    if confirmed:
        assert world.run("confirm_outage", event)["confirmed"]
    else:
        with pytest.raises(OutageNotConfirmedError, match="1 of the 2 votes needed"):
            world.run("confirm_outage", event)


def test_force_goes_against_the_votes(machine: Machine, world: World) -> None:
    """A person who knows better says so, and it is on record."""
    world.break_health()
    world.own_probe = world.azure_probe = ProbeOutcome.TIMEOUT
    one = run(machine, world, force=True)
    assert outcome(one) == ("Recovered", "")
    verdict = one.event_of("record_run")["state"]["verdict"]
    assert verdict["reason"].startswith("forced against the votes: 1 of the 2 votes needed")


def _paused(world: World) -> None:
    world.azure.replay_paused = True


def _behind(world: World) -> None:
    world.aws.lsn += 5000


def _wrong_timeline(world: World) -> None:
    world.aws.timeline = 3


def _two_of_one_name(world: World) -> None:
    world.aws.standbys.append(("azure", "streaming", "potential", "0/3E8"))


def _any_standby(world: World) -> None:
    world.aws.synchronous_standby_names = "ANY 1 (*)"


def _no_longer_synchronous(world: World) -> None:
    world.aws.synchronous_standby_names = ""


def _stuck(world: World) -> None:
    world.azure.replay_stuck_at = 99_000


REFUSED = {
    _behind: ("PromotionRefusedError", "lag: the standby is behind by 5000 bytes of WAL"),
    _wrong_timeline: ("PromotionRefusedError", "timeline: the standby is on timeline 1"),
    _two_of_one_name: ("PromotionRefusedError", "application-name: 2 standbys call themselves"),
    _any_standby: ("PromotionRefusedError", "application-name: synchronous_standby_names is"),
    _no_longer_synchronous: ("PromotionRefusedError", "synchronous-state: the primary required no"),
    _stuck: ("ReplayBehindError", "has replayed WAL to 0/182B8 and received"),
}


@ON_MINISTACK
@pytest.mark.parametrize("fault", REFUSED, ids=lambda fault: fault.__name__)
def test_a_promise_that_would_break_is_undone(machine: Machine, world: World, fault: Any) -> None:
    """Nothing is promoted; the gate, the pods and AWS's writes are as before, with the reason."""
    fault(world)
    world.break_health()
    one = run(machine, world)
    name, reason = REFUSED[fault]
    assert outcome(one) == ("Not Failed Over", name)
    assert world.summary() == QUIET
    assert reason in world.messages[0][1]
    assert [gate.state for gate in world.aks.gates] == [GateState.ENGAGED, GateState.CLOSED]


def test_a_paused_replay_is_resumed_and_caught_up(machine: Machine, world: World) -> None:
    """A pause is no reason to refuse: it is ended and what was received is replayed."""
    _paused(world)
    world.lose_aws()
    assert outcome(run(machine, world)) == ("Recovered", "")
    assert world.summary() == AWS_LOST
    assert world.azure.replayed == world.azure.received


def test_a_delayed_replay_is_left_to_the_promotion(machine: Machine, world: World) -> None:
    """An operator's delay is no reason to refuse or to wait: promoting replays what is there."""
    world.azure.replay_delayed, world.azure.replay_stuck_at = True, 99_000
    world.azure.heartbeat_at = 1.0
    world.lose_aws()
    assert outcome(run(machine, world)) == ("Recovered", "")
    assert world.summary() == AWS_LOST


def test_a_function_app_that_fails_twice_is_asked_again(machine: Machine, world: World) -> None:
    """503 from the Function App, or AKS behind it, costs attempts."""
    world.lose_aws()
    world.function_app_down = 2
    world.aks.failing_calls = 2
    assert outcome(run(machine, world)) == ("Recovered", "")
    assert world.summary() == AWS_LOST


def test_promoted_is_not_ready(machine: Machine, world: World) -> None:
    """While promoted Azure refuses writes, the gate stays engaged; it opens after a read back."""
    world.lose_aws()
    world.azure.failing_writes = 3
    seen: list[tuple[GateState, bool]] = []
    functions: Functions = world.functions()
    write = functions["promote_standby"]

    def watched(event: Event) -> object:
        seen.append((world.aks.gate.state, bool(world.orders)))
        return write(event)

    one = run(machine, world, {**functions, "promote_standby": watched})
    assert outcome(one) == ("Recovered", "")
    assert seen == [(GateState.ENGAGED, False)] * 4
    assert world.azure.epochs[2] == one.event_of("record_run")["run"]


def test_pods_that_never_start_stop_the_run_before_the_flip(machine: Machine, world: World) -> None:
    """DNS stays; the message has the pod, its last lines and the way on, which works."""
    world.lose_aws()
    world.aks.pods_crash = True
    one = run(machine, world)
    assert outcome(one) == ("Stopped", "RolloutPendingError")
    engaged = {**AWS_LOST, "gate": "engaged", "active": "none", "dns": "aws"}
    assert world.summary() == engaged
    (_, message) = world.messages[0]
    assert "pod orders-0 is Pending, CrashLoopBackOff" in message
    assert "starting | cannot read /etc/orders.yaml" in message
    assert "landbridge failover --resume" in message
    world.aks.pods_crash = False
    assert outcome(run(machine, world)) == ("Recovered", "")
    assert world.summary() == AWS_LOST


def test_async_does_not_fail_over_what_it_cannot_fence(
    machine: Machine, asynchronous: World
) -> None:
    """AWS may acknowledge writes that Azure never gets: refused, unless loss is accepted."""
    asynchronous.lose_aws()
    one = run(machine, asynchronous)
    assert outcome(one) == ("Not Failed Over", "FenceUnconfirmedError")
    assert asynchronous.summary() == QUIET
    assert outcome(run(machine, asynchronous, accept_data_loss=True)) == ("Recovered", "")
    assert asynchronous.summary() == AWS_LOST


def test_async_measures_the_lag_at_the_fences_final_lsn(
    machine: Machine, asynchronous: World
) -> None:
    """What lies between the held primary's end and the standby is lag: refused, or accepted."""
    asynchronous.aws.lsn += 5000
    asynchronous.break_health()
    one = run(machine, asynchronous)
    assert outcome(one) == ("Not Failed Over", "PromotionRefusedError")
    assert asynchronous.summary() == QUIET
    assert outcome(run(machine, asynchronous, accept_data_loss=True)) == ("Recovered", "")
    assert asynchronous.summary() == AWS_FENCED


def test_a_planned_switchover_waits_for_the_last_byte(machine: Machine, world: World) -> None:
    """AWS is healthy and held first; Azure is promoted only with everything that AWS had."""
    world.azure.received = world.aws.lsn - 1
    one = run(machine, world, planned=True, accept_data_loss=True)
    assert outcome(one) == ("Not Failed Over", "ReplayBehindError")
    assert world.summary() == QUIET
    world.azure.received = world.aws.lsn
    assert outcome(run(machine, world, planned=True)) == ("Recovered", "")
    assert world.summary() == AWS_FENCED


def test_another_run_is_left_alone(machine: Machine, world: World) -> None:
    """While another run holds the lock, this one changes nothing, and does not free its lock."""
    world.lose_aws()
    other = RunLock("other", 2, lease_seconds=180, renewed_at=world.now)
    world.aks.lock = other
    assert outcome(run(machine, world)) == ("Not Failed Over", "LockHeldError")
    assert world.summary() == {**QUIET, "locked": True}
    assert world.aks.lock == other


def test_name_servers_that_do_not_answer_hold_nothing_up(machine: Machine, world: World) -> None:
    """A run that looks takes DNS for evidence: silence there is no reason to wait."""
    world.lose_aws()
    functions: Functions = world.functions()
    world.dns_answers = False

    def answering_again(event: Event) -> object:
        world.dns_answers = True
        return world.run("open_gate", event)

    one = run(machine, world, {**functions, "open_gate": answering_again})
    assert outcome(one) == ("Recovered", "")
    assert one.event_of("confirm_outage")["request"]["reason"] == REQUEST["reason"]


def test_a_database_promoted_behind_a_closed_gate_needs_a_word(
    machine: Machine, world: World
) -> None:
    """Azure was promoted by hand, or a failback is not finished: a person says which is true."""
    world.azure.in_recovery = False
    world.azure.timeline = 2
    world.lose_aws()
    one = run(machine, world)
    assert outcome(one) == ("Not Failed Over", "SiteUnknownError")
    assert "it was promoted by hand, or a failback is not finished" in world.messages[0][1]
    assert world.summary() == QUIET
    assert outcome(run(machine, world, force=True)) == ("Recovered", "")
    assert world.summary() == {**AWS_LOST, "promotions": 0}


def test_a_gate_left_engaged_is_undone_when_aws_is_up(machine: Machine, world: World) -> None:
    """A run died between the gate and the promotion, and AWS came back: AWS serves again."""
    world.break_health()
    _interrupted(machine, world, "check_promotion")
    assert world.aks.gate.state is GateState.ENGAGED
    world.own_probe = world.azure_probe = 200
    world.now += 1000
    assert outcome(run(machine, world)) == ("Not Failed Over", "OutageNotConfirmedError")
    assert world.summary() == QUIET


STEPS = [step.name for step in FAILOVER if step.name != "undo_failover"]


@ON_MINISTACK
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_after_its_work_is_replaced(
    machine: Machine, world: World, step: str
) -> None:
    """The work is done, the answer is lost: the step runs again and the world is the same."""
    world.break_health()
    functions: Functions = world.functions()
    deaths = [WorkerDiedError("killed")]

    def dying(event: Event) -> object:
        answer = world.run(step, event)
        if deaths:
            raise deaths.pop()
        return answer

    one = run(machine, world, {**functions, step: dying})
    assert outcome(one) == ("Recovered", "")
    assert one.attempts(step) == 2
    assert world.summary() == AWS_FENCED
    assert len(world.orders) == 2


def test_every_step_twice_is_every_step_once(machine: Machine, world: World) -> None:
    """Each step runs two times in a row and the world ends as if it had run once."""
    world.break_health()

    def twice(step: str) -> StepFunction:
        return lambda event: (world.run(step, event), world.run(step, event))[1]

    one = run(machine, world, {step: twice(step) for step in world.functions()})
    assert outcome(one) == ("Recovered", "")
    assert world.summary() == AWS_FENCED
    assert len(world.orders) == 2
    assert [gate.state for gate in world.aks.gates] == [GateState.ENGAGED, GateState.OPEN]


class _GoneError(Exception):
    """The orchestrator's region is gone: no step runs any more."""


def _interrupted(machine: Machine, world: World, last: str) -> Run:
    """Run the machine until ``last`` has done its work; nothing of that run happens after it."""
    gone = False

    def until_last(step: str) -> StepFunction:
        def work(event: Event) -> object:
            nonlocal gone
            if gone:
                raise _GoneError
            gone = step == last
            return world.run(step, event)

        return work

    return run(machine, world, {step: until_last(step) for step in world.functions()})


@ON_MOTO
@pytest.mark.parametrize("last", STEPS)
def test_from_every_interrupted_state_the_machine_converges(
    machine: Machine, world: World, last: str
) -> None:
    """A run that ends after any step is gone on with by starting the machine again."""
    world.break_health()
    _interrupted(machine, world, last)
    world.now += 1000  # the dead run's lease is over
    one = run(machine, world)
    assert one.ended_in in {"Recovered", "Already On Azure"}
    # A run that died between the flip and the fence's last layer leaves that one out: once Azure
    # serves nothing is touched again, and AWS is read-only already.
    pods = 1 if last in {"open_gate", "wait_dns", "smoke_dns"} else 0
    assert {**world.summary(), "locked": False} == {**AWS_FENCED, "aws_database_pods": pods}
    assert outcome(run(machine, world)) == ("Already On Azure", "")


@ON_MINISTACK
@pytest.mark.parametrize("last", ["check_promotion", "undo_failover", "record_run"])
def test_an_interrupted_undo_is_finished_by_the_next_run(
    machine: Machine, world: World, last: str
) -> None:
    """The reason is still there: the next run refuses too, and leaves nothing half done."""
    _behind(world)
    world.break_health()
    _interrupted(machine, world, last)
    world.now += 1000
    assert outcome(run(machine, world)) == ("Not Failed Over", "PromotionRefusedError")
    assert world.summary() == QUIET


def test_a_promotion_that_is_on_is_not_undone(machine: Machine, world: World) -> None:
    """It comes to its end, however late: AWS gets neither its writes nor DNS back beside it."""
    world.break_health()

    def slow(_event: Event) -> object:
        world.azure.read_only = world.azure.promoting = True
        raise DatabaseNotWritableError("still in recovery 60 s after pg_promote")

    one = run(machine, world, {**world.functions(), "promote_standby": slow})
    assert outcome(one) == ("Stopped", "DatabaseNotWritableError")
    assert world.aws.read_only
    assert world.azure.read_only
    assert world.aks.gate.state is GateState.ENGAGED
    assert "being promoted" in world.messages[-1][1]
    assert "Go on with: landbridge failover --resume" in world.messages[-1][1]


def test_what_was_undone_is_not_promoted_by_a_latecomer(machine: Machine, world: World) -> None:
    """A promotion of the undone run that arrives late is refused: its epoch closed the gate."""
    _behind(world)
    world.break_health()
    late: list[Event] = []
    functions: Functions = world.functions()

    def keep(event: Event) -> object:
        late.append({"run": event["run"], "epoch": event["epoch"]})
        return world.run("check_promotion", event)

    def undo(event: Event) -> object:
        answer = world.run("undo_failover", event)
        with pytest.raises(Exception, match="epoch 2 closed the gate") as refused:
            world.run("promote_standby", late[0])
        assert type(refused.value).__name__ == "StaleEpochError"
        return answer

    changed = {**functions, "check_promotion": keep, "undo_failover": undo}
    assert outcome(run(machine, world, changed)) == ("Not Failed Over", "PromotionRefusedError")
    assert world.summary() == QUIET
