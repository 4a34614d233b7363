"""The preflight's Azure half: it looks, it changes nothing, and it shows no secret."""

import base64
import json
import time
from typing import Any

import pytest

from azure_functions import aks, preflight
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.errors import ClusterUnavailableError
from landbridge.domain.gate import Gate, GateState
from landbridge.domain.lock import RunLock
from landbridge.domain.preflight.other_half import read_half
from landbridge.domain.preflight.takeover import settings_digest
from landbridge.domain.settings import VARIABLE, parse_settings
from landbridge.domain.version import VERSION
from tests.adapters.lab_cluster import LabCluster
from tests.azure_functions.conftest import Call
from tests.azure_functions.test_takeover_routes import deploy
from tests.sample_settings import settings_document

BODY = {"replicas": 3, "nonce": "00" * 16}


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "token_seconds", lambda _now: 3_600.0)


def test_the_half_is_read_back_as_it_was_seen(
    call: Call, lab_cluster: LabCluster, cluster: Cluster, namespace: str
) -> None:
    """Version, gate, lock, token and cluster cross as JSON."""
    lab_cluster.deployment(namespace)
    gate = Gate(GateState.ENGAGED, "none", 2, "run-1", "2026-01-01T00:00:00+00:00")
    cluster.write_gate(gate, None)
    lock = RunLock("run-1", 2, 60, round(time.time(), 6))
    cluster.write_lock(lock, None)
    answered = call(preflight.look_ahead, BODY)
    assert answered.status == 200, answered.body
    half = read_half(answered.body)
    assert (half.version, half.gate, half.lock) == (VERSION, gate, lock)
    assert (half.gate_reason, half.token_seconds) == ("", 3_600.0)
    assert (half.cluster.reachable, half.cluster.desired) == (True, 0)
    assert half.cluster.dry_runs == {"3": ""}


def test_a_world_that_never_failed_over_has_neither_gate_nor_lock(call: Call) -> None:
    """What was never written is no error."""
    half = read_half(call(preflight.look_ahead, BODY).body)
    assert (half.gate, half.lock, half.gate_reason) == (None, None, "")


def test_the_deployment_stays_as_it_is(call: Call, lab_cluster: LabCluster, namespace: str) -> None:
    """The scale-up is tried on the server and not made."""
    lab_cluster.deployment(namespace)
    before = lab_cluster.apps.read_namespaced_deployment("orders", namespace)
    call(preflight.look_ahead, BODY)
    after = lab_cluster.apps.read_namespaced_deployment("orders", namespace)
    # The controller writes its status meanwhile; the generation counts changes of what is wanted.
    assert after.metadata.generation == before.metadata.generation
    assert (after.spec.replicas or 0) == 0


