"""Each way through the failback machine, on both interpreters, with steps that follow a script."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.domain import errors
from landbridge.domain.ending import describe_ending
from landbridge.domain.plan import FAILBACK_STATES
from tests.statemachines.machine import Event, Machine, Run
from tests.statemachines.scripted import WorkerDiedError, scripted_home, seen_home

REQUEST = {"trigger": "manual", "reason": "a test"}
REBUILD = ["observe_return", "take_lock", "rebuild_primary", "await_streaming"]
SWITCH = [
    "scale_primary",
    "hold_writes",
    "catch_up_primary",
    "promote_primary",
    "resequence_primary",
    "admit_primary",
]
SERVE = ["wait_primary", "smoke_primary", "close_gate", "wait_dns", "smoke_dns"]
PROTECT = ["retire_standby", "rebuild_standby", "protect_primary"]
ENDING = ["record_run", "notify_operators", "release_lock"]
_names: Iterator[str] = (f"home-{number}" for number in range(1, 10_000))


def run(machine: Machine, **changes: Any) -> Run:
    """Execute the machine once with the scripted steps."""
    return machine.run(scripted_home(**changes), next(_names), REQUEST)


def ended(seen_run: Run) -> tuple[str, str, str]:
    """Return the execution's status, its error and its last state."""
    return seen_run.status, seen_run.error, seen_run.ended_in


def message_of(one: Run) -> str:
    """Return what the operators are told."""
    return describe_ending("r", one.event_of("record_run")["state"]).message


def test_a_failback_walks_all_steps_in_order(failback_machine: Machine) -> None:
    """Rebuild online, hold, switch, serve, protect, end."""
    one = run(failback_machine)
    assert ended(one) == ("SUCCEEDED", "", "Returned")
    assert one.called == [*REBUILD, *SWITCH, *SERVE, *PROTECT, *ENDING]
    assert "AWS serves again, and Azure is its standby." in message_of(one)


def test_a_rebuild_is_visited_until_it_is_done(failback_machine: Machine) -> None:
    """A rebuild of hours is many short visits, and so is catching up; each knows the last."""
    working = {"done": False, "action": "wait_job", "progress": {"bytes": 1}, "result": {}}
    behind = {"caught_up": False, "lag_bytes": 9, "at": 1.0}
    well = scripted_home()
    one = run(
        failback_machine,
        rebuild_primary=[working, working, well["rebuild_primary"]],
        await_streaming=[behind, well["await_streaming"]],
        rebuild_standby=[working, well["rebuild_standby"]],
    )
    assert ended(one) == ("SUCCEEDED", "", "Returned")
    visits = ("rebuild_primary", "await_streaming", "rebuild_standby")
    assert [one.attempts(step) for step in visits] == [3, 2, 2]
    assert one.event_of("await_streaming")["before"] == behind


def test_each_step_of_the_hold_knows_when_it_began(failback_machine: Machine) -> None:
    """The hold's budget, its token and its timeline reach the steps that need them."""
    one = run(failback_machine)
    mine = {"run": one.event_of("take_lock")["run"], "epoch": 2}
    assert one.event_of("catch_up_primary") == {**mine, "held_at": 5.0, "final_lsn": 8192}
    assert one.event_of("promote_primary") == {**mine, "held_at": 5.0}
    on_aws = {"site": "aws", "dry_run": False}
    assert one.event_of("resequence_primary") == {"run": mine["run"], **on_aws, "held_at": 5.0}
    assert one.event_of("admit_primary") == {**mine, "timeline_before": 2}
    assert one.event_of("wait_dns")["site"] == "aws"


def test_nothing_to_come_home_from_is_refused_at_once(failback_machine: Machine) -> None:
    """AWS is active: one look, no lock, and the reason."""
    error = errors.AlreadyOnAwsError("AWS is already active")
    one = run(failback_machine, observe_return=error)
    assert ended(one) == ("FAILED", "AlreadyOnAwsError", "Not Returned")
    assert one.called == ["observe_return", *ENDING]
    ending = describe_ending("r", one.event_of("record_run")["state"])
    assert (ending.outcome, ending.reason) == (
        "refused",
        "AlreadyOnAwsError: AWS is already active",
    )


