"""State "Wait Rollout": until Azure's pods are ready, within the budget. Renews the run's lease."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.polling import poll
from landbridge.adapters.warming import warmable
from landbridge.domain.errors import RolloutPendingError
from landbridge.domain.rollout import RolloutLook, describe_pending, rollout_done

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"ready"}``; raise RolloutPendingError, which names the pod and its last lines.

    Raises StaleEpochError where a newer run has taken over.
    """
    replicas = settings().deployment.replicas
    app, seen = function_app(), RolloutLook(0, 0, observed=False)
    # Pods are what a failover waits longest for; the run must not lose its lock meanwhile.
    app.renew_lock(event["run"], event["epoch"])

    def done() -> RolloutLook | None:
        nonlocal seen
        seen = app.rollout()
        return seen if rollout_done(seen, replicas) else None

    if poll(done, settings().budgets.rollout_seconds) is None:
        raise RolloutPendingError(describe_pending(seen, replicas))
    return {"ready": seen.ready}
