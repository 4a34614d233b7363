"""The machine in AWS and a takeover, both begun in the same second: the real lock decides.

Both walk the very machine; Take Lock and Release Lock are the real steps, which ask the real routes
on the lab's Kubernetes API. Whoever gets the lock goes on only when the other has ended.
"""

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import azure.functions as func
import pytest

from azure_functions import lock
from functions.release_lock import handler as release_lock
from functions.take_lock import handler as take_lock
from landbridge.adapters import environment
from landbridge.adapters import function_app as app
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.lock import RunLock, Taking
from landbridge.domain.settings import VARIABLE
from tests.azure_functions.conftest import Call
from tests.fixed_tokens import FixedTokens
from tests.functions.world import CONTEXT
from tests.sample_settings import settings_document
from tests.statemachines.machine import FLOWS, Run
from tests.statemachines.scripted import StepFunction, scripted
from tests.statemachines.walked import WalkedMachine

EXECUTORS = ("failover-alarm-1", "takeover-manual-1")
RACES = 50
WAIT_SECONDS = 30.0


@pytest.fixture(name="steps")
def _steps(call: Call, monkeypatch: pytest.MonkeyPatch) -> dict[str, StepFunction]:
    """Give the two real steps of the lock, whose requests go to the real routes."""

    def request(_method: str, url: str, body: Any, **_: Any) -> tuple[int, Any]:
        assert url.endswith("/api/lock")
        answered = lock.change_lock(func.HttpRequest("POST", url, body=json.dumps(body).encode()))
        return answered.status_code, json.loads(answered.get_body())

    monkeypatch.setenv(VARIABLE, json.dumps(settings_document()))
    monkeypatch.setattr(app, "request_json", request)
    monkeypatch.setattr(environment, "caller_tokens", lambda *_: FixedTokens("right"))
    environment.settings.cache_clear()
    environment.function_app.cache_clear()
    assert call is not None
    return {
        "take_lock": lambda event: take_lock.lambda_handler(event, CONTEXT),
        "release_lock": lambda event: release_lock.lambda_handler(event, CONTEXT),
    }


def race(steps: dict[str, StepFunction], order: list[str]) -> dict[str, Run]:
    """Begin both at once; return how each ended."""
    ended = {name: threading.Event() for name in order}
    together = threading.Barrier(2)

    def one(name: str) -> Run:
        (other,) = set(order) - {name}

        def take(event: dict[str, Any]) -> object:
            together.wait(WAIT_SECONDS)
            return steps["take_lock"](event)

        def engage(_event: dict[str, Any]) -> object:
            assert ended[other].wait(WAIT_SECONDS), f"{other} does not end"
            return {"state": "engaged", "epoch": 2}

        script = scripted(take_lock=take, engage_gate=engage, release_lock=steps["release_lock"])
        try:
            return WalkedMachine(FLOWS["failover"]).run(script, name, {"reason": "a race"})
        finally:
            ended[name].set()

    with ThreadPoolExecutor() as pool:
        return dict(zip(order, pool.map(one, order), strict=True))


def test_of_both_executors_one_acts_and_the_other_names_it(
    steps: dict[str, StepFunction], cluster: Cluster
) -> None:
    """Fifty times, from a lock never taken, free, or a dead run's; each epoch is newer."""
    winners, epochs = [], [0]
    for seed in range(RACES):
        dice = random.Random(seed)  # noqa: S311 - a race is no secret
        order = dice.sample(EXECUTORS, 2)
        held = cluster.read_lock()
        if held is not None and dice.random() < 0.5:
            cluster.write_lock(RunLock("dead", held[0].epoch, 1, time.time() - 60), held[1])
        ended = race(steps, order)
        (winner,) = [name for name, run in ended.items() if run.ended_in == "Recovered"]
        (loser,) = set(order) - {winner}
        assert ended[loser].error == "LockHeldError", seed
        assert f"run {winner} holds the lock" in ended[loser].cause, seed
        assert "engage_gate" not in ended[loser].called, seed
        winners.append(winner)
        epochs.append(ended[winner].event_of("record_run")["state"]["lock"]["epoch"])
        now = cluster.read_lock()
        assert now is not None
        assert now[0].holder == "", seed
    assert epochs == sorted(set(epochs))
    assert set(winners) == set(EXECUTORS)


def test_a_persons_word_takes_the_lock_from_the_run_that_it_names(
    steps: dict[str, StepFunction], cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease lasts still; the run that was dead finds out when it moves again."""
    cluster.write_lock(RunLock("failover-1", 4, 180, time.time()), None)
    event = {"run": "takeover-1"}
    with pytest.raises(Exception, match="run failover-1 holds the lock in epoch 4"):
        steps["take_lock"](event)
    for other in (Taking("failover-1", 3, "dead"), Taking("failover-2", 4, "dead")):
        monkeypatch.setattr(app, "taking_of", lambda _run, other=other: other)
        with pytest.raises(Exception, match="run failover-1 holds the lock in epoch 4"):
            steps["take_lock"](event)
    monkeypatch.setattr(app, "taking_of", lambda _run: Taking("failover-1", 4, "dead"))
    taken = steps["take_lock"](event)
    assert taken == {"holder": "takeover-1", "epoch": 5}
    assert steps["take_lock"](event) == taken
    late = lock.change_lock(_request({"action": "renew", "holder": "failover-1", "epoch": 4}))
    assert late.status_code == 409


def _request(body: dict[str, Any]) -> func.HttpRequest:
    return func.HttpRequest("POST", "https://app/api/lock", body=json.dumps(body).encode())
