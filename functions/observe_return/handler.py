"""State "Observe Return": where the world stands before a way home is chosen. Changes nothing."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import look_at
from landbridge.adapters.warming import warmable
from landbridge.domain.errors import AlreadyOnAwsError, SiteUnknownError
from landbridge.domain.failback import Return, decide_return
from landbridge.domain.gate import parse_gate
from landbridge.domain.starting import parse_request

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``run``, ``request``, ``observed``; raise AlreadyOnAwsError or SiteUnknownError."""
    request = parse_request(event["input"], time.time())
    limit = settings().budgets.database_seconds
    with ThreadPoolExecutor() as pool:
        aws = pool.submit(look_at, "aws", settings().aws_database, limit)
        azure = pool.submit(look_at, "azure", settings().azure_database, limit)
        gate = parse_gate(function_app().gate())
    standing = decide_return(
        aws.result(),
        azure.result(),
        gate,
        settings().standby_name,
        synchronous=settings().synchronous,
    )
    if standing.situation is Return.ON_AWS:
        raise AlreadyOnAwsError(standing.reason)
    if standing.situation is Return.UNKNOWN:
        raise SiteUnknownError(standing.reason, standing.remedy)
    observed = {
        "situation": standing.situation.value,
        "reason": standing.reason,
        "aws": asdict(aws.result()),
        "azure": asdict(azure.result()),
        "gate": asdict(gate),
        "ask": settings().budgets.approval_seconds > 0,
        "approval_seconds": settings().budgets.approval_seconds,
    }
    return {
        "kind": "failback",
        "run": event["run"],
        "request": asdict(request),
        "observed": observed,
        "stream": None,
    }
