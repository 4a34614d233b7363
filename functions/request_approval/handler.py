"""State "Request Approval": a person decides, with the evidence at hand, whether writes pause.

The machine waits for the task's token, which the runs table keeps for ``landbridge approve`` and
``landbridge reject``. Asked twice, the newer token is the one that counts.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.notifications import publish
from landbridge.adapters.runs import put_record
from landbridge.adapters.warming import warmable
from landbridge.domain.catching_up import describe_switchover

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"message_id"}``; the answer to the token is ``{"approved_by"}``."""
    limit = settings().budgets.approval_seconds
    subject, message = describe_switchover(event["run"], event["stream"], limit)
    document = {"token": event["token"], "expires_at": time.time() + limit}
    put_record(event["run"], "approval", time.time(), document)
    return {"message_id": publish(subject, message)}
