"""Each minute: keep how replication looks while all is well, and write the primary's heartbeat.

The promotion gate reads the last look when the primary cannot be asked any more. Running twice
writes it twice.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.postgres import connect, heartbeat, look
from landbridge.adapters.runs import write_look

logger = Logger()


@logger.inject_lambda_context
def lambda_handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"recorded", "standbys"}``; a primary that cannot be asked leaves the last look."""
    limit = settings().budgets.database_seconds
    with connect(settings().aws_database, limit) as connection:
        seen = look("aws", connection)
        if seen.is_primary and not seen.read_only:
            heartbeat("aws", connection)
            seen = look("aws", connection)
    if not seen.is_primary:
        return {"recorded": False, "standbys": 0}
    write_look(seen, time.time())
    return {"recorded": True, "standbys": len(seen.standbys)}
