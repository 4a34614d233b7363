"""State "Await Streaming": how far AWS's new standby is, by Azure's own word.

It changes nothing but a paused replay in AWS, which would be waited for without an end.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.polling import poll
from landbridge.adapters.postgres import connect, look, look_at
from landbridge.adapters.promotion import resume_replay
from landbridge.adapters.warming import warmable
from landbridge.domain.catching_up import Progress, progress_of
from landbridge.domain.database import DatabaseLook

logger = Logger()


def _resume() -> DatabaseLook:
    # AWS may be starting still, and then there is no pause: what counts is Azure's word.
    limit = settings().budgets.database_seconds
    seen = look_at("aws", settings().aws_database, limit)
    if seen.replay_paused:
        with connect(settings().aws_database, limit) as connection:
            resume_replay(connection, seen)
    return seen


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"caught_up", "lag_bytes", "bytes_per_second", "seconds_left", ...}``.

    ``event["before"]`` is the visit before this one, or null: the rate is made of both.
    """
    budgets = settings().budgets
    function_app().renew_lock(event["run"], event["epoch"])
    delayed = _resume().replay_delayed
    aws = (settings().aws_database, budgets.database_seconds)
    seen: list[Progress] = []
    with connect(settings().azure_database, budgets.database_seconds) as connection:

        def caught_up() -> bool | None:
            azure = look("azure", connection)
            whole = look_at("aws", *aws).whole_lsn if delayed else 0
            before, most = event["before"], budgets.switchover_lag_bytes
            seen[:] = [progress_of(azure, "aws", before, time.time(), most, whole_lsn=whole)]
            return seen[0].caught_up or None

        poll(caught_up, budgets.streaming_seconds)
    return seen[0].document()
