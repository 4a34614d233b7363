"""State "Report Gameday": how it ended, kept in the runs table. Written twice it is one record."""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.runs import put_record
from landbridge.domain.gameday_ending import describe_gameday
from landbridge.domain.gameday_record import gameday_record
from landbridge.domain.starting import moment_of

logger = Logger()


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"mark", "error", "reason", "subject", "message"}``."""
    run, state = event["run"], event["state"]
    ending = asdict(describe_gameday(run, state))
    logger.info("GameDay ended", ending=ending)
    document = {"started_at": event["started_at"], "ending": ending, "state": state}
    now = time.time()
    record = gameday_record(
        run,
        state,
        ending["mark"],
        ending["reason"],
        started_at=moment_of("started_at", event["started_at"]),
        ended_at=now,
    )
    put_record(run, "gameday", now, document, record)
    return ending
