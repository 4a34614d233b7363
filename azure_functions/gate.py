"""The gate's routes: one bit for each kind of checker, and the gate itself for who may know more.

A gate that can't be read, or was never written, vetoes nothing and says so with 503: the checkers
that see the sites themselves then decide alone. Taking an absent gate for a closed one would, after
a failover, send the users back to AWS because somebody deleted a ConfigMap.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import azure.functions as func

from azure_functions.aks import cluster
from azure_functions.answers import answer
from azure_functions.bodies import EPOCH, HOLDER, TEXT, check_fields, read_object
from azure_functions.callers import READERS, guarded
from azure_functions.compare_and_set import until_written
from azure_functions.vetoes import LatestGate, admission
from landbridge.domain.gate import (
    VETO_AWS,
    VETO_AZURE,
    Gate,
    decide_transition,
    initial_gate,
    parse_state,
)

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]
logger = logging.getLogger(__name__)


@blueprint.route(route="gate/veto-aws", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def veto_aws(req: func.HttpRequest) -> func.HttpResponse:
    """Answer 200 and ``VETO_AWS`` while AWS must stay out of DNS, else 503."""
    return _bit(req, VETO_AWS, lambda gate: gate.vetoes_aws)


@blueprint.route(route="gate/veto-azure", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def veto_azure(req: func.HttpRequest) -> func.HttpResponse:
    """Answer 200 and ``VETO_AZURE`` while Azure must stay out of DNS, else 503."""
    return _bit(req, VETO_AZURE, lambda gate: gate.vetoes_azure)


@guarded(blueprint, "gate", "GET", READERS)
def read_gate(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """Answer ``{"state", "active_site", "epoch", "holder", "since"}``."""
    return answer(_read)


@guarded(blueprint, "gate", "POST")
def move_gate(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{"to", "epoch", "holder"}`` from the lock's holder; answer the gate as it is then.

    ``seen_epoch`` may be there: then a gate that another run wrote since is left alone.
    """
    return answer(lambda: _move(req.get_body()))


def _bit(req: func.HttpRequest, word: str, vetoes: Callable[[Gate], bool]) -> func.HttpResponse:
    if not admission().admits(req.headers.get("X-Forwarded-For", "")):
        return func.HttpResponse("", status_code=429, headers={"Retry-After": "1"})
    gate = latest.look()
    veto = gate is not None and vetoes(gate)
    return func.HttpResponse(word if veto else "none", status_code=200 if veto else 503)


def _look() -> Gate | None:
    try:
        stored = cluster().read_gate()
    except Exception:  # whatever it was: unknown, and an anonymous caller learns one bit
        logger.exception("the gate could not be read")
        return None
    return stored[0] if stored else None


latest = LatestGate(_look)


def _read() -> dict[str, Any]:
    stored = cluster().read_gate()
    return asdict(stored[0] if stored else initial_gate(""))


def _move(body: bytes) -> dict[str, Any]:
    fields = {"to": TEXT, "epoch": EPOCH, "holder": HOLDER}
    wanted = check_fields(read_object(body), fields, {"seen_epoch": EPOCH})
    to = parse_state(wanted["to"])
    now = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")

    def attempt() -> dict[str, Any]:
        stored, held = cluster().read_gate(), cluster().read_lock()
        gate = stored[0] if stored else initial_gate(now)
        decided = decide_transition(
            gate,
            held[0] if held else None,
            to,
            epoch=wanted["epoch"],
            holder=wanted["holder"],
            now=now,
            seen_epoch=wanted.get("seen_epoch"),
        )
        if decided != gate:
            cluster().write_gate(decided, stored[1] if stored else None)
        return asdict(decided)

    try:
        return until_written(attempt)
    finally:
        # Written or not, as far as is known: the checkers' next look is a new one.
        latest.forget()
