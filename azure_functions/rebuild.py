"""The rebuild's routes: Azure's database pod and its rebuild Job, looked at and acted on."""

from dataclasses import asdict
from typing import Any

import azure.functions as func

from azure_functions.aks import cluster, settings
from azure_functions.answers import answer
from azure_functions.bodies import (
    EPOCH,
    HOLDER,
    YES_OR_NO,
    check_fields,
    one_of,
    read_object,
)
from azure_functions.callers import guarded
from landbridge.adapters.rebuild_job import RebuildJob
from landbridge.domain.database_rebuild import ACTS, Action
from landbridge.domain.lock import check_holder

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

_FIELDS = {
    "action": one_of(*sorted(ACTS)),
    "discard_forked_rows": YES_OR_NO,
    "epoch": EPOCH,
    "holder": HOLDER,
}


@guarded(blueprint, "rebuild", "GET")
def read_rebuild(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """Answer the look: wanted_replicas, pods, database_ready, job, job_run and the Job's lines."""
    return answer(lambda: asdict(_rebuild().look()))


@guarded(blueprint, "rebuild", "POST")
def act_on_rebuild(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{"action", "discard_forked_rows", "epoch", "holder"}`` from the lock's holder."""
    return answer(lambda: _act(req.get_body()))


def _rebuild() -> RebuildJob:
    return RebuildJob(cluster(), settings().database_pod)


def _act(body: bytes) -> dict[str, Any]:
    wanted = check_fields(read_object(body), _FIELDS)
    held = cluster().read_lock()
    check_holder(held[0] if held else None, wanted["holder"], wanted["epoch"])
    discard = wanted["discard_forked_rows"]
    _rebuild().act(Action(wanted["action"]), wanted["holder"], discard_forked_rows=discard)
    return {"action": wanted["action"]}
