"""Azure's own witness: whether AWS's load balancer answers, seen from here."""

from dataclasses import asdict
from typing import Any

import azure.functions as func

from azure_functions.aks import settings
from azure_functions.answers import answer
from azure_functions.bodies import check_fields, read_object
from azure_functions.callers import guarded
from landbridge.adapters.http_probe import probe
from landbridge.domain.votes import Ballot, ballot_of_probe

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@guarded(blueprint, "probe", "POST")
def probe_primary(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{}``; answer ``{"witness": "azure", "vote", "reason"}``.

    What is probed is a setting, never the caller's choice.
    """
    return answer(lambda: _probe(req.get_body()))


def _probe(body: bytes) -> dict[str, Any]:
    check_fields(read_object(body), {})
    return asdict(azure_ballot())


def azure_ballot() -> Ballot:
    """Return Azure's vote, by one probe."""
    wanted = settings()
    seen = probe(wanted.primary_probe_url, wanted.name_servers, wanted.probe_seconds)
    return ballot_of_probe("azure", seen.result, seen.detail)
