"""State "Report Waves": every workload with its ending, told to whom nobody else tells it.

Whoever arrived heard of it from its own run. Run twice it tells twice.
"""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.tracing import traced
from landbridge.adapters.workload_runs import tell_workload
from landbridge.domain.wave_ending import describe_waves
from landbridge.domain.wave_turns import read_ending

logger = Logger()


@logger.inject_lambda_context
@traced
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the ending and ``"arrived"``; raise AccessDeniedError or SiteUnknownError."""
    plan = event["plan"]
    rows = [read_ending(one) for one in plan["endings"]]
    ending = describe_waves(event["run"], plan["flow"], rows)
    logger.info("ended", ending=ending)
    for workload in ending.untold:
        tell_workload(workload, ending.subject, ending.message)
    return {**asdict(ending), "arrived": not ending.untold}
