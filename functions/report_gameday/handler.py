"""State "Report Gameday": how it ended and what it cost, kept. Written twice it is one record."""

from dataclasses import asdict
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.gameday_archive import keep_gameday
from landbridge.adapters.tracing import traced
from landbridge.domain.gameday_ending import describe_gameday
from landbridge.domain.starting import moment_of

logger = Logger()


@logger.inject_lambda_context
@traced
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"mark", "error", "reason", "subject", "message"}``."""
    run, state = event["run"], event["state"]
    started_at = moment_of("started_at", event["started_at"])
    ending = keep_gameday(run, state, partial(describe_gameday, run, state), started_at=started_at)
    logger.info("GameDay ended", ending=asdict(ending))
    return asdict(ending)
