"""State "Check Gameday": may a GameDay begin now? Looks, and refuses with every reason."""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.executions import running_execution
from landbridge.adapters.gameday_look import alarm_on_aws, stop_alarms
from landbridge.adapters.tracing import traced
from landbridge.domain.errors import GamedayRefusedError
from landbridge.domain.gameday import wait_seconds
from landbridge.domain.gameday_admission import why_not_now
from landbridge.domain.gameday_request import parse_gameday

logger = Logger()


@logger.inject_lambda_context
@traced
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"request", "plan": {"at", "notice_seconds", "soak_seconds", "wait_seconds"}}``.

    Raises GamedayRefusedError, InvalidEventError for the machine's own input.
    """
    now, options = time.time(), settings().gameday
    request = parse_gameday(event["input"], now)
    report = event["preflight"]
    against = why_not_now(
        options,
        now=now,
        checks=report["checks"],
        active=report["active"],
        alarms={settings().alarm_name: alarm_on_aws(), **stop_alarms()},
        running=running_execution(),
    )
    logger.info("may a GameDay begin", against=against)
    if against:
        raise GamedayRefusedError("; ".join(against), "see to that, then landbridge gameday")
    plan = {
        "at": now,
        "notice_seconds": options.notice_seconds,
        "soak_seconds": options.soak_seconds,
        "wait_seconds": wait_seconds(options, 0.0),
    }
    return {"request": asdict(request), "plan": plan}
