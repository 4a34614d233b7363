"""State "Stop Primary": the fence's last layer, AWS's PostgreSQL shut down, after users are served.

Before promotion it would have to be started again for an undo. It runs twice for nothing; what
cannot be reached is recorded, not guessed.
"""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.database_stop import stop_database
from landbridge.adapters.eks import EksApi
from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.rebuild_job import RebuildJob
from landbridge.adapters.warming import warmable

logger = Logger()

# A shutdown checkpoint takes its time, and no user waits for this step: more than other layers get.
PATIENCE = 2


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"evidence"}``, of the one layer ``database``."""
    function_app().renew_lock(event["run"], event["epoch"])
    limit = settings().budgets.fence_seconds
    database = RebuildJob(EksApi(settings().eks, limit), settings().database_pod)
    stopped = stop_database(database, PATIENCE * limit)
    return {"evidence": [asdict(stopped)]}
