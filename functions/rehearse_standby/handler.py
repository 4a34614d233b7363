"""For `landbridge rehearse`: what production is, and the rehearsal's Job in AKS.

Takes part in no run: it reads gate, DNS and databases, and changes one Job that nobody else uses.
Every action may be asked twice.
"""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.production_ledger import production_now
from landbridge.domain.rehearsal_request import Wish, parse_rehearsal_request

logger = Logger()


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return production's ledger, the rehearsal's look, or ``{"left"}``: ``done`` at the end.

    Raises InvalidEventError, LockHeldError, FunctionUnavailableError, GateConflictError.
    """
    request = parse_rehearsal_request(event)
    if request.wish is Wish.OBSERVE:
        return asdict(production_now(settings(), function_app(), request.order))
    if request.wish is Wish.LOOK:
        return asdict(function_app().rehearsal())
    left = function_app().act_on_rehearsal(request.wish.value, request.run, request.seconds)
    logger.info("rehearsal", action=request.wish.value, run=request.run, left=left)
    return {"left": left}
