"""The preflight's Azure half: what is true of AKS, the gate and the lock, seen from here.

It looks and judges nothing: the checks are made in one place, by who asks. Changes nothing.
"""

import time
from dataclasses import asdict
from typing import Any

import azure.functions as func

from azure_functions.aks import cluster, settings, token_seconds
from azure_functions.answers import answer
from azure_functions.bodies import REPLICAS, Field, check_fields, read_object
from azure_functions.callers import guarded
from azure_functions.takeover_facts import takeover_facts
from landbridge.adapters.cluster_facts import Questions, cluster_facts
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.preflight.clusters import permissions, rehearsal_permissions
from landbridge.domain.settings import Deployment
from landbridge.domain.version import VERSION

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

_NONCE_BYTES = 16


def _is_nonce(value: Any) -> bool:
    try:
        return len(bytes.fromhex(value)) == _NONCE_BYTES
    except (TypeError, ValueError):
        return False


_FIELDS = {"replicas": REPLICAS, "nonce": Field(f"{_NONCE_BYTES} bytes in hexadecimal", _is_nonce)}


@guarded(blueprint, "preflight", "POST")
def look_ahead(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{"replicas", "nonce"}``; answer version, gate, lock, token, cluster and takeover.

    A Secret's values are in it as digests keyed with ``nonce``, cut to 32 bits.
    """
    return answer(lambda: _look(req.get_body()))


def _look(body: bytes) -> dict[str, Any]:
    wanted = check_fields(read_object(body), _FIELDS)
    deployment = Deployment(
        settings().deployment_namespace, settings().deployment_name, wanted["replicas"]
    )
    asked = Questions(
        site="azure",
        deployment=deployment,
        pod=settings().database_pod,
        permissions=permissions(
            "azure", deployment, settings().database_pod, settings().gate_namespace
        ),
        replicas=(deployment.replicas,),
        nonce=bytes.fromhex(wanted["nonce"]),
        rehearsal=rehearsal_permissions(deployment, settings().rehearsal_job),
    )
    facts = cluster_facts(cluster(), asked)
    return {
        "version": VERSION,
        "cluster": asdict(facts),
        **(_gate_and_lock() if facts.reachable else _unseen(facts.reason)),
        **_token(),
        "takeover": takeover_facts() if facts.reachable else None,
    }


def _gate_and_lock() -> dict[str, Any]:
    try:
        gate, lock = cluster().read_gate(), cluster().read_lock()
    except LandbridgeError as error:
        return _unseen(str(error))
    return {
        "gate": asdict(gate[0]) if gate else None,
        "lock": asdict(lock[0]) if lock else None,
        "gate_reason": "",
        "at": time.time(),
    }


def _unseen(reason: str) -> dict[str, Any]:
    return {"gate": None, "lock": None, "gate_reason": reason, "at": time.time()}


def _token() -> dict[str, Any]:
    try:
        return {"token_seconds": token_seconds(time.time()), "token_reason": ""}
    except LandbridgeError as error:
        return {"token_seconds": None, "token_reason": str(error)}
