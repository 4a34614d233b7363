"""Each minute: is AWS down, and did no alarm come? Then the starter is asked for a run.

The alarm's own region may be the one that is down. Two at once ask for the same incident, which the
starter takes for one.
"""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.metrics import emit
from landbridge.adapters.runs import WATCH, put_record, read_record
from landbridge.adapters.starter import ask_starter
from landbridge.adapters.watching import watch
from landbridge.domain.monitoring import seen_of_aws
from landbridge.domain.watchdog import read_watch, watch_event

logger = Logger()


@logger.inject_lambda_context
def lambda_handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"asked", "reason", "run"}``; raise where the starter could not be asked."""
    kept, run = read_watch(read_record(*WATCH)), ""
    decision = watch(kept)
    emit(seen_of_aws(up=decision.up, missed=decision.missed), settings().workload)
    if decision.start:
        answer = ask_starter(watch_event(decision, time.time()))
        run = answer["run"]
        logger.warning("asked the starter", reason=decision.reason, answer=answer)
    if decision.watch != kept:
        put_record(*WATCH, time.time(), asdict(decision.watch))
    return {"asked": decision.start, "reason": decision.reason, "run": run}