def test_a_right_that_is_missing_is_a_no(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """What the deployed roles do not hold for this namespace is denied, by its sentence."""
    lab_cluster.deployment(namespace)
    half = read_half(call(preflight.look_ahead, BODY).body)
    assert half.cluster.rights[f"patch deployments/scale orders in {namespace}"] is True
    # The database's namespace is another one in this world, where no role is bound.
    assert half.cluster.rights["patch statefulsets/scale orders-database in orders"] is False


def test_no_value_of_a_secret_is_in_the_answer(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """Neither the value nor its encoding, where the role may read it."""
    lab_cluster.deployment(namespace)
    value = base64.b64encode(b"correct horse").decode()
    body = {"metadata": {"name": "orders-database"}, "data": {"PGPASSWORD": value}}
    lab_cluster.core.create_namespaced_secret(namespace, body)
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    lab_cluster.allow(namespace, rule)
    needs = [{"name": "orders", "envFrom": [{"secretRef": {"name": "orders-database"}}]}]
    template = {"spec": {"template": {"spec": {"containers": needs}}}}
    lab_cluster.apps.patch_namespaced_deployment("orders", namespace, template)
    answered = call(preflight.look_ahead, BODY).body
    (secret,) = answered["cluster"]["references"]
    assert (secret["state"], list(secret["keys"])) == ("present", ["PGPASSWORD"])
    for text in ("correct horse", value):
        assert text not in json.dumps(answered)


def test_a_cluster_that_is_gone_leaves_a_half_that_answers(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AKS away is a reason in the answer, not the Function App's failure."""

    def silent(*_arguments: object, **_options: object) -> Any:
        raise ClusterUnavailableError("no route to host")

    monkeypatch.setattr(Cluster, "request", silent)
    answered = call(preflight.look_ahead, BODY)
    half = read_half(answered.body)
    assert answered.status == 200
    assert half.reachable
    assert "no route to host" in half.cluster.reason
    assert "no route to host" in half.gate_reason


def test_an_identity_without_a_token_is_a_reason(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token's state is told beside everything else."""

    def refused(_now: float) -> float:
        raise ClusterUnavailableError("no token for AKS: the identity was removed")

    monkeypatch.setattr(preflight, "token_seconds", refused)
    half = read_half(call(preflight.look_ahead, BODY).body)
    assert half.token_seconds is None
    assert "identity was removed" in half.token_reason


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"replicas": 3}, "nonce: missing"),
        ({"nonce": "00" * 16}, "replicas: missing"),
        ({**BODY, "replicas": -1}, "replicas: -1 does not fit"),
        ({**BODY, "nonce": "00"}, "16 bytes in hexadecimal"),
        ({**BODY, "nonce": "zz" * 16}, "16 bytes in hexadecimal"),
        ({**BODY, "nonce": 7}, "16 bytes in hexadecimal"),
        ({**BODY, "secrets": True}, "secrets: there is no such field"),
    ],
)
def test_a_body_that_is_not_one_is_refused(call: Call, body: object, words: str) -> None:
    """The field and what is wanted there are named."""
    answered = call(preflight.look_ahead, body)
    assert answered.status == 400
    assert words in f"{answered.body['message']} {answered.body['remedy']}"


def test_the_token_is_the_identitys_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of it is by the moment at which it ends."""

    class Token:
        token, expires_on = "t", 2_000

    monkeypatch.setattr(aks, "_access", Token)
    assert aks.token_seconds(1_400.0) == 600.0


def test_what_a_rehearsal_may_do_is_asked_too(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """By the Job's name that the Function App is set to."""
    lab_cluster.deployment(namespace)
    rights = read_half(call(preflight.look_ahead, BODY).body).cluster.rehearsal_rights
    assert f"delete jobs orders-rehearsal in {namespace}" in rights
    assert set(rights.values()) == {True}


def test_what_lacks_for_a_takeover_is_seen(
    call: Call, lab_cluster: LabCluster, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Job, its settings, the timer: each as it is there, or why it is not."""
    seen = read_half(call(preflight.look_ahead, BODY).body).takeover
    assert seen is not None
    assert "ConfigMap landbridge-takeover: no job.json" in seen.job_reason
    assert "ConfigMap landbridge-takeover-settings is not there" in seen.settings_reason
    assert (seen.automatic, seen.timer_seconds, seen.timer_reason) == ("off", 30.0, "")

    deploy(lab_cluster, namespace)
    wanted = settings_document()
    data = {"AZURE_CLIENT_ID": "the-takeover", VARIABLE: json.dumps(wanted)}
    body = {"metadata": {"name": "landbridge-takeover-settings"}, "data": data}
    lab_cluster.core.create_namespaced_config_map(namespace, body)
    monkeypatch.setenv("LANDBRIDGE_AUTOMATIC", "sometimes")
    seen = read_half(call(preflight.look_ahead, BODY).body).takeover
    assert seen is not None
    assert (seen.job_reason, seen.settings_reason, seen.client_id) == ("", "", "the-takeover")
    assert seen.digest == settings_digest(parse_settings(wanted))
    assert "LANDBRIDGE_AUTOMATIC" in seen.timer_reason
