"""How a run ended, in the words of the record and of the message."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.cli.main import app
from landbridge.domain import errors
from landbridge.domain.ending import REFUSALS, Ending, describe_ending


def caught(name: str, message: str) -> dict[str, str]:
    """Return what a Catch writes of a Python Lambda's error."""
    return {
        "Error": name,
        "Cause": json.dumps({"errorType": name, "errorMessage": message, "stackTrace": []}),
    }


def told(outcome: str, reason: str, message: str) -> Ending:
    """Return the ending of run r, whose subject and head are the same everywhere."""
    subject = f"landbridge: failover {outcome}"
    return Ending(outcome, reason, subject, f"{subject} (run r)\n\n{message}\n")


DONE = {"layer": "sql", "result": "done"}
SILENT = {"layer": "pods", "result": "unreachable"}
REFUSED = {"layer": "database", "result": "failed"}
STOPPED = {"stopped": {"evidence": [{"layer": "database", "result": "done"}]}}
STANDS = (
    "Azure's database is promoted and takes the writes;"
    " its pods, the gate or DNS are not there yet."
)
SERVES = "Azure serves: promoted, verified, and every name server answers it."


@pytest.mark.parametrize(
    ("state", "rest"),
    [
        ({"gate": {"epoch": 2}, **STOPPED}, " Epoch 2."),
        (
            {"observed": {"gate": {"epoch": 3}}},
            " AWS's database was not stopped by this run. Epoch 3.",
        ),
        ({"gate": {"epoch": 2}, "moved": {"fence": {"failed": None}}, **STOPPED}, " Epoch 2."),
        (
            {
                "gate": {"epoch": 2},
                "moved": {"fence": {"failed": caught("KeyError", "'x'")}},
                **STOPPED,
            },
            " AWS was not fenced: KeyError: 'x'. Epoch 2.",
        ),
        (
            {"gate": {"epoch": 2}, "stop_error": caught("KeyError", "'x'")},
            " AWS's database was not stopped: KeyError: 'x'. Epoch 2.",
        ),
        (
            {
                "gate": {"epoch": 2},
                "moved": {"fence": {"failed": None, "evidence": [DONE, SILENT]}},
                "stopped": {"evidence": [REFUSED]},
            },
            " Layers of the fence that AWS lacks: pods (unreachable), database (failed). Epoch 2.",
        ),
    ],
)
def test_a_recovery_says_who_serves_and_what_was_not_fenced(
    state: dict[str, Any], rest: str
) -> None:
    """The epoch is the gate's, of this run or of the one it finished."""
    after = "Next: landbridge status; when AWS is well again: landbridge failback."
    expected = told("recovered", SERVES, f"{SERVES}{rest}\n{after}")
    assert describe_ending("r", {"ending": {"mark": "recovered"}, **state}) == expected


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_a_named_reason_at_a_safe_point_is_a_refusal(name: str) -> None:
    """Each refusal is an error of the tree, and one that changed nothing says so."""
    assert errors.error_named(name) is not None
    state = {"ending": {"mark": "undone"}, "error": caught(name, "why")}
    ending = describe_ending("r", state)
    happened, now, after = ending.message.splitlines()[2:]
    assert (ending.outcome, ending.reason) == ("refused", f"{name}: why")
    assert happened == "why"
    assert now.startswith("This run changed nothing. Which site serves is ")
    assert after.startswith("Next: ")


def test_a_failback_with_nothing_to_come_home_from_is_not_started_again() -> None:
    """The way on is to look."""
    state = {
        "ending": {"mark": "undone", "machine": "failback"},
        "error": caught("AlreadyOnAwsError", "AWS serves"),
    }
    message = describe_ending("r", state).message
    assert message.endswith("as it was before.\nNext: landbridge status.\n")


