"""A takeover's routes: start one, and see how it goes. For when nothing of AWS answers.

What may be started is decided as the orchestrator's starter decides it; who holds the run lock is
decided by the run itself.
"""

import time
from collections.abc import Mapping
from typing import Any

import azure.functions as func

from azure_functions.aks import cluster, settings
from azure_functions.answers import answer
from azure_functions.bodies import MOMENT, TEXT, YES_OR_NO, check_fields, read_object
from azure_functions.callers import OPERATORS, guarded
from landbridge.adapters.azure_records import AzureRecords
from landbridge.adapters.takeover_jobs import TakeoverJobs
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.takeover_job import parse_takeover

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

_ACCEPTED = 202
_NEEDED = {"reason": TEXT}
_OPTIONAL = {
    "incident": TEXT,
    "occurred_at": MOMENT,
    "accept_data_loss": YES_OR_NO,
    "force": YES_OR_NO,
    "take_lock": TEXT,
}
# Against a witness, for a loss, from a living run: such a request, sent again by anybody who has
# seen it, must never be another run.
_OVERRIDES = frozenset({"accept_data_loss", "force", "take_lock"})
_NAMES_A_RUN = ("incident", "occurred_at")


@guarded(blueprint, "takeover", "POST", OPERATORS)
def start_takeover(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{"reason"}`` and incident, occurred_at, accept_data_loss, force, take_lock.

    Answer run and said with 202: it is begun. ``take_lock`` is how one knows that the run that
    holds the lock is dead. Asked again with the same incident of the same moment (epoch seconds),
    or while a takeover is on, it names that run; what overrides something has to give both.
    """
    return answer(lambda: _start(req.get_body()), _ACCEPTED)


@guarded(blueprint, "takeover/{run}", "GET", OPERATORS)
def read_takeover(req: func.HttpRequest) -> func.HttpResponse:
    """Answer run, job, lease, state, ended, steps and ending; ending is null while it is on.

    ``ended`` is the machine's own: empty, ``succeeded`` or ``failed``.
    """
    return answer(lambda: _read(_run_of(req)))


@guarded(blueprint, "takeovers", "GET", OPERATORS)
def list_takeovers(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """Answer ``{"runs"}``: the names of the runs that are kept, newest first."""
    return answer(lambda: {"runs": _records().runs()})


@guarded(blueprint, "takeover/{run}/record", "GET", OPERATORS)
def read_record(req: func.HttpRequest) -> func.HttpResponse:
    """Answer run, at, ended, record, document and whole; a run without a record has null there."""
    return answer(lambda: _record(_run_of(req)))


def _start(body: bytes) -> dict[str, Any]:
    wanted = check_fields(read_object(body), _NEEDED, _OPTIONAL)
    if any(wanted.get(one) for one in _OVERRIDES) and not set(_NAMES_A_RUN) <= set(wanted):
        raise InvalidEventError(
            f"{', '.join(_NAMES_A_RUN)}: missing, and this request overrides something",
            "name the incident and its moment, so that the request is one run however often sent",
        )
    return begin_takeover({"trigger": "manual", **wanted})


def begin_takeover(event: Mapping[str, Any]) -> dict[str, Any]:
    """Start it, or find the one that is on; answer run and said. A run's Job is made once."""
    takeover = parse_takeover(event, time.time())
    jobs = _jobs()
    on = jobs.running()
    if on:
        return {"run": on, "said": "this takeover is on already"}
    jobs.start(takeover.run, takeover.document())
    return {"run": takeover.run, "said": f"{takeover.request.trigger}: {takeover.request.reason}"}


def _run_of(req: func.HttpRequest) -> str:
    # It becomes a part of a path at the API server.
    run = str(req.route_params.get("run", ""))
    if not run.isascii() or not run.replace("-", "").isalnum():
        raise InvalidEventError("run: this is no run's name", "as POST takeover answered it")
    return run


def _record(run: str) -> dict[str, Any]:
    parts = _records().read_all(run)
    kept = {part: parts.get(part) for part in ("record", "document", "whole")}
    ended = parts.get("journal", {}).get("frame", {}).get("ended", "")
    return {"run": run, "at": parts["at"], "ended": ended, **kept}


def _read(run: str) -> dict[str, Any]:
    records = _records()
    journal = records.read(run, "journal") or {"frame": {"state": ""}, "steps": []}
    document = records.read(run, "document")
    steps = [{**step, "output": ""} for step in journal["steps"]]
    return {
        "run": run,
        "job": _jobs().state(run).value,
        "lease": records.read(run, "lease"),
        "state": journal["frame"]["state"],
        "ended": journal["frame"].get("ended", ""),
        "steps": steps,
        "ending": document["ending"] if document else None,
    }


def _records() -> AzureRecords:
    return AzureRecords(cluster(), settings().gate_namespace)


def _jobs() -> TakeoverJobs:
    return TakeoverJobs(cluster(), settings().gate_namespace)
