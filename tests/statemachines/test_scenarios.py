"""Each way through the failover machine, on each interpreter, with steps that follow a script."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.domain import errors
from landbridge.domain.ending import describe_ending
from landbridge.domain.plan import FAILOVER
from landbridge.domain.starting import moment_of
from tests.statemachines.machine import FOLDER, Machine, Run
from tests.statemachines.scripted import WorkerDiedError, scripted, seen

REQUEST = {"trigger": "manual", "reason": "a test"}
BEFORE = ["observe_sites", "confirm_outage", "take_lock", "engage_gate"]
MOVING = {
    "fence_primary",
    "scale_standby",
    "check_promotion",
    "promote_standby",
    "verify_writable",
}
AFTER = ["wait_rollout", "smoke_standby", "open_gate", "wait_dns", "smoke_dns"]
LAST_LAYER = "stop_primary"
ENDING = ["record_run", "notify_operators", "release_lock"]
_names: Iterator[str] = (f"run-{number}" for number in range(1, 10_000))


def run(machine: Machine, **changes: Any) -> Run:
    """Execute the machine once with the scripted steps."""
    return machine.run(scripted(**changes), next(_names), REQUEST)


def ended(seen_run: Run) -> tuple[str, str, str]:
    """Return the execution's status, its error and its last state."""
    return seen_run.status, seen_run.error, seen_run.ended_in


def test_a_failover_walks_all_steps_in_order(machine: Machine) -> None:
    """Votes, lock, gate; fence, pods and database at once; rollout, smoke, flip, smoke, stop."""
    one = run(machine)
    assert ended(one) == ("SUCCEEDED", "", "Recovered")
    assert one.called[:4] == BEFORE
    assert set(one.called[4:9]) == MOVING
    assert one.called[9:] == [*AFTER, LAST_LAYER, *ENDING]
    assert len(one.calls) == len(one.called)


def test_landbridge_reads_its_own_steps_from_the_history(machine: Machine) -> None:
    """What the command line and the report show is what was called, with the attempts of each."""
    one = run(machine, open_gate=[errors.FunctionUnavailableError("503"), {"state": "open"}])
    shown = {name: (step.result, step.attempts) for name, step in one.steps.items()}
    expected = dict.fromkeys(one.called, ("done", 1))
    assert shown == {**expected, "open_gate": ("done", 2)}


def test_the_record_is_told_which_execution_it_is_of(machine: Machine) -> None:
    """Record Run gets the execution's ARN, whose steps it reads, and when the run began."""
    event = run(machine).event_of("record_run")
    assert event["execution"].endswith(f":{event['run']}")
    assert 0 < moment_of("started_at", event["started_at"]) < time.time() + 1


def test_each_step_is_handed_what_it_needs(machine: Machine) -> None:
    """The run's name, its epoch and the request reach the steps that act."""
    one = run(machine, observe_sites=seen(fence_first=True))
    name = one.event_of("take_lock")["run"]
    mine = {"run": name, "epoch": 2}
    request = {"planned": False, "fence_first": True}
    assert one.event_of("observe_sites") == {"input": REQUEST, "run": name, "retries": 0}
    assert one.event_of("confirm_outage") == {"run": name, "request": request, "settle": ""}
    assert one.event_of("fence_primary") == {**mine, "request": request}
    assert one.event_of("check_promotion") == {**mine, "request": request, "final_lsn": 4096}
    assert one.event_of("verify_writable") == {**mine, "timeline_before": 1, "action": "promote"}
    assert one.event_of("engage_gate") == {**mine, "seen_epoch": 1}
    for step in ("scale_standby", "promote_standby", "wait_rollout", "open_gate"):
        assert one.event_of(step) == mine
    for step in ("smoke_standby", "stop_primary"):
        assert one.event_of(step) == mine
    for step in ("wait_dns", "smoke_dns"):
        assert one.event_of(step) == {"run": name, "site": "azure"}
    assert one.event_of("release_lock") == {"run": name}


def test_a_look_that_was_taken_again_says_so(machine: Machine) -> None:
    """Observe Sites is told how often it was tried: what could not be seen at first is evidence."""
    away = errors.SiteUnknownError("Azure's database: connection refused")
    one = run(machine, observe_sites=[away, away, seen()])
    assert ended(one) == ("SUCCEEDED", "", "Recovered")
    tries = [event["retries"] for name, event in one.calls if name == "observe_sites"]
    assert tries == [0, 1, 2]


