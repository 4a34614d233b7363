"""State "Record Run": how the run ended, kept in the runs table. Written twice it is one record."""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.runs import put_record
from landbridge.adapters.warming import warmable
from landbridge.domain.ending import describe_ending

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"outcome", "reason", "subject", "message"}`` for the operators."""
    ending = describe_ending(event["run"], event["state"])
    logger.info("run ended", ending=asdict(ending))
    document = {"ending": asdict(ending), "state": event["state"]}
    put_record(event["run"], "run", time.time(), document)
    return asdict(ending)
