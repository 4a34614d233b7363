"""States "Watch Gameday", "Watch Out", "Watch Soak" and "Watch Home": one look, what comes next.

Changes nothing.
"""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.gameday_look import look
from landbridge.adapters.tracing import traced
from landbridge.domain.gameday import Phase, decide_next, wait_seconds

logger = Logger()

# Which of the state's fields has the beginning of a phase.
_BEGINNINGS = {
    Phase.ANNOUNCED: "announcement",
    Phase.OUT: "out_leg",
    Phase.SOAK: "watched_out",
    Phase.HOME: "home_leg",
}
_ON_THE_WAY = {Phase.OUT: "out_leg", Phase.HOME: "home_leg"}


@logger.inject_lambda_context
@traced
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"action", "reason", "mark", "leg", "at", "wait_seconds"}``; epoch seconds."""
    now, run, state, phase = time.time(), event["run"], event["state"], Phase(event["phase"])
    legs = {name: state[name]["run"] for name in ("out_leg", "home_leg") if name in state}
    since = now - state[_BEGINNINGS[phase]]["at"]
    seen = look(
        run,
        began_at=state["plan"]["at"],
        in_phase_seconds=since,
        own=list(legs.values()),
        leg=legs.get(_ON_THE_WAY.get(phase, ""), ""),
    )
    options = settings().gameday
    decision = decide_next(options, phase, seen, planned=state["request"]["planned"])
    logger.info("looked", phase=phase, seen=seen, decision=decision)
    return {**asdict(decision), "at": now, "wait_seconds": wait_seconds(options, since)}
