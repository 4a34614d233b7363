"""State "Resequence Primary": no sequence in AWS hands out a value that its column has already.

AWS is promoted and takes no writes yet. `landbridge resequence` calls the same function, for either
site. It takes part in no lock: a sequence only ever moves forward, so whoever runs it, and however
often, it is one move.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.sequences import resequence
from landbridge.adapters.warming import warmable
from landbridge.domain.catching_up import hold_left_seconds
from landbridge.domain.sequences import parse_resequence_request

logger = Logger()

# The time to look; the statement that is on when it is over may take as long again.
LIMIT_SECONDS = 25.0
# Of each list in the answer: a run's whole state has 256 KiB, a function's own answer 6 MB.
NAMED_IN_A_RUN = 100
NAMED = 10_000


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"site", "dry_run", "looked", "moved": [...], "not_moved": [...], ...}``.

    Each moved one is ``{"sequence", "column", "from", "to"}``, each other ``{"sequence", "column",
    "reason", "remedy"}``. ``held_at`` is there in a run. Raises InvalidEventError,
    HoldExpiredError, DatabaseNotWritableError.
    """
    request, limit = parse_resequence_request(event), LIMIT_SECONDS
    held_at = event.get("held_at")
    if held_at is not None:
        left = hold_left_seconds(held_at, settings().budgets.hold_seconds, time.time())
        limit = min(left, limit)
    databases = {"aws": settings().aws_database, "azure": settings().azure_database}
    done = resequence(
        request.site, databases[request.site], dry_run=request.dry_run, timeout_seconds=limit
    )
    for one in done.moved:
        logger.info("moved", dry_run=done.dry_run, **one.document())
    for left_alone in done.not_moved:
        logger.warning("not moved", **left_alone.document())
    return done.document(NAMED if held_at is None else NAMED_IN_A_RUN)
