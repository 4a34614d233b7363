"""The rehearsal's routes: the Job with a clone of the standby, looked at, begun and removed.

They change that Job and nothing else: neither gate nor lock, Deployment nor database. So no epoch
is asked for. Whoever began one asks again and again: every act answers 202 at once.
"""

import logging
import threading
import time
from dataclasses import asdict
from typing import Any

import azure.functions as func

from azure_functions.aks import cluster, settings
from azure_functions.answers import answer
from azure_functions.bodies import HOLDER, check_fields, one_of, read_object, whole_number
from azure_functions.callers import guarded
from landbridge.adapters.rehearsal_job import RehearsalJob
from landbridge.domain.errors import LandbridgeError, LockHeldError
from landbridge.domain.rehearsal import Begin, RehearsalLook
from landbridge.domain.rehearsal_request import ACTS, LONGEST_SECONDS, SHORTEST_SECONDS, Wish

logger = logging.getLogger(__name__)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

_ACCEPTED = 202
# A rehearsal that nobody removes ends by itself after so many seconds.
_FIELDS = {
    "action": one_of(*ACTS),
    "run": HOLDER,
    "seconds": whole_number(SHORTEST_SECONDS, LONGEST_SECONDS),
}


@guarded(blueprint, "rehearsal", "GET")
def read_rehearsal(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """Answer the look: as ``RehearsalLook`` has it, an object of its fields."""
    return answer(lambda: asdict(_job().look(_lock_holder())))


@guarded(blueprint, "rehearsal", "POST")
def act_on_rehearsal(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{"action", "run", "seconds"}``; answer 202 and ``{"action", "left"}``.

    ``left`` is ``done`` where nothing is left to do, else what was done: ask again.
    """
    return answer(lambda: _act(req.get_body()), _ACCEPTED)


def make_way() -> None:
    """End a rehearsal, for a run that has just taken the lock; the run does not wait for it.

    Nothing of it fails the run: what is not removed here has its command, its lease and its
    deadline still.
    """
    threading.Thread(target=_end, args=(_job(),), name="make-way", daemon=True).start()


def _end(job: RehearsalJob) -> None:
    try:
        job.end()
    except LandbridgeError as error:
        logger.warning("a rehearsal, if there is one, was not ended: %s", error)


def _act(body: bytes) -> dict[str, Any]:
    wanted = check_fields(read_object(body), _FIELDS)
    job, holder = _job(), _lock_holder()
    look, run, left = job.look(holder), wanted["run"], Begin.DONE
    if wanted["action"] == Wish.WATCH:
        job.watch(run, wanted["seconds"], look)
    elif wanted["action"] == Wish.REMOVE:
        left = job.remove(look, run)
    elif wanted["action"] == Wish.CLEAN:
        left = job.remove(look)
    else:
        left = _begin(job, run, wanted["seconds"], look)
    return {"action": wanted["action"], "left": left.value}


def _begin(job: RehearsalJob, run: str, seconds: int, look: RehearsalLook) -> Begin:
    _refuse_beside(look.lock_holder)
    if look.is_anothers(run):
        raise LockHeldError(
            f"{look.job_run} is on, and somebody watches it",
            "wait for its end, or landbridge rehearse --clean",
        )
    left = job.begin(run, seconds, look)
    if left is Begin.CREATE and (holder := _lock_holder()):
        # Taken after the first look: whoever took it may have found no Job to end.
        job.end()
        _refuse_beside(holder)
    return left


def _refuse_beside(holder: str) -> None:
    if holder:
        raise LockHeldError(f"{holder} is on: nothing is rehearsed beside it", "wait for its end")


def _job() -> RehearsalJob:
    of = settings()
    return RehearsalJob(cluster(), of.deployment_namespace, of.rehearsal_job, of.deployment_name)


def _lock_holder() -> str:
    held = cluster().read_lock()
    return held[0].holder if held and not held[0].expired(time.time()) else ""
