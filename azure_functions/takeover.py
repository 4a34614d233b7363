"""A takeover's routes: start one, and see how it goes. For when nothing of AWS answers.

What may be started is decided as the orchestrator's starter decides it; who holds the run lock is
decided by the run itself.
"""

import time
from dataclasses import asdict
from typing import Any

import azure.functions as func

from azure_functions.aks import cluster, settings
from azure_functions.answers import answer
from azure_functions.bodies import TEXT, YES_OR_NO, check_fields, read_object
from landbridge.adapters.azure_records import AzureRecords
from landbridge.adapters.takeover_jobs import TakeoverJobs
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.starting import execution_name, parse_request

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

_ACCEPTED = 202
_FLOW = "takeover"
_NEEDED = {"reason": TEXT}
_OPTIONAL = {"incident": TEXT, "accept_data_loss": YES_OR_NO, "force": YES_OR_NO}


@blueprint.route(route="takeover", methods=["POST"])
def start_takeover(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{"reason"}`` and incident, accept_data_loss, force; answer 202, ``{"run", "said"}``.

    Asked again with the same incident, or while a takeover is on, it names that run.
    """
    return answer(lambda: _start(req.get_body()), _ACCEPTED)


@blueprint.route(route="takeover/{run}", methods=["GET"])
def read_takeover(req: func.HttpRequest) -> func.HttpResponse:
    """Answer ``{"run", "job", "state", "steps", "ending"}``; ending is null while it is on."""
    return answer(lambda: _read(str(req.route_params.get("run", ""))))


def _start(body: bytes) -> dict[str, Any]:
    wanted = check_fields(read_object(body), _NEEDED, _OPTIONAL)
    now = time.time()
    request = parse_request({"trigger": "manual", **wanted}, now)
    jobs = _jobs()
    on = jobs.running()
    if on:
        return {"run": on, "said": "this takeover is on already"}
    run = execution_name(request, _FLOW)
    document = {**asdict(request), "occurred_at": request.occurred_at}
    jobs.start(run, {name: document[name] for name in _ASKED})
    return {"run": run, "said": f"manual: {request.reason}"}


_ASKED = ("trigger", "reason", "incident", "occurred_at", "accept_data_loss", "force")


def _read(run: str) -> dict[str, Any]:
    if not run.isascii() or not run.replace("-", "").isalnum():
        raise InvalidEventError("run: this is no run's name", "as POST takeover answered it")
    records = AzureRecords(cluster(), settings().gate_namespace)
    journal = records.read(run, "journal") or {"frame": {"state": ""}, "steps": []}
    document = records.read(run, "document")
    steps = [{**step, "output": ""} for step in journal["steps"]]
    return {
        "run": run,
        "job": _jobs().state(run).value,
        "state": journal["frame"]["state"],
        "steps": steps,
        "ending": document["ending"] if document else None,
    }


def _jobs() -> TakeoverJobs:
    return TakeoverJobs(cluster(), settings().gate_namespace)