def test_a_remedy_with_a_command_is_the_next_one() -> None:
    """Whoever reads it is sent one way only, and that way stands at the end, once."""
    error = errors.SiteUnknownError("Azure's writes are held", "`landbridge failback` goes on")
    state = {"ending": {"mark": "undone"}, "error": caught("SiteUnknownError", str(error))}
    message = describe_ending("r", state).message
    assert "landbridge failover" not in message.partition("\n")[2]
    assert message.splitlines()[2] == "Azure's writes are held"
    assert message.endswith("as it was before.\nNext: landbridge failback goes on.\n")


@pytest.mark.parametrize(
    "cause",
    [
        "the pod's last line: run `landbridge failback`",
        "two databases disagree Remedy: make one of them read-only",
    ],
)
def test_a_command_that_is_no_remedy_leads_nobody(cause: str) -> None:
    """What a log or a reason quotes stays where it was said; the next command is the error's."""
    state = {"ending": {"mark": "undone"}, "error": caught("SiteUnknownError", cause)}
    message = describe_ending("r", state).message
    assert cause in message
    assert message.endswith("Next: landbridge status, then landbridge failover --reason TEXT.\n")


def test_a_timeout_without_a_cause_is_named_to_the_person() -> None:
    """Step Functions' own timeouts have a name alone: the message says that instead of nothing."""
    error = {"Error": "States.Timeout", "Cause": ""}
    for mark in ("undone", "stopped"):
        message = describe_ending("r", {"ending": {"mark": mark}, "error": error}).message
        assert message.splitlines()[2] == "States.Timeout"


def test_a_hold_that_was_found_and_not_ended_is_told() -> None:
    """A failback that found Azure held and could not give its writes back says so."""
    state = {
        "ending": {"mark": "undone", "machine": "failback"},
        "error": caught("FunctionUnavailableError", "503"),
        "again": {"observed": {"situation": "held"}},
    }
    held = "This run did not get far. Azure's writes may still be held.\n"
    assert held in describe_ending("r", state).message
    given_back = describe_ending("r", {**state, "given_back": {"notes": []}}).message
    assert "Azure's writes may still be held" not in given_back


def test_whatever_else_is_undone_is_a_failure() -> None:
    """A function that could not be reached is no decision; the undo's notes are told."""
    state = {
        "ending": {"mark": "undone"},
        "error": caught("FunctionUnavailableError", "503"),
        "undone": {"notes": ["AWS's database takes writes again", "AWS's pods: 2"]},
    }
    text = (
        "503\nAWS is the active site again. "
        "Undone: AWS's database takes writes again; AWS's pods: 2.\n"
        "Next: landbridge status, then landbridge failover --reason TEXT."
    )
    assert describe_ending("r", state) == told("failed", "FunctionUnavailableError: 503", text)


def test_a_stop_after_promotion_says_how_to_go_on() -> None:
    """Nothing is undone, and the command is in the message."""
    state = {"ending": {"mark": "stopped"}, "error": caught("RolloutPendingError", "0 of 2")}
    text = (
        f"0 of 2\n{STANDS} After promotion nothing is undone."
        " Go on with: landbridge failover --resume"
    )
    assert describe_ending("r", state) == told("failed", "RolloutPendingError: 0 of 2", text)


def test_an_undo_that_came_too_late_is_told_with_what_led_to_it() -> None:
    """Both reasons, and the command that goes on."""
    state = {
        "ending": {"mark": "stopped"},
        "error": caught("DatabaseNotWritableError", "no write"),
        "undo_error": caught("AlreadyPromotedError", "Azure's database is promoted"),
    }
    reason = (
        "DatabaseNotWritableError: no write; "
        "not undone: AlreadyPromotedError: Azure's database is promoted"
    )
    text = (
        f"no write\nAzure's database is promoted\n{STANDS} Go on with: landbridge failover --resume"
    )
    assert describe_ending("r", state) == told("failed", reason, text)


