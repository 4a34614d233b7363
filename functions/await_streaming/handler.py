"""State "Await Streaming": how far AWS's new standby is, by Azure's own word. Changes nothing."""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.polling import poll
from landbridge.adapters.postgres import connect, look
from landbridge.adapters.warming import warmable
from landbridge.domain.catching_up import Progress, progress_of

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"caught_up", "lag_bytes", "bytes_per_second", "seconds_left", ...}``.

    ``event["before"]`` is the visit before this one, or null: the rate is made of both.
    """
    budgets = settings().budgets
    function_app().renew_lock(event["run"], event["epoch"])
    seen: list[Progress] = []
    with connect(settings().azure_database, budgets.database_seconds) as connection:

        def caught_up() -> bool | None:
            azure = look("azure", connection)
            seen[:] = [
                progress_of(
                    azure, "aws", event["before"], time.time(), budgets.switchover_lag_bytes
                )
            ]
            return seen[0].caught_up or None

        poll(caught_up, budgets.streaming_seconds)
    return seen[0].document()