@pytest.mark.parametrize("step", [*REBUILD[2:], *SWITCH[:-1]])
def test_before_aws_is_admitted_a_failure_gives_writes_back(
    failback_machine: Machine, step: str
) -> None:
    """Whatever fails for good before AWS takes writes is undone: Azure goes on serving."""
    one = run(failback_machine, **{step: errors.AccessDeniedError("no")})
    assert ended(one) == ("FAILED", "AccessDeniedError", "Not Returned")
    assert one.called[-4:] == ["undo_failback", *ENDING]
    assert one.event_of("undo_failback")["admitting"] is False
    assert "Azure is the active site again. Undone:" in message_of(one)


def test_a_hold_that_expires_is_a_refusal(failback_machine: Machine) -> None:
    """AWS is not there within the budget: Azure takes writes again, the run is refused."""
    error = errors.HoldExpiredError("writes were held for 30 s")
    one = run(failback_machine, catch_up_primary=error)
    assert ended(one) == ("FAILED", "HoldExpiredError", "Not Returned")
    ending = describe_ending("r", one.event_of("record_run")["state"])
    assert ending.outcome == "refused"
    assert "writes were held for 30 s" in ending.message


def test_an_admission_nobody_knows_of_is_undone_only_after_asking(
    failback_machine: Machine,
) -> None:
    """The undo is told that AWS may take writes; where it finds so, nothing is undone."""
    one = run(
        failback_machine,
        admit_primary=errors.DatabaseUnreachableError("gone"),
        undo_failback=errors.AlreadyPromotedError("AWS's database takes writes"),
    )
    assert ended(one) == ("FAILED", "DatabaseUnreachableError", "Stopped")
    assert one.event_of("undo_failback")["admitting"] is True
    assert "Go on with: landbridge failback" in message_of(one)


@pytest.mark.parametrize("step", [*SERVE, *PROTECT])
def test_after_admission_nothing_is_undone(failback_machine: Machine, step: str) -> None:
    """A step that fails for good later stops the run with the command to resume."""
    one = run(failback_machine, **{step: errors.AccessDeniedError("no")})
    assert ended(one) == ("FAILED", "AccessDeniedError", "Stopped")
    assert "undo_failback" not in one.called
    assert "Go on with: landbridge failback" in message_of(one)


def test_a_failback_that_stopped_after_admission_goes_on_there(failback_machine: Machine) -> None:
    """AWS takes writes already: neither rebuilt nor held again."""
    one = run(failback_machine, observe_return=seen_home("returning"))
    assert ended(one) == ("SUCCEEDED", "", "Returned")
    assert one.called == [
        *REBUILD[:2],
        "scale_primary",
        "admit_primary",
        *SERVE,
        *PROTECT,
        *ENDING,
    ]
    assert one.event_of("admit_primary")["timeline_before"] is None


def test_what_an_older_run_did_before_the_lock_is_seen(failback_machine: Machine) -> None:
    """AWS was brought home after the first look: the AWS that serves is not rebuilt."""
    looks = [seen_home("on_azure"), errors.AlreadyOnAwsError("AWS is already active")]
    one = run(failback_machine, observe_return=looks)
    assert ended(one) == ("FAILED", "AlreadyOnAwsError", "Not Returned")
    assert one.called == [*REBUILD[:2], *ENDING]
    one = run(failback_machine, observe_return=[seen_home("on_azure"), seen_home("returning")])
    assert ended(one) == ("SUCCEEDED", "", "Returned")
    assert one.called[2:4] == ["scale_primary", "admit_primary"]


def test_a_failback_that_stopped_at_the_gate_gives_aws_its_standby(
    failback_machine: Machine,
) -> None:
    """AWS serves without a standby: once DNS answers AWS, that is mended."""
    one = run(failback_machine, observe_return=seen_home("unprotected"))
    assert ended(one) == ("SUCCEEDED", "", "Returned")
    assert one.called == [*REBUILD[:2], "wait_dns", "smoke_dns", *PROTECT, *ENDING]


