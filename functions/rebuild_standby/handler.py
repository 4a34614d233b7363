"""State "Rebuild Standby": Azure's database becomes AWS's standby again, while AWS serves.

One visit to the rebuild; the machine comes back until it is done.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.function_app import StandbyRebuild
from landbridge.adapters.postgres import look_at
from landbridge.adapters.rebuilding import visit
from landbridge.adapters.warming import warmable
from landbridge.domain.database_rebuild import streams_already

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"done", "action", "progress", "result"}``; raise RebuildFailedError."""
    run, budgets, app = event["run"], settings().budgets, function_app()
    aws = look_at("aws", settings().aws_database, budgets.database_seconds)
    rebuild = StandbyRebuild(app, event["epoch"])
    if streams := streams_already(aws, settings().standby_name, rebuild.look):
        return streams
    return visit(
        rebuild,
        run,
        lambda: app.renew_lock(run, event["epoch"]),
        budgets.streaming_seconds,
        discard_forked_rows=event["request"]["discard_forked_rows"],
    )
