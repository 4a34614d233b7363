"""An alarm of the standby changed: the operators are told what it means and what to do.

Running it twice tells it twice.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.notifications import publish
from landbridge.adapters.runs import PREFLIGHT, read_record
from landbridge.domain.alarm_message import parse_alarm_change, tell_alarm
from landbridge.domain.errors import LandbridgeError

logger = Logger()


def _last_report() -> dict[str, Any] | None:
    # Who is woken shall be told of the alarm, whether the table answers or not.
    try:
        return read_record(*PREFLIGHT)
    except LandbridgeError as error:
        logger.warning("the last preflight is not known", reason=str(error))
        return None


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"message_id"}``, empty where there was nothing to tell."""
    workload = settings().workload
    change = parse_alarm_change(event, workload)
    told = tell_alarm(change, workload, _last_report())
    return {"message_id": publish(told.subject, told.text) if told else ""}
