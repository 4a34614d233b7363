"""State "Observe Sites": what is true of both databases, the gate and DNS. Changes nothing."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import look_at
from landbridge.adapters.zone import site_answering
from landbridge.domain.errors import SiteUnknownError
from landbridge.domain.gate import Gate, parse_state
from landbridge.domain.situation import Situation, decide_situation
from landbridge.domain.starting import parse_request

logger = Logger()


def _gate() -> Gate:
    read = function_app().gate()
    return Gate(
        state=parse_state(read["state"]),
        active_site=read["active_site"],
        epoch=read["epoch"],
        holder=read["holder"],
        since=read["since"],
    )


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the run's first state: ``run``, ``request`` (validated) and ``observed``.

    Raises InvalidEventError for a malformed request, SiteUnknownError where the standby or the
    gate could not be seen.
    """
    request = parse_request(event["input"], time.time())
    limit = settings().budgets.database_seconds
    with ThreadPoolExecutor() as pool:
        aws = pool.submit(look_at, "aws", settings().aws_database, limit)
        azure = pool.submit(look_at, "azure", settings().azure_database, limit)
        answering = pool.submit(site_answering, settings().names, settings().name_servers)
        gate = _gate()
        standing = decide_situation(azure.result(), gate)
        observed = {
            "situation": standing.situation.value,
            "reason": standing.reason,
            "aws": asdict(aws.result()),
            "azure": asdict(azure.result()),
            "gate": asdict(gate),
            "dns": answering.result(),
        }
    logger.info("observed", **observed)
    if standing.situation is Situation.UNKNOWN:
        raise SiteUnknownError(standing.reason, "see `landbridge status`, then start again")
    fence_first = request.planned or not settings().synchronous
    return {
        "run": event["run"],
        "request": {**asdict(request), "fence_first": fence_first},
        "observed": observed,
    }
