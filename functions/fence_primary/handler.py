"""State "Fence Primary": AWS acknowledges no write any more. Each layer leaves its evidence.

Fencing what is fenced already changes nothing. What cannot be reached is recorded, not guessed.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.eks import scale_deployment
from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import connect
from landbridge.adapters.warming import warmable
from landbridge.adapters.write_hold import hold_writes
from landbridge.domain import fence
from landbridge.domain.errors import FenceUnconfirmedError, LandbridgeError
from landbridge.domain.lsn import format_lsn

logger = Logger()

_REMEDY = "start it with accept_data_loss, or wait until AWS's database can be reached"


def _sql() -> fence.FenceEvidence:
    limit = settings().budgets.fence_seconds
    try:
        with connect(settings().aws_database, limit) as connection:
            ended, final = hold_writes(connection, limit)
    except LandbridgeError as error:
        return fence.failed_layer("sql", error)
    detail = f"read-only, {ended} sessions ended, final LSN {format_lsn(final)}"
    return fence.done_layer("sql", detail, final)


def _pods() -> fence.FenceEvidence:
    limit = settings().budgets.fence_seconds
    try:
        scale_deployment(settings().eks, settings().deployment, 0, limit)
    except LandbridgeError as error:
        return fence.failed_layer("pods", error)
    return fence.done_layer("pods", "scaled to zero")


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return what ``fence_answer`` does; raise FenceUnconfirmedError where async needs it."""
    function_app().renew_lock(event["run"], event["epoch"])
    fenced_at = time.time()
    with ThreadPoolExecutor() as pool:
        evidence = list(pool.map(lambda layer: layer(), [_sql, _pods]))
    planned, accepted = event["request"]["planned"], event["request"]["accept_data_loss"]
    why_not = fence.why_not_fenced(evidence, synchronous=settings().synchronous, planned=planned)
    if why_not and not accepted:
        raise FenceUnconfirmedError(why_not, _REMEDY)
    return fence.fence_answer(evidence, fenced_at)
