"""State "Wait Dns": until every name server of the zone answers the site. Changes nothing."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.polling import poll
from landbridge.adapters.warming import warmable
from landbridge.adapters.zone import site_answering
from landbridge.domain.errors import DnsNotSwitchedError

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"dns"}``; raise DnsNotSwitchedError with what is answered instead."""
    seen = ""

    def switched() -> bool | None:
        nonlocal seen
        seen = site_answering(settings().names, settings().name_servers)
        return seen == event["site"] or None

    if poll(switched, settings().budgets.dns_seconds) is None:
        raise DnsNotSwitchedError(
            f"the name servers answer {seen} for {settings().names.workload}",
            "look at the health checks of both records and at the gate",
        )
    return {"dns": seen}
