"""State "Observe Sites": what is true of both databases, the gate and DNS. Changes nothing."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import look_at
from landbridge.adapters.warming import warmable
from landbridge.adapters.zone import site_answering
from landbridge.domain.errors import SiteUnknownError
from landbridge.domain.gate import parse_gate
from landbridge.domain.settling import why_to_settle
from landbridge.domain.situation import Situation, decide_situation
from landbridge.domain.starting import parse_request

logger = Logger()


def _dns() -> str:
    # Evidence, not a condition: name servers that do not answer do not hold a failover up.
    try:
        return site_answering(settings().names, settings().name_servers)
    except SiteUnknownError as error:
        return f"unknown: {error.message}"


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``run``, ``request``, ``observed``; raise InvalidEventError or SiteUnknownError."""
    request = parse_request(event["input"], time.time())
    limit = settings().budgets.database_seconds
    with ThreadPoolExecutor() as pool:
        aws = pool.submit(look_at, "aws", settings().aws_database, limit)
        azure = pool.submit(look_at, "azure", settings().azure_database, limit)
        answering = pool.submit(_dns)
        gate = parse_gate(function_app().gate())
        said = {"force": request.force, "accept_data_loss": request.accept_data_loss}
        standing = decide_situation(azure.result(), gate, **said)
        observed = {
            "situation": standing.situation.value,
            "reason": standing.reason,
            "aws": asdict(aws.result()),
            "azure": asdict(azure.result()),
            "gate": asdict(gate),
            "dns": answering.result(),
            "settle": why_to_settle(aws.result(), settings(), looked_again=event["retries"] > 0),
        }
    if standing.situation is Situation.UNKNOWN:
        raise SiteUnknownError(standing.reason, standing.remedy)
    # Once Azure is promoted there is nothing left for a fence to come before.
    wanted = request.planned or not settings().synchronous
    asked = {"fence_first": wanted and standing.situation is not Situation.MOVING}
    return {"run": event["run"], "request": asdict(request) | asked, "observed": observed}
