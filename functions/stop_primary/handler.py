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

# A shutdown checkpoint takes its time, and nobody waits for this step. It ends before its timeout.
STOPPING_SECONDS = 30.0


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"evidence"}``, of the one layer ``database``."""
    function_app().renew_lock(event["run"], event["epoch"])
    api = EksApi(settings().eks, settings().budgets.fence_seconds)
    stopped = stop_database(RebuildJob(api, settings().database_pod), STOPPING_SECONDS)
    return {"evidence": [asdict(stopped)]}
