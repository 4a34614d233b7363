"""Each minute: keep how replication looks while all is well, and write the primary's heartbeat.

The promotion gate reads the last look when the primary cannot be asked any more: in the runs table,
or, where nothing of AWS answers, in AKS. Running twice writes it twice.
"""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import connect, heartbeat, look
from landbridge.adapters.runs import write_look
from landbridge.domain.database import DatabaseLook
from landbridge.domain.errors import LandbridgeError

logger = Logger()


@logger.inject_lambda_context
def lambda_handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"recorded", "standbys", "in_azure"}``.

    A primary that cannot be asked leaves the last look; ``in_azure`` is why Azure has not got it,
    empty where it has: the next minute tries again.
    """
    limit = settings().budgets.database_seconds
    with connect(settings().aws_database, limit) as connection:
        seen = look("aws", connection)
        if seen.is_primary and not seen.read_only:
            heartbeat("aws", connection)
            seen = look("aws", connection)
    if not seen.is_primary:
        return {"recorded": False, "standbys": 0, "in_azure": "AWS is no primary"}
    now = time.time()
    write_look(seen, now)
    return {"recorded": True, "standbys": len(seen.standbys), "in_azure": _kept_in_azure(seen, now)}


def _kept_in_azure(seen: DatabaseLook, now: float) -> str:
    try:
        function_app().keep_look(asdict(seen), now)
    except LandbridgeError as error:
        # The look is recorded; an Azure that is away must not make this minute's a failure.
        logger.warning("not kept in Azure", reason=str(error))
        return str(error)
    return ""
