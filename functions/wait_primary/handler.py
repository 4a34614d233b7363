"""State "Wait Primary": until AWS's pods serve orders again, within the budget."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.eks import EksApi
from landbridge.adapters.eks_rollout import eks_rollout
from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.polling import poll
from landbridge.adapters.warming import warmable
from landbridge.domain.errors import RolloutPendingError
from landbridge.domain.rollout import RolloutLook, describe_pending, rollout_done

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"ready"}``; raise RolloutPendingError, which names the pod that is in the way."""
    deployment, budgets = settings().deployment, settings().budgets
    api, seen = EksApi(settings().eks, budgets.fence_seconds), RolloutLook(0, 0, observed=False)
    function_app().renew_lock(event["run"], event["epoch"])

    def done() -> RolloutLook | None:
        nonlocal seen
        seen = eks_rollout(api, deployment)
        return seen if rollout_done(seen, deployment.replicas) else None

    if poll(done, budgets.rollout_seconds) is None:
        raise RolloutPendingError(describe_pending(seen, deployment.replicas))
    return {"ready": seen.ready}
