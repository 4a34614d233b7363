"""State "Undo Failback": AWS was not admitted, so Azure takes writes again and goes on serving.

First AWS is made read-only for certain, or not reached. Undoing twice is one undo.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.eks import scale_deployment
from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import connect, look, look_at
from landbridge.adapters.switchover import keep_out
from landbridge.adapters.warming import warmable
from landbridge.adapters.write_hold import release_writes
from landbridge.domain.errors import AlreadyPromotedError, LandbridgeError

logger = Logger()


def _stop_pods() -> str:
    try:
        scale_deployment(settings().eks, settings().deployment, 0, settings().budgets.fence_seconds)
    except LandbridgeError as error:
        return f"AWS's pods: {error.message}"
    return "AWS's pods: 0"


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"notes"}``; raise AlreadyPromotedError or SiteUnknownError: nothing is undone."""
    function_app().renew_lock(event["run"], event["epoch"])
    azure_database, limit = settings().azure_database, settings().budgets.database_seconds
    azure = look_at("azure", azure_database, limit)
    aws = keep_out(settings().aws_database, azure, limit, admitting=event["admitting"])
    limit = settings().budgets.fence_seconds
    with connect(azure_database, limit) as connection:
        if look("azure", connection).in_recovery:
            raise AlreadyPromotedError("Azure's database is a standby: nothing is undone")
        release_writes(connection)
    notes = [f"AWS's database: {aws}", "Azure's database takes writes", _stop_pods()]
    logger.info("undone", notes=notes)
    return {"notes": notes}