def test_sync_fences_beside_the_promotion_without_a_token(machine: Machine) -> None:
    """In sync mode the promotion does not wait for the fence, so there is no LSN to wait for."""
    one = run(machine)
    assert one.event_of("check_promotion")["final_lsn"] is None
    assert one.attempts("fence_primary") == 1


def test_async_fences_before_anything_moves(machine: Machine) -> None:
    """In async mode the fence comes first, once, and its final LSN goes to the promotion gate."""
    one = run(machine, observe_sites=seen(fence_first=True))
    assert ended(one) == ("SUCCEEDED", "", "Recovered")
    assert one.called[:5] == [*BEFORE, "fence_primary"]
    assert one.attempts("fence_primary") == 1


def test_already_on_azure_touches_nothing(machine: Machine) -> None:
    """A second failover looks, and that is all."""
    one = run(machine, observe_sites=seen("on_azure", dns="azure"))
    assert ended(one) == ("SUCCEEDED", "", "Already On Azure")
    assert one.called == ["observe_sites"]


def test_on_azure_without_dns_waits_for_dns_alone(machine: Machine) -> None:
    """A run that stopped after the flip goes on there; nothing is moved again, or stopped."""
    one = run(machine, observe_sites=seen("on_azure", gate={"state": "open", "epoch": 2}))
    assert ended(one) == ("SUCCEEDED", "", "Recovered")
    assert one.called == ["observe_sites", "wait_dns", "smoke_dns", *ENDING]


def test_dns_that_never_follows_stops_the_run(machine: Machine) -> None:
    """On Azure, but the name servers say otherwise for good: the run fails and says so."""
    error = errors.DnsNotSwitchedError("the name servers answer aws")
    one = run(machine, observe_sites=seen("on_azure"), wait_dns=error)
    assert ended(one) == ("FAILED", "DnsNotSwitchedError", "Stopped")
    assert one.called == ["observe_sites", "wait_dns", *ENDING]


def test_moving_resumes_without_votes(machine: Machine) -> None:
    """Azure is promoted already: nobody is asked whether AWS is down."""
    one = run(machine, observe_sites=seen("moving", gate={"state": "engaged", "epoch": 1}))
    assert ended(one) == ("SUCCEEDED", "", "Recovered")
    assert "confirm_outage" not in one.called
    assert set(one.called) == {step.name for step in FAILOVER} - {"confirm_outage", "undo_failover"}


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("observe_sites", errors.InvalidEventError("reason: missing")),
        ("observe_sites", errors.SiteUnknownError("the gate could not be read")),
        ("confirm_outage", errors.OutageNotConfirmedError("orchestrator sees AWS up")),
        ("take_lock", errors.LockHeldError("run other holds the lock")),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_refused_before_the_gate_undoes_nothing(
    machine: Machine, step: str, error: errors.LandbridgeError
) -> None:
    """A refusal before anything was changed is recorded and told, and nothing is touched."""
    one = run(machine, **{step: error})
    name = type(error).__name__
    assert ended(one) == ("FAILED", name, "Not Failed Over")
    assert one.called == [*BEFORE[: BEFORE.index(step) + 1], *ENDING]
    assert json.loads(one.cause) == {"errorType": name, "errorMessage": str(error)}
    ending = describe_ending("r", one.event_of("record_run")["state"])
    assert (ending.outcome, ending.reason) == ("refused", f"{name}: {error}")
    assert "This run changed nothing." in ending.message


def test_an_unconfirmed_outage_undoes_what_an_earlier_run_left_engaged(machine: Machine) -> None:
    """A gate that a dead run left engaged does not keep AWS out once AWS is seen up."""
    one = run(
        machine,
        observe_sites=seen(gate={"state": "engaged", "epoch": 1}),
        confirm_outage=errors.OutageNotConfirmedError("azure sees AWS up"),
    )
    assert ended(one) == ("FAILED", "OutageNotConfirmedError", "Not Failed Over")
    assert one.called == ["observe_sites", "confirm_outage", "undo_failover", *ENDING]


def test_a_refused_engagement_undoes_nothing(machine: Machine) -> None:
    """Another run wrote the gate since the look: what there is to undo is not this run's."""
    error = errors.StaleEpochError("it is in 3 now", "start the machine again")
    one = run(machine, engage_gate=error)
    assert ended(one) == ("FAILED", "StaleEpochError", "Not Failed Over")
    assert one.called == ["observe_sites", "confirm_outage", "take_lock", "engage_gate", *ENDING]
    ending = describe_ending("r", one.event_of("record_run")["state"])
    assert "This run changed nothing." in ending.message


