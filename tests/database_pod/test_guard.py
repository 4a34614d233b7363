"""The guard: an old primary does not start while another site is the active one."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.database_pod.forked_world import ForkedWorld, assert_streams
from tests.database_pod.gate_server import (
    APPLICATION,
    CLIENT,
    SERVICE_TOKEN,
    TENANT,
    GateServer,
    gate_server,
)
from tests.database_pod.pod import Event, Pod


@pytest.fixture
def gate() -> Iterator[GateServer]:
    """Serve a gate that says that Azure is active since epoch 2."""
    with gate_server() as server:
        server.say("open", "azure", 2)
        yield server


def guarded(world: ForkedWorld, gate: GateServer, **changes: str) -> Pod:
    """Return the killed old primary's pod; its data know of epoch 1."""
    world.old_primary()
    return told(world, gate, **changes)


def told(world: ForkedWorld, gate: GateServer, **changes: str) -> Pod:
    """Return that pod with its data as they are: a guard that is not held only looks at them."""
    settings = gate.environment(world.pod.volume / "service-account-token")
    return world.pod.with_environment(**{**settings, "GUARD_SECONDS": "0.1", **changes})


def first_word(pod: Pod) -> Event:
    """Return what the guard says first, and end it."""
    with pod.started("guard") as process:
        assert process.stdout is not None
        word: Event = json.loads(process.stdout.readline())
        return word


def test_an_old_primary_waits_until_it_is_a_standby(world: ForkedWorld, gate: GateServer) -> None:
    """Azure is active in a newer epoch: it says so and waits; a rebuild's signal lets it start."""
    pod = guarded(world, gate)
    with pod.started("guard") as process:
        assert process.stdout is not None
        waits = json.loads(process.stdout.readline())
        (pod.data / "standby.signal").touch()
        output, _ = process.communicate(timeout=60)
    starts = json.loads(output.splitlines()[-1])
    assert (waits["event"], waits["decision"]) == ("guard", "wait")
    assert "azure is active in epoch 2, the data is of epoch 1" in waits["why"]
    assert (starts["decision"], process.returncode) == ("start", 0)
    # One token of Entra's for all its looks, on the cluster's own word.
    assert set(gate.shown) == {"access-1"}
    (form,) = gate.forms
    assert form == {
        "path": [f"/{TENANT}/oauth2/v2.0/token"],
        "grant_type": ["client_credentials"],
        "client_id": [CLIENT],
        "scope": [f"api://{APPLICATION}/.default"],
        "client_assertion_type": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
        "client_assertion": [SERVICE_TOKEN],
    }


def test_a_refused_token_is_replaced_once(world: ForkedWorld, gate: GateServer) -> None:
    """A token that the Function App does not take is dropped; a second refusal is no gate."""
    gate.refused = {"access-1"}
    assert first_word(guarded(world, gate))["decision"] == "wait"
    assert gate.shown[:2] == ["access-1", "access-2"]
    gate.refused |= {f"access-{n}" for n in range(100)}
    assert_warned(guarded(world, gate))


def test_without_a_token_it_starts_and_says_so_loudly(world: ForkedWorld) -> None:
    """Entra that refuses, fails or cannot be reached must not be an outage here."""
    with ExitStack() as opened:
        refusing, failing, unheard = (opened.enter_context(gate_server()) for _ in range(3))
        refusing.token_status, failing.token_status = 401, 503
        assert_warned(
            guarded(world, refusing),
            told(world, failing),
            told(world, unheard, AZURE_AUTHORITY_HOST="http://127.0.0.1:9"),
        )
        assert refusing.shown == failing.shown == unheard.shown == []


def test_it_waits_until_the_gate_comes_back(world: ForkedWorld, gate: GateServer) -> None:
    """A gate that names AWS again lets it start as the primary that it was."""
    pod = guarded(world, gate)
    with pod.started("guard") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["decision"] == "wait"
        gate.say("closed", "aws", 2)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "aws is active" in json.loads(output.splitlines()[-1])["why"]


def test_looking_at_its_epoch_spoils_no_rewind(world: ForkedWorld, gate: GateServer) -> None:
    """The data folder that waited is rewound, and its forked rows are exported."""
    pod = guarded(world, gate)
    assert first_word(pod)["decision"] == "wait"
    ended = pod.run("rebuild")
    assert (ended.code, ended.ways) == (0, ["rewind"]), ended.last
    assert ended.last["forked_rows"] == sum(map(len, world.forked.values()))
    assert_streams(world)


def test_an_engaged_gate_holds_it_too(world: ForkedWorld, gate: GateServer) -> None:
    """A failover that is on its way has a newer epoch: nobody starts beside it."""
    gate.say("engaged", "none", 2)
    word = first_word(guarded(world, gate))
    assert (word["decision"], "none is active in epoch 2" in word["why"]) == ("wait", True)


@pytest.mark.parametrize(
    ("site", "epoch"), [("aws", 2), ("azure", 1)], ids=["aws is active", "no newer epoch"]
)
def test_the_active_sites_primary_starts(
    world: ForkedWorld, gate: GateServer, site: str, epoch: int
) -> None:
    """Nobody is held who is not an old primary."""
    gate.say("closed", site, epoch)
    ended = guarded(world, gate).run("guard")
    assert (ended.code, ended.last["decision"]) == (0, "start")
    assert "WARNING" not in ended.last["why"]


def assert_warned(*pods: Pod) -> None:
    """Check that each starts, and says loudly that nobody allowed it; each asks for 2 s first."""
    with ExitStack() as opened:
        guards = [opened.enter_context(pod.started("guard")) for pod in pods]
        for process in guards:
            output, _ = process.communicate(timeout=60)
            last = json.loads(output.splitlines()[-1])
            assert (process.returncode, last["decision"]) == (0, "start")
            assert str(last["why"]).startswith("WARNING: the gate could not be read"), last


def test_without_a_gate_it_starts_and_says_so_loudly(world: ForkedWorld) -> None:
    """The other cloud's outage must not be one here."""
    with gate_server() as entra:
        assert_warned(guarded(world, entra, GATE_URL="http://127.0.0.1:9/api/gate"))


def test_a_gate_that_says_nothing_sensible_is_no_gate(world: ForkedWorld) -> None:
    """Unknown is not "another site is active"."""
    answers: list[tuple[int, object]] = [(503, {}), (200, "rubbish"), (200, {"state": "open"})]
    world.old_primary()
    with ExitStack() as opened:
        gates = [opened.enter_context(gate_server()) for _ in answers]
        for gate, (status, answer) in zip(gates, answers, strict=True):
            gate.status, gate.answer = status, answer
        assert_warned(*(told(world, gate) for gate in gates))


def test_a_standby_asks_nobody(world: ForkedWorld, gate: GateServer) -> None:
    """It takes no writes, whoever is active."""
    pod = guarded(world, gate)
    (pod.data / "standby.signal").touch()
    assert (pod.run("guard").last["decision"], gate.shown) == ("start", [])


def test_an_empty_volume_waits_for_a_rebuild(world: ForkedWorld, gate: GateServer) -> None:
    """There is nothing to start."""
    pod = guarded(world, gate)
    shutil.rmtree(pod.data)
    word = first_word(pod)
    assert (word["decision"], "no database" in word["why"]) == ("wait", True)
