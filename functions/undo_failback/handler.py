"""State "Undo Failback": AWS was not admitted, so Azure takes writes again and goes on serving.

First AWS is made read-only for certain, or not reached. Undoing twice is one undo.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import connect, look, look_at
from landbridge.adapters.switchover import hold_unadmitted
from landbridge.adapters.unfencing import scale_pods
from landbridge.adapters.warming import warmable
from landbridge.adapters.write_hold import release_writes
from landbridge.domain.errors import (
    AccessDeniedError,
    AlreadyPromotedError,
    DatabaseUnreachableError,
    SiteUnknownError,
)

logger = Logger()


def _hold_aws(*, admitting: bool) -> str:
    limit = settings().budgets.database_seconds
    azure = look_at("azure", settings().azure_database, limit)
    try:
        return hold_unadmitted(settings().aws_database, azure, limit)
    except (DatabaseUnreachableError, AccessDeniedError, SiteUnknownError) as error:
        if not admitting:
            return error.message
        raise SiteUnknownError(
            f"AWS may have been admitted, and cannot be held: {error.message}",
            "reach AWS's database, then `landbridge failback` again; or, where AWS is known to take"
            " no writes, in Azure's database: ALTER SYSTEM RESET default_transaction_read_only, and"
            " then SELECT pg_reload_conf()",
        ) from error


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"notes"}``; raise AlreadyPromotedError or SiteUnknownError: nothing is undone."""
    function_app().renew_lock(event["run"], event["epoch"])
    aws = _hold_aws(admitting=event["admitting"])
    limit = settings().budgets.fence_seconds
    with connect(settings().azure_database, limit) as connection:
        if look("azure", connection).in_recovery:
            raise AlreadyPromotedError("Azure's database is a standby: nothing is undone")
        release_writes(connection)
    stopped = scale_pods(settings().eks, settings().deployment, 0, limit)
    pods = f"AWS's pods: {stopped or 0}"
    notes = [f"AWS's database: {aws}", "Azure's database takes writes", pods]
    logger.info("undone", notes=notes)
    return {"notes": notes}
