"""What a Function App's route may be sent: taken for what it says, or refused by name."""

import json
import logging
from collections.abc import Mapping
from typing import Any

import azure.functions as func
import pytest

from azure_functions import gate, lock, probe, rebuild, standby
from landbridge.domain.errors import error_named
from landbridge.domain.lock import RunLock
from tests.functions.conftest import _no_leftovers, world
from tests.functions.world import World
from tests.malformed.mutations import SECRET, Case, spoilt

__all__ = ["_no_leftovers", "world"]

RUN = "failover-manual-1795424560-0a1b2c3d4e"
MOST = 90
MINE = {"epoch": 2, "holder": RUN}
ROUTES: Mapping[str, tuple[Any, dict[str, Any]]] = {
    "gate": (gate.move_gate, {"to": "engaged", **MINE}),
    "lock take": (lock.change_lock, {"action": "take", "holder": RUN, "lease_seconds": 180}),
    "lock renew": (lock.change_lock, {"action": "renew", **MINE, "lease_seconds": 60}),
    "lock release": (lock.change_lock, {"action": "release", **MINE}),
    "scale": (standby.scale_standby, {"replicas": 2, **MINE}),
    "probe": (probe.probe_primary, {}),
    "rebuild": (
        rebuild.act_on_rebuild,
        {"action": "stop_database", "discard_forked_rows": False, **MINE},
    ),
}
CASES = [
    pytest.param(name, case, id=f"{name}-{number}-{case.field[:12]!a}-{case.what[:12]!a}")
    for seed, (name, (_, body)) in enumerate(ROUTES.items())
    for number, case in enumerate(spoilt(body, seed, MOST))
]
REFUSED = range(400, 500)


@pytest.fixture(autouse=True)
def _held(world: World) -> None:
    """Let this run hold the lock, so that a good body would change something."""
    world.aks.lock = RunLock(RUN, 2, 180, world.now)


def ask(function: Any, body: bytes) -> tuple[int, dict[str, Any]]:
    """Send a body; return status and answer."""
    request = func.HttpRequest(
        method="POST", url="/api", body=body, headers={"Authorization": f"Bearer {SECRET}"}
    )
    answer = function(request)
    return answer.status_code, json.loads(answer.get_body())


def state(world: World) -> tuple[object, ...]:
    """Return all that a route may change."""
    kubernetes = world.aks.kubernetes
    pods = (world.aks.desired, kubernetes.database_replicas, kubernetes.job, world.azure.up)
    return (world.aks.gate, world.aks.lock, *pods)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_spoilt_body_changes_nothing(
    world: World, caplog: pytest.LogCaptureFixture, name: str, case: Case
) -> None:
    """4xx with a named error, its field and a remedy; or it is a good body still, and is done."""
    function, good = ROUTES[name]
    before = state(world)
    with caplog.at_level(logging.DEBUG):
        status, answer = ask(function, case.sent)
    said = json.dumps(answer, ensure_ascii=False)
    assert SECRET not in said + caplog.text
    assert "Traceback" not in said + caplog.text
    if status == 200:
        assert case.what != "given twice"
        assert_good(case.document(), good)
        return
    assert status in REFUSED, said
    assert error_named(answer["error"]) is not None, said
    assert state(world) == before
    assert answer["message"], said
    assert answer["remedy"], said
    assert len(said) < 1_000
    assert answer["message"].isprintable(), said
    if case.what == "given twice":
        assert answer["message"] == f"{case.field}: given twice"
    if answer["error"] == "InvalidEventError":
        assert (case.named if case.field else "body: ") in answer["message"], said


def assert_good(document: Any, good: Mapping[str, Any]) -> None:
    """Check that what was taken has fields of the right kinds, and none besides."""
    assert isinstance(document, dict)
    assert set(document) <= set(good) | {"lease_seconds", "epoch"}
    for name, value in document.items():
        if name in good:
            assert type(value) is type(good[name]), name


def test_good_bodies_are_taken(world: World) -> None:
    """What the cases are made of is not refused."""
    for name, (function, body) in ROUTES.items():
        world.aks.lock = RunLock(RUN, 2, 180, world.now)
        status, answer = ask(function, json.dumps(body).encode())
        assert status == 200, (name, answer)
