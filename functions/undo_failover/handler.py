"""State "Undo Failover": nothing was promoted, so AWS serves again and Azure rests.

Azure's pods to zero, AWS's writes and pods back, the gate closed: in this order, so that AWS is
whole before DNS may answer it. An AWS database that was started meanwhile waits for the closed
gate, so what did not work before is tried once more after it. The run lock is taken, or kept,
because what there is to undo may be an earlier run's. Undoing twice is one undo.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import connect, look
from landbridge.adapters.promotion import is_promoting, take_promotion_lock
from landbridge.adapters.unfencing import give_writes_back, scale_pods
from landbridge.adapters.warming import warmable
from landbridge.domain.errors import AlreadyPromotedError

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"notes", "gate"}``; raise AlreadyPromotedError: then nothing is undone."""
    budgets, run = settings().budgets, event["run"]
    eks, deployment, limit = settings().eks, settings().deployment, budgets.fence_seconds
    epoch = function_app().take_lock(run, budgets.lease_seconds)["epoch"]
    with connect(settings().azure_database, limit + 10) as connection:
        take_promotion_lock(connection, limit)
        if not look("azure", connection).in_recovery:
            raise AlreadyPromotedError("Azure's database is promoted: nothing is undone")
        # A promotion that was ordered comes to its end, however late. What it would lead to is
        # read-only: that is lifted by a promotion alone.
        if is_promoting(connection):
            raise AlreadyPromotedError("Azure's database is being promoted: nothing is undone")
        function_app().scale(0, epoch, run)
        held = give_writes_back(settings().aws_database, limit, 0)
        stopped = scale_pods(eks, deployment, deployment.replicas, limit)
        gate = function_app().move_gate("closed", epoch, run)
        if held:
            held = give_writes_back(settings().aws_database, limit, limit)
    notes = [
        f"AWS's database: {held}" if held else "AWS's database takes writes again",
        f"AWS's pods: {stopped or deployment.replicas}",
    ]
    logger.info("undone", notes=notes)
    return {"notes": notes, "gate": gate}