def test_an_undo_that_failed_claims_nothing_about_promotion() -> None:
    """What may be left is named, because nobody knows it."""
    state = {
        "ending": {"mark": "stopped"},
        "error": caught("PromotionRefusedError", "lag"),
        "undo_error": caught("DatabaseUnreachableError", "azure: timed out"),
    }
    reason = "PromotionRefusedError: lag; not undone: DatabaseUnreachableError: azure: timed out"
    text = (
        "lag\nUndoing it failed: azure: timed out\n"
        "The gate may still be engaged, AWS fenced and Azure's pods started. "
        "Go on or undo with: landbridge failover --resume"
    )
    assert describe_ending("r", state) == told("failed", reason, text)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"Error": "States.Timeout", "Cause": ""}, "States.Timeout"),
        ({"Error": "States.Timeout"}, "States.Timeout"),
        ({"Error": "X", "Cause": "plain words"}, "X: plain words"),
        ({"Error": "X", "Cause": "[1]"}, "X: [1]"),
        ({"Error": "X", "Cause": '{"errorMessage": "m"}'}, "X: m"),
        ({"Error": "X", "Cause": "{}"}, "X: {}"),
    ],
)
def test_a_cause_that_is_no_lambdas_is_told_as_it_is(error: dict[str, str], reason: str) -> None:
    """Step Functions' own errors, and a runtime's, have causes of other shapes."""
    assert describe_ending("r", {"ending": {"mark": "undone"}, "error": error}).reason == reason


def test_a_state_that_was_lost_is_a_stop() -> None:
    """Without a mark nobody can say that it went well."""
    ending = describe_ending("r", {})
    assert (ending.outcome, ending.reason) == ("failed", "no reason was given")


def test_an_undone_failback_is_started_again_by_its_own_command() -> None:
    """What was going on is what is gone on with."""
    state = {
        "ending": {"mark": "undone", "machine": "failback"},
        "error": caught("HoldExpiredError", "20 s"),
    }
    message = describe_ending("r", state).message
    assert message.endswith("falls behind, then landbridge failback.\n")


def _endings() -> Iterator[dict[str, Any]]:
    """Yield the last state of every kind of ending, of both machines."""
    for machine in ("failover", "failback"):
        recovered, undone, stopped = (
            {"ending": {"mark": mark, "machine": machine}}
            for mark in ("recovered", "undone", "stopped")
        )
        yield recovered
        yield {**recovered, "rebuilt_primary": {"result": {"forked_rows": 3, "export": "x"}}}
        for name in [*sorted(REFUSALS), "FunctionUnavailableError", "States.Timeout"]:
            error = caught(name, "what happened")
            yield {**undone, "error": error}
            yield {**undone, "error": error, "undone": {"notes": ["AWS's pods: 2"]}}
        for undo in (
            {},
            *({"undo_error": caught(f"{x}Error", "y")} for x in ("AlreadyPromoted", "X")),
        ):
            yield {**stopped, "error": caught("RolloutPendingError", "what happened"), **undo}


COMMANDS = {command.name or "" for command in app.registered_commands} | {"status"}


@pytest.mark.parametrize("state", list(_endings()), ids=lambda state: json.dumps(state)[:90])
def test_every_ending_can_be_acted_on(state: dict[str, Any]) -> None:
    """It says what happened and what is true now, and ends with commands that exist."""
    message = describe_ending("run-1", state).message
    *told, last = message.rstrip().splitlines()
    assert "(run run-1)" in told[0]
    assert "what happened" in message or state["ending"]["mark"] == "recovered"
    truths = ("serve", "takes the writes", "active site", "may still be")
    assert any(truth in message for truth in truths), message
    marker = re.search(r"(Next|Go on with|Go on or undo with): (.*)$", last)
    assert marker is not None, last
    named = set(re.findall(r"landbridge (\w+)", marker[2]))
    assert named <= COMMANDS
    error = state.get("error", {}).get("Error")
    if state["ending"]["mark"] != "recovered" and error != "AlreadyOnAwsError":
        # Who is woken by a run that did not get there needs more than a look.
        assert named & {"failover", "failback"}
