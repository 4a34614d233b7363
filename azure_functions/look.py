"""The last look at the primary, kept in AKS: a takeover reads it when AWS cannot be asked."""

from typing import Any

import azure.functions as func

from azure_functions.aks import cluster, settings
from azure_functions.answers import answer
from azure_functions.bodies import MOMENT, Field, check_fields, read_object
from azure_functions.callers import guarded
from landbridge.adapters.azure_records import AzureRecords
from landbridge.domain.database import parse_look
from landbridge.domain.errors import InvalidEventError

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

_LOOK = Field("a look at the primary", lambda value: isinstance(value, dict))


@guarded(blueprint, "look", "POST")
def keep_look(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{"look", "at"}``, as the orchestrator keeps it each minute; answer ``{"kept"}``."""
    return answer(lambda: _keep(req.get_body()))


def _keep(body: bytes) -> dict[str, Any]:
    wanted = check_fields(read_object(body), {"look": _LOOK, "at": MOMENT})
    try:
        parse_look(wanted["look"])
    except (KeyError, TypeError) as error:
        raise InvalidEventError(f"look: {error}", "send it as record_look does") from None
    AzureRecords(cluster(), settings().gate_namespace).write_look(wanted["look"], wanted["at"])
    return {"kept": wanted["at"]}
