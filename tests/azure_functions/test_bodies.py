"""Bodies that are not what a route wants: each refusal names the field and the remedy."""

import json
from collections.abc import Callable
from typing import Any

import azure.functions as func
import pytest

from azure_functions import gate, lock, probe, standby
from tests.azure_functions.conftest import Call

GATE = {"to": "engaged", "epoch": 2, "holder": "run-1"}
SCALE = {"replicas": 3, "epoch": 2, "holder": "run-1"}
TAKE = {"action": "take", "holder": "run-1", "lease_seconds": 60}
RENEW = {"action": "renew", "holder": "run-1", "epoch": 2}
ROUTES = [
    pytest.param(gate.move_gate, GATE, id="gate"),
    pytest.param(standby.scale_standby, SCALE, id="scale"),
    pytest.param(lock.change_lock, TAKE, id="lock"),
    pytest.param(probe.probe_primary, {}, id="probe"),
]
Function = Callable[..., func.HttpResponse]


@pytest.mark.parametrize(("function", "_body"), ROUTES)
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"to=engaged", id="a form"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'"engaged"', id="a text"),
        pytest.param(b"[" * 4000, id="deep"),
        pytest.param(b'{"a":' * 800 + b"1" + b"}" * 800, id="deep and whole"),
        pytest.param(json.dumps({"holder": "x" * 5000}).encode(), id="over 4096 bytes"),
    ],
)
def test_no_object(call: Call, function: Function, _body: object, sent: bytes) -> None:
    """What is not a JSON object of bounded size is refused, and the caller told what to send."""
    answered = call(function, sent)

    assert (answered.status, answered.body["error"]) == (400, "InvalidEventError")
    assert answered.body["remedy"].startswith("send") or "no such field" in answered.body["message"]


@pytest.mark.parametrize(("function", "body"), ROUTES)
def test_unknown_field(call: Call, function: Function, body: dict[str, Any]) -> None:
    """A field that the route does not know is refused by its name: a typo is not ignored."""
    answered = call(function, {**body, "replica": 1})

    assert (answered.status, answered.body["error"]) == (400, "InvalidEventError")
    assert answered.body["message"] == "replica: there is no such field"


@pytest.mark.parametrize(
    ("function", "body", "field"),
    [
        *((gate.move_gate, GATE, field) for field in GATE),
        *((standby.scale_standby, SCALE, field) for field in SCALE),
        *((lock.change_lock, TAKE, field) for field in TAKE if field != "action"),
        *((lock.change_lock, RENEW, field) for field in RENEW if field != "action"),
    ],
)
def test_missing_field(call: Call, function: Function, body: dict[str, Any], field: str) -> None:
    """A field that is missing is named, with what it is."""
    answered = call(function, {key: value for key, value in body.items() if key != field})

    assert (answered.status, answered.body["error"]) == (400, "InvalidEventError")
    assert answered.body["message"] == f"{field}: missing"
    assert answered.body["remedy"]


@pytest.mark.parametrize(
    ("function", "body", "wrong"),
    [
        (gate.move_gate, GATE, {"to": "ajar"}),
        (gate.move_gate, GATE, {"to": None}),
        (gate.move_gate, GATE, {"to": ["open"]}),
        (gate.move_gate, GATE, {"epoch": "2"}),
        (gate.move_gate, GATE, {"epoch": 2.0}),
        (gate.move_gate, GATE, {"epoch": True}),
        (gate.move_gate, GATE, {"epoch": 0}),
        (gate.move_gate, GATE, {"epoch": 2**63}),
        (gate.move_gate, GATE, {"holder": ""}),
        (gate.move_gate, GATE, {"holder": 7}),
        (gate.move_gate, GATE, {"holder": "two words"}),
        (gate.move_gate, GATE, {"holder": "line\nbreak"}),
        (gate.move_gate, GATE, {"holder": "x" * 201}),
        (standby.scale_standby, SCALE, {"replicas": -1}),
        (standby.scale_standby, SCALE, {"replicas": 101}),
        (standby.scale_standby, SCALE, {"replicas": 2.5}),
        (standby.scale_standby, SCALE, {"replicas": "3"}),
        (standby.scale_standby, SCALE, {"replicas": False}),
        (standby.scale_standby, SCALE, {"replicas": None}),
        (lock.change_lock, TAKE, {"action": "steal"}),
        (lock.change_lock, TAKE, {"action": None}),
        (lock.change_lock, TAKE, {"action": {}}),
        (lock.change_lock, TAKE, {"lease_seconds": 0}),
        (lock.change_lock, TAKE, {"lease_seconds": 3601}),
        (lock.change_lock, RENEW, {"lease_seconds": "60"}),
    ],
)
def test_wrong_value(
    call: Call, function: Function, body: dict[str, Any], wrong: dict[str, Any]
) -> None:
    """A value that does not fit is refused by its field's name, with what fits."""
    answered = call(function, {**body, **wrong})

    assert (answered.status, answered.body["error"]) == (400, "InvalidEventError")
    assert answered.body["message"].startswith(f"{next(iter(wrong))}: ")
    assert answered.body["remedy"]


def test_take_makes_the_epoch_itself(call: Call) -> None:
    """Whoever takes the lock does not choose the epoch."""
    answered = call(lock.change_lock, {**TAKE, "epoch": 99})

    assert (answered.status, answered.body["message"]) == (400, "epoch: there is no such field")
