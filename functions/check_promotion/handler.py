"""State "Check Promotion": would promoting break a promise? Resumes a paused replay, no more."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.postgres import connect, look_at
from landbridge.adapters.promotion import replayed_look
from landbridge.adapters.runs import read_look
from landbridge.adapters.warming import warmable
from landbridge.domain.database import DatabaseLook
from landbridge.domain.errors import PromotionRefusedError, ReplayBehindError
from landbridge.domain.promotion import Policy, decide_promotion

logger = Logger()


def _primary() -> DatabaseLook | None:
    # A primary that still answers is better evidence than the last look at it.
    seen = look_at("aws", settings().aws_database, settings().budgets.database_seconds)
    return seen if seen.is_primary else read_look()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"action", "timeline", "lag_bytes", "lag_seconds"}``.

    Raises PromotionRefusedError with each reason, ReplayBehindError while replay goes on.
    """
    budgets, final_lsn = settings().budgets, event.get("final_lsn")
    policy = Policy(
        synchronous=settings().synchronous,
        standby_name=settings().standby_name,
        rpo_seconds=budgets.rpo_seconds,
        rpo_bytes=budgets.rpo_bytes,
        accept_data_loss=event["request"]["accept_data_loss"],
        planned=event["request"]["planned"],
    )
    last_look = _primary()
    limit = budgets.database_seconds + budgets.replay_seconds
    with connect(settings().azure_database, limit) as connection:
        standby = replayed_look(connection, final_lsn, budgets.replay_seconds)
    decision = decide_promotion(standby, last_look, policy, final_lsn)
    logger.info("promotion", decision=asdict(decision), standby=asdict(standby))
    if decision.action in {"resume_replay", "wait_replay"}:
        raise ReplayBehindError(decision.reason)
    if decision.action == "refuse":
        raise PromotionRefusedError(decision.reason)
    return {
        "action": decision.action,
        "timeline": last_look.timeline if last_look else standby.timeline,
        "lag_bytes": decision.lag_bytes,
        "lag_seconds": decision.lag_seconds,
    }
