"""For `landbridge rehearse`: what production is, the rehearsal's Job in AKS, and its record.

Takes part in no run: it reads gate, DNS and databases, and changes one Job that nobody else uses.
Every action may be asked twice.
"""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.production_ledger import production_now
from landbridge.adapters.run_archive import archive_run
from landbridge.adapters.runs import put_record
from landbridge.domain.rehearsal_record import FLOW, rehearsal_record
from landbridge.domain.rehearsal_request import Wish, parse_rehearsal_request

logger = Logger()


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return production's ledger, the look, ``{"kept"}``, or ``{"left"}``: ``done`` at the end.

    Raises InvalidEventError, LockHeldError, FunctionUnavailableError, GateConflictError.
    """
    request = parse_rehearsal_request(event)
    if request.wish is Wish.OBSERVE:
        return asdict(production_now(settings(), function_app(), request.order))
    if request.wish is Wish.LOOK:
        return asdict(function_app().rehearsal())
    if request.wish is Wish.KEEP:
        return {"kept": _keep(request.run, request.report)}
    left = function_app().act_on_rehearsal(request.wish.value, request.run, request.seconds)
    logger.info("rehearsal", action=request.wish.value, run=request.run, left=left)
    return {"left": left}


def _keep(run: str, report: dict[str, Any]) -> str:
    record = rehearsal_record(run, report)
    # A kind of its own: who asks for the newest runs asks for what happened to production.
    put_record(run, FLOW, record["ended_at"], record, record)
    ending = {name: record[name] for name in ("outcome", "outcome_reason")}
    archive_run(run, {"record": record, "ending": ending, "steps": [], "state": report})
    logger.info("rehearsal", run=run, **ending)
    return run
