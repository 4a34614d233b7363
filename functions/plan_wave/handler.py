"""State "Plan Wave": which workloads go now, by how those before them ended. Changes nothing."""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.tracing import traced
from landbridge.adapters.workload_runs import wave_settings
from landbridge.domain.wave_request import parse_waves, request_document
from landbridge.domain.wave_turns import next_turn, read_ending

logger = Logger()


@logger.inject_lambda_context
@traced
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the request, the wave and all endings so far; raise InvalidEventError.

    ``event["endings"]`` are those of the waves before, ``event["ended"]`` those of the last one.
    """
    asked, options = parse_waves(event["input"], time.time()), wave_settings()
    endings = [read_ending(one) for one in (*event["endings"], *event["ended"])]
    turn = next_turn(options.after_on(asked.flow), endings)
    logger.info("planned", turn=turn)
    return {
        "flow": asked.flow,
        "request": request_document(asked),
        "max_concurrency": options.max_concurrency,
        "wave": list(turn.wave),
        "number": turn.number,
        "of": turn.of,
        "endings": [asdict(one) for one in turn.endings],
        "done": turn.done,
    }
