"""A GameDay's execution ended, or its way out arrived: where nobody leads it home, this does.

EventBridge calls it. Running it twice asks for the same way home twice, which the starter refuses
the second time, and tells it twice.
"""

from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.executions import execution_status
from landbridge.adapters.gameday_archive import GAMEDAY, keep_gameday
from landbridge.adapters.gameday_look import runs_of
from landbridge.adapters.notifications import publish
from landbridge.adapters.runs import read_record
from landbridge.adapters.starter import ask_starter
from landbridge.domain.gameday_closing import (
    decide_closing,
    describe_closing,
    describe_refusal,
    gameday_of,
    has_reported,
    request_of,
)
from landbridge.domain.gameday_request import leg_event

logger = Logger()

_STOPPED = frozenset({"ABORTED", "FAILED", "TIMED_OUT"})


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"closed", "run", "now"}``; not closed: it is no GameDay's, or one that reports."""
    detail = event["detail"]
    run = gameday_of(detail)
    status = execution_status(run) if run else ""
    kept = read_record(run, GAMEDAY) if status in _STOPPED else None
    if status not in _STOPPED or has_reported(kept, detail):
        return {"closed": False, "run": run, "now": ""}
    began_at = (kept or {}).get("started_at", detail["startDate"] / 1000)
    closing, request = decide_closing(runs_of(began_at)), request_of(detail)
    now = closing.now
    if closing.home:
        said = {"reason": f"its execution is {status}", "planned": False}
        answer = ask_starter(leg_event("failback", run, said, event["time"]), "failback")
        logger.warning("asked the starter", answer=answer)
        if not answer["started"]:
            now = describe_refusal(answer["reason"])
    legs = {"out_leg": closing.out_leg, "home_leg": closing.home_leg}
    state = {"request": request, **{name: {"run": leg} for name, leg in legs.items() if leg}}
    describe = partial(describe_closing, run, status, now)
    ending = keep_gameday(run, state, describe, started_at=began_at, closed=True)
    publish(ending.subject, ending.message)
    return {"closed": True, "run": run, "now": now}
