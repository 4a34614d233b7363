"""Every event that may reach a starter, and every input that may be given to a machine by hand."""

import json
import logging
import types
from collections.abc import Callable
from typing import Any

import pytest

from landbridge.domain.errors import AlreadyOnAwsError, InvalidEventError, LandbridgeError
from landbridge.domain.gameday_request import parse_gameday
from landbridge.domain.starting import (
    MAX_TEXT_CHARACTERS,
    StartRequest,
    parse_request,
    parse_start_event,
)
from tests.functions.conftest import _no_leftovers, world
from tests.functions.world import CONTEXT, World, handler
from tests.malformed.mutations import SECRET, Case, spoilt
from tests.sample_events import EVENTS, load_event

__all__ = ["_no_leftovers", "world"]

NOW = 1_795_424_600.0
MOST = 80
STARTERS = {"failover": parse_start_event, "failback": parse_request, "gameday": parse_gameday}


def _cases(flow: str) -> list[Any]:
    """Return spoilt samples of this flow's triggers, such as Lambda can hand on at all: JSON."""
    cases = []
    for seed, name in enumerate(sorted(path.stem for path in EVENTS.glob("*.json"))):
        if flow == (name if name in STARTERS else "failover"):
            for number, case in enumerate(spoilt(load_event(name), seed, MOST)):
                try:
                    case.document()
                except (ValueError, RecursionError):
                    continue
                cases.append(pytest.param(flow, case, id=f"{name}-{number}-{case.what[:12]!a}"))
    return cases


BY_HAND = [*_cases("failover"), *_cases("failback")]
CASES = [*BY_HAND, *_cases("gameday")]


@pytest.fixture(name="started")
def _started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note what is started, and what is put on record, in place of doing it."""
    begun: list[dict[str, Any]] = []
    for flow in STARTERS:
        module = handler(f"start_{flow}")
        for name, double in {
            "running_execution": lambda: "",
            "put_record": lambda *record: begun.append({"refusal": json.dumps(record[-1])}),
            "time": types.SimpleNamespace(time=lambda: NOW),
        }.items():
            monkeypatch.setattr(module, name, double)
    monkeypatch.setattr(
        "landbridge.adapters.executions.start_execution",
        lambda name, request: begun.append(request) or f"arn:{name}",
    )
    return begun


@pytest.mark.parametrize(("flow", "case"), CASES)
def test_a_spoilt_event_starts_nothing(
    world: World,  # noqa: ARG001 - settings
    started: list[dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
    flow: str,
    case: Case,
) -> None:
    """A refusal with its reason, on record; or it is a good event still, and starts one run."""
    event = case.document()
    with caplog.at_level(logging.DEBUG):
        answer = handler(f"start_{flow}").lambda_handler(event, CONTEXT)
    (record,) = started
    said = json.dumps([answer, record], ensure_ascii=False)
    assert "Traceback" not in caplog.text
    assert SECRET not in said + caplog.text
    request, refusal = parsed(STARTERS[flow], event)
    if refusal is None:
        assert request is not None
        assert_good(request)
    else:
        assert answer["reason"] == str(refusal)
        assert refusal.remedy
        assert (case.named if case.field else ": ") in refusal.message, refusal.message
    assert answer["started"] is ("refusal" not in record)
    assert answer["started"] <= (request is not None)
    if not answer["started"]:
        assert answer["reason"].isprintable()
        assert 0 < len(answer["reason"]) < 500


def parsed(
    parse: Callable[[object, float], StartRequest], event: object
) -> tuple[StartRequest | None, InvalidEventError | None]:
    """Return the request, or why there is none."""
    try:
        return parse(event, NOW), None
    except InvalidEventError as error:
        return None, error


def assert_good(request: StartRequest) -> None:
    """Check that a request that was understood has values of the right kinds, in their bounds."""
    assert request.reason.strip()
    for text in (request.reason, request.incident):
        assert len(text) <= MAX_TEXT_CHARACTERS or request.trigger == "alarm"
        text.encode()
    assert abs(request.occurred_at) <= 1e12
    flags = (request.planned, request.accept_data_loss, request.force, request.discard_forked_rows)
    assert {type(flag) for flag in flags} == {bool}


@pytest.mark.parametrize(("flow", "case"), BY_HAND[::5])
def test_a_machine_started_by_hand_with_a_spoilt_input_changes_nothing(
    world: World, flow: str, case: Case
) -> None:
    """The first step refuses it by name, before any lock, gate or database."""
    step = {"failover": "observe_sites", "failback": "observe_return"}[flow]
    before = (world.summary(), world.aks.gate, world.aks.lock)
    event = {"run": "by-hand", "input": case.document(), "retries": 0}
    try:
        answer = world.run(step, event)
    except LandbridgeError as error:
        refusal: LandbridgeError | None = error
    else:
        refusal = None
        assert answer["request"]["reason"].strip()
    assert SECRET not in str(refusal)
    assert refusal is None or refusal.remedy or isinstance(refusal, AlreadyOnAwsError)
    assert (world.summary(), world.aks.gate, world.aks.lock) == before
