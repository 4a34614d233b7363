"""The rehearsal's routes: the Job with a clone of the standby, looked at, begun and removed.

They change that Job and nothing else: neither gate nor lock, Deployment nor database. So no epoch
is asked for. Whoever began one asks again and again: to begin and to remove answer 202 at once.
"""

import time
from dataclasses import asdict
from typing import Any

import azure.functions as func

from azure_functions.aks import cluster, settings
from azure_functions.answers import answer
from azure_functions.bodies import HOLDER, check_fields, one_of, read_object, whole_number
from azure_functions.callers import guarded
from landbridge.adapters.rehearsal_job import RehearsalJob
from landbridge.domain.errors import LockHeldError
from landbridge.domain.rehearsal_request import LONGEST_SECONDS, SHORTEST_SECONDS, Wish

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

_ACCEPTED = 202
# A rehearsal that nobody removes ends by itself after so many seconds.
_FIELDS = {
    "action": one_of(Wish.BEGIN, Wish.REMOVE),
    "run": HOLDER,
    "seconds": whole_number(SHORTEST_SECONDS, LONGEST_SECONDS),
}


@guarded(blueprint, "rehearsal", "GET")
def read_rehearsal(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """Answer the look: job, job_run, pods, the lines of clone and smoke, waiting, lock_holder."""
    return answer(lambda: asdict(_job().look(_lock_holder())))


@guarded(blueprint, "rehearsal", "POST")
def act_on_rehearsal(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{"action", "run", "seconds"}``; answer 202 and ``{"action", "left"}``.

    ``left`` is ``done`` where nothing is left to do, else what was done: ask again.
    """
    return answer(lambda: _act(req.get_body()), _ACCEPTED)


def _act(body: bytes) -> dict[str, Any]:
    wanted = check_fields(read_object(body), _FIELDS)
    job, holder = _job(), _lock_holder()
    look = job.look(holder)
    if wanted["action"] == Wish.REMOVE:
        left = job.remove(look)
    elif holder:
        raise LockHeldError(f"{holder} is on: nothing is rehearsed beside it", "wait for its end")
    else:
        left = job.begin(wanted["run"], wanted["seconds"], look)
    return {"action": wanted["action"], "left": left.value}


def _job() -> RehearsalJob:
    of = settings()
    return RehearsalJob(cluster(), of.deployment_namespace, of.rehearsal_job, of.deployment_name)


def _lock_holder() -> str:
    held = cluster().read_lock()
    return held[0].holder if held and not held[0].expired(time.time()) else ""