def test_users_do_not_wait_in_a_hold_that_nobody_ends(failback_machine: Machine) -> None:
    """A failback stopped in its hold: Azure takes writes again before anything is rebuilt."""
    one = run(failback_machine, observe_return=seen_home("held"))
    assert ended(one) == ("SUCCEEDED", "", "Returned")
    assert one.called[:4] == ["observe_return", "take_lock", "undo_failback", "rebuild_primary"]
    assert one.event_of("undo_failback")["admitting"] is True


def test_a_hold_is_not_ended_where_aws_may_have_been_admitted(failback_machine: Machine) -> None:
    """AWS cannot be asked: the writes stay held, and the message says what to do about it."""
    error = errors.SiteUnknownError("AWS may have been admitted, and cannot be held", "reach AWS")
    one = run(failback_machine, observe_return=seen_home("held"), undo_failback=error)
    assert ended(one) == ("FAILED", "SiteUnknownError", "Not Returned")
    assert one.called == ["observe_return", "take_lock", "undo_failback", *ENDING]
    assert "Remedy: reach AWS" in message_of(one)


def approval(machine: Machine) -> Any:
    """Return a step whose person approves at once."""

    def ask(event: Event) -> Event:
        machine.answer(event["token"], {"approved_by": "a person"})
        return {"message_id": "1"}

    return ask


def test_a_person_who_approves_lets_the_switchover_begin(failback_machine: Machine) -> None:
    """Where the configuration asks, the evidence goes out and the answer is kept."""
    one = run(
        failback_machine,
        observe_return=seen_home(ask=True),
        request_approval=approval(failback_machine),
    )
    assert ended(one) == ("SUCCEEDED", "", "Returned")
    assert one.called[4:6] == ["request_approval", "scale_primary"]
    assert one.event_of("request_approval")["stream"]["lag_bytes"] == 0
    state = one.event_of("record_run")["state"]
    assert state["approval"] == {"approved_by": "a person"}


def test_silence_is_a_no(failback_machine: Machine) -> None:
    """Nobody answers in time: nothing is held, and the reason has a name."""
    if failback_machine.reads_timeouts is False:
        pytest.skip("ministack does not read TimeoutSecondsPath; the lab mends that")
    one = run(failback_machine, observe_return=seen_home(ask=True, approval_seconds=1))
    assert ended(one)[:2] == ("FAILED", "ApprovalDeniedError")
    assert "hold_writes" not in one.called
    assert "nobody approved the switchover in time" in message_of(one)


@pytest.mark.parametrize("step", [step.name for step in FAILBACK_STATES])
def test_a_worker_that_dies_once_is_replaced(failback_machine: Machine, step: str) -> None:
    """A worker lost in any one step costs an attempt and nothing else."""
    if step == "request_approval":
        pytest.skip("a call that waits for a token has its own way to fail")
    well: Any = scripted_home()[step]
    changes: dict[str, Any] = {step: [WorkerDiedError("Runtime exited"), well]}
    if step == "undo_failback":
        changes["hold_writes"] = errors.AccessDeniedError("no")
        one = run(failback_machine, **changes)
        assert ended(one) == ("FAILED", "AccessDeniedError", "Not Returned")
    else:
        one = run(failback_machine, **changes)
        assert ended(one) == ("SUCCEEDED", "", "Returned")
    assert one.attempts(step) == (3 if step == "observe_return" else 2)  # it looks twice anyway


def test_the_cause_of_a_refusal_is_the_steps_own_words(failback_machine: Machine) -> None:
    """The execution's error says what the step said."""
    error = errors.LockHeldError("run other holds the lock")
    one = run(failback_machine, take_lock=error)
    assert ended(one) == ("FAILED", "LockHeldError", "Not Returned")
    assert json.loads(one.cause)["errorMessage"] == "run other holds the lock"
    assert one.called == ["observe_return", "take_lock", *ENDING]