def test_a_refused_promotion_is_undone_recorded_and_unlocked(machine: Machine) -> None:
    """The reason is recorded with the undo's notes, and the lock is freed after that."""
    error = errors.PromotionRefusedError("lag: the standby is behind by 9 bytes")
    one = run(machine, check_promotion=error)
    assert ended(one) == ("FAILED", "PromotionRefusedError", "Not Failed Over")
    assert one.called[-4:] == ["undo_failover", *ENDING]
    assert set(one.called[4:-4]) == {"fence_primary", "scale_standby", "check_promotion"}
    state = one.event_of("record_run")["state"]
    ending = describe_ending("r", state)
    assert (ending.outcome, ending.reason) == ("refused", f"PromotionRefusedError: {error}")
    assert "Undone: AWS's pods: 2." in ending.message
    assert one.event_of("notify_operators")["state"]["error"] == state["error"]
    assert one.event_of("release_lock") == {"run": one.event_of("record_run")["run"]}


def test_nothing_is_undone_before_every_branch_has_ended(machine: Machine) -> None:
    """The fence and the scaling of the same run are over before the undo begins."""
    one = run(machine, check_promotion=errors.PromotionRefusedError("timeline"))
    order = [name for name, _ in one.calls]
    undo = order.index("undo_failover")
    assert {"fence_primary", "scale_standby"} <= set(order[:undo])
    assert not {"fence_primary", "scale_standby"} & set(order[undo:])


@pytest.mark.parametrize("step", ["engage_gate", "fence_primary"])
def test_a_failure_between_the_gate_and_the_move_is_undone(machine: Machine, step: str) -> None:
    """Engaging or fencing first that fails for good undoes the gate."""
    error = errors.FenceUnconfirmedError("AWS may acknowledge writes")
    one = run(machine, observe_sites=seen(fence_first=True), **{step: error})
    assert ended(one) == ("FAILED", "FenceUnconfirmedError", "Not Failed Over")
    assert one.called[-4:] == ["undo_failover", *ENDING]
    assert "promote_standby" not in one.called


def test_a_fence_beside_that_fails_is_evidence(machine: Machine) -> None:
    """In sync mode a promoted Azure silences AWS anyway: the run recovers and says it."""
    one = run(machine, fence_primary=errors.AccessDeniedError("EKS says no"))
    assert ended(one) == ("SUCCEEDED", "", "Recovered")
    message = describe_ending("r", one.event_of("record_run")["state"]).message
    assert "AWS was not fenced: AccessDeniedError: EKS says no." in message


def test_pods_that_cannot_be_wished_for_stop_the_run_after_promotion(machine: Machine) -> None:
    """Azure is promoted, its pods are not there: nothing is undone, the gate stays as it is."""
    one = run(machine, scale_standby=errors.ClusterUnavailableError("AKS did not answer"))
    assert ended(one) == ("FAILED", "ClusterUnavailableError", "Stopped")
    assert set(one.called) == {*BEFORE, *MOVING, *ENDING}
    assert one.attempts("scale_standby") == 7


@pytest.mark.parametrize("step", AFTER)
def test_after_promotion_nothing_is_undone(machine: Machine, step: str) -> None:
    """A step that fails for good after promotion stops the run with the command to resume."""
    error = errors.RolloutPendingError("0 of 2 pods are ready; pod orders-0 is Pending")
    one = run(machine, **{step: error})
    assert ended(one) == ("FAILED", "RolloutPendingError", "Stopped")
    assert one.called[9:] == [*AFTER[: AFTER.index(step) + 1], *ENDING]
    ending = describe_ending("r", one.event_of("record_run")["state"])
    assert ending.outcome == "failed"
    assert "pod orders-0 is Pending" in ending.message
    assert "landbridge failover --resume" in ending.message


def test_an_undo_that_comes_too_late_stops_the_run(machine: Machine) -> None:
    """Where the undo finds Azure promoted, nothing is undone and both reasons are told."""
    one = run(
        machine,
        verify_writable=errors.DatabaseNotWritableError("no committed write"),
        undo_failover=errors.AlreadyPromotedError("Azure's database is promoted"),
    )
    assert ended(one) == ("FAILED", "DatabaseNotWritableError", "Stopped")
    reason = describe_ending("r", one.event_of("record_run")["state"]).reason
    assert reason == (
        "DatabaseNotWritableError: no committed write; "
        "not undone: AlreadyPromotedError: Azure's database is promoted"
    )


