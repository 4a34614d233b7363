"""State "Rebuild Primary": AWS's database becomes Azure's standby, while Azure serves.

One visit to the rebuild; the machine comes back until it is done. A database that streams from
Azure already is left alone.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.eks import EksApi
from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import look_at
from landbridge.adapters.rebuild_job import RebuildJob
from landbridge.adapters.rebuilding import visit
from landbridge.adapters.warming import warmable
from landbridge.domain.database_rebuild import streams_already

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"done", "action", "progress", "result"}``; raise RebuildFailedError."""
    run, budgets = event["run"], settings().budgets
    azure = look_at("azure", settings().azure_database, budgets.database_seconds)
    rebuild = RebuildJob(EksApi(settings().eks, budgets.fence_seconds), settings().database_pod)
    if streams := streams_already(azure, "aws", rebuild.look):
        return streams
    return visit(
        rebuild,
        run,
        lambda: function_app().renew_lock(run, event["epoch"]),
        budgets.streaming_seconds,
        discard_forked_rows=event["request"]["discard_forked_rows"],
    )
