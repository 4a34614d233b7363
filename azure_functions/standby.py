"""The standby's routes: how its pods are, and how many there shall be."""

from dataclasses import asdict
from typing import Any

import azure.functions as func

from azure_functions.aks import cluster, settings
from azure_functions.answers import answer
from azure_functions.bodies import EPOCH, HOLDER, REPLICAS, check_fields, read_object
from azure_functions.callers import guarded
from landbridge.domain.lock import check_holder

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@guarded(blueprint, "standby", "GET")
def read_standby(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """Answer ``{"desired", "ready", "observed", "pods": [...]}``.

    A pod is ``{"name", "phase", "ready", "waiting", "log_lines"}``; the last two say what keeps it
    from being ready.
    """
    return answer(_read)


@guarded(blueprint, "scale", "POST")
def scale_standby(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{"replicas", "epoch", "holder"}`` from the lock's holder; answer desired and ready."""
    return answer(lambda: _scale(req.get_body()))


def _read() -> dict[str, Any]:
    namespace, name = settings().deployment_namespace, settings().deployment_name
    return asdict(cluster().rollout(namespace, name))


def _scale(body: bytes) -> dict[str, Any]:
    fields = {"replicas": REPLICAS, "epoch": EPOCH, "holder": HOLDER}
    wanted = check_fields(read_object(body), fields)
    held = cluster().read_lock()
    check_holder(held[0] if held else None, wanted["holder"], wanted["epoch"])
    namespace, name = settings().deployment_namespace, settings().deployment_name
    look = cluster().scale(namespace, name, wanted["replicas"])
    return {"desired": look.desired, "ready": look.ready}