def test_a_database_that_cannot_be_stopped_does_not_spoil_a_recovery(machine: Machine) -> None:
    """The fence's last layer fails for good: users are served, the message says what AWS lacks."""
    one = run(machine, stop_primary=errors.FunctionUnavailableError("POST lock: answered 503"))
    assert ended(one) == ("SUCCEEDED", "", "Recovered")
    assert one.called[-4:] == [LAST_LAYER, *ENDING]
    message = describe_ending("r", one.event_of("record_run")["state"]).message
    assert "AWS's database was not stopped: FunctionUnavailableError: POST lock" in message


@pytest.mark.parametrize("step", ENDING)
def test_what_fails_at_the_end_does_not_spoil_a_recovery(machine: Machine, step: str) -> None:
    """A table, a topic or a lock that does not answer leaves the recovery a recovery."""
    one = run(machine, **{step: errors.SiteUnknownError("no answer")})
    assert ended(one) == ("SUCCEEDED", "", "Recovered")
    assert one.called[-3:] == ENDING
    assert one.attempts(step) == (5 if step == "release_lock" else 21)


@pytest.mark.parametrize("step", ENDING)
def test_what_fails_at_the_end_keeps_a_refusals_reason(machine: Machine, step: str) -> None:
    """The execution's own error is the refusal, whatever fails afterwards."""
    refusal = errors.OutageNotConfirmedError("up")
    one = run(machine, confirm_outage=refusal, **{step: errors.ConfigurationError("not set")})
    assert ended(one) == ("FAILED", "OutageNotConfirmedError", "Not Failed Over")


@pytest.mark.parametrize("step", [step.name for step in FAILOVER])
def test_a_worker_that_dies_once_is_replaced(machine: Machine, step: str) -> None:
    """A worker lost in any one step costs an attempt and nothing else."""
    well: Any = scripted()[step]
    changes = {step: [WorkerDiedError("RequestId: 1 Error: Runtime exited"), well]}
    if step == "undo_failover":
        refusal = errors.PromotionRefusedError("lag")
        one = run(machine, check_promotion=refusal, **changes)
        assert ended(one) == ("FAILED", "PromotionRefusedError", "Not Failed Over")
    else:
        one = run(machine, **changes)
        assert ended(one) == ("SUCCEEDED", "", "Recovered")
    assert one.attempts(step) == 2
    assert len(one.calls) == len(one.called) + 1


def test_a_function_app_that_fails_twice_costs_two_attempts(machine: Machine) -> None:
    """Each call of the Function App is made again until it answers."""
    away = errors.FunctionUnavailableError("POST scale: answered 503")
    one = run(machine, scale_standby=[away, away, {"desired": 2, "ready": 0}])
    assert ended(one) == ("SUCCEEDED", "", "Recovered")
    assert one.attempts("scale_standby") == 3


@pytest.mark.parametrize("step", ["take_lock", "promote_standby", "open_gate"])
def test_a_step_that_never_answers_is_tried_as_often_as_the_text_says(
    machine: Machine, step: str
) -> None:
    """Both interpreters of the cloud's and a takeover count the same attempts, and then end."""
    away = errors.FunctionUnavailableError("answered 503")
    one = run(machine, **{step: away})
    assert (one.status, one.error) == ("FAILED", "FunctionUnavailableError")
    assert one.attempts(step) == 1 + _retries(step, "FunctionUnavailableError")


def _retries(step: str, error: str) -> int:
    title = next(one.substitution for one in FAILOVER if one.name == step)
    states = dict(_tasks(json.loads((FOLDER / "failover.asl.json").read_text(encoding="utf-8"))))
    (state,) = [one for one in states.values() if one["Resource"] == f"${{{title}}}"]
    return next(int(r["MaxAttempts"]) for r in state["Retry"] if error in r["ErrorEquals"])


def _tasks(machine: Any) -> Iterator[tuple[str, Any]]:
    for name, state in machine["States"].items():
        if state["Type"] == "Task":
            yield name, state
        for branch in state.get("Branches", []):
            yield from _tasks(branch)


def test_an_unexpected_error_before_promotion_is_undone(machine: Machine) -> None:
    """A bug is not retried; the run is undone with the bug's own name."""
    one = run(machine, check_promotion=ZeroDivisionError("division by zero"))
    assert ended(one) == ("FAILED", "ZeroDivisionError", "Not Failed Over")
    assert one.attempts("check_promotion") == 1
    assert "undo_failover" in one.called
