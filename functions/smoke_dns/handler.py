"""State "Smoke Dns": an order by the users' own name, as DNS answers it now."""

import time
import uuid
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.warming import warmable
from landbridge.adapters.workload import place_order
from landbridge.domain.errors import SmokeCheckError

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"site", "epoch", "passed_at"}``; raise SmokeCheckError with what was seen instead.

    ``event["site"]`` is the one that is to answer; ``passed_at`` (epoch seconds) ends the outage.
    """
    url = f"https://{settings().names.workload}:{settings().port}"
    order_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{event['run']}/smoke-dns"))
    limit = settings().budgets.smoke_seconds
    order = place_order(url, order_id, settings().name_servers, limit)
    if order["site"] != event["site"]:
        raise SmokeCheckError(f"{url} was answered by {order['site']}")
    return {"site": order["site"], "epoch": order["epoch"], "passed_at": time.time()}
