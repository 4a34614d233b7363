"""State "Record Run": how the run ended, kept in the runs table and, whole, in the bucket.

Written twice it is one record. The short record comes first: it stands even where the steps cannot
be read or the bucket does not answer.
"""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.executions import execution_steps
from landbridge.adapters.metrics import emit
from landbridge.adapters.run_archive import archive_run
from landbridge.adapters.runs import put_record, recent_records
from landbridge.adapters.warming import warmable
from landbridge.domain.ending import describe_ending
from landbridge.domain.incident import accounted, earlier_runs, with_steps_by_hand
from landbridge.domain.manual_steps import BY_HAND
from landbridge.domain.monitoring import votes_of
from landbridge.domain.run_record import run_facts
from landbridge.domain.starting import moment_of

logger = Logger()

_EARLIER = 25  # of both flows; an incident's runs are a handful


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"outcome", "reason", "subject", "message"}`` for the operators."""
    run, state, now = event["run"], event["state"], time.time()
    ending = describe_ending(run, state)
    logger.info("run ended", ending=asdict(ending))
    facts = run_facts(
        run,
        state,
        ending,
        started_at=moment_of("started_at", event["started_at"]),
        ended_at=now,
        synchronous=settings().synchronous,
    )
    others = [one for one in recent_records(_EARLIER) if one["run"] != run]
    known = with_steps_by_hand([facts, *others], recent_records(_EARLIER, BY_HAND))
    record = accounted(known[0], earlier_runs(known[0], known[1:]))
    put_record(run, "run", now, {"ending": asdict(ending), "state": state}, record)
    # This step itself is on, and would stand there as if it had never ended.
    steps = [
        {**asdict(step), "output": ""}
        for step in execution_steps(event["execution"])
        if step.name != "record_run"
    ]
    emit(votes_of(state.get("verdict", {}).get("ballots", ())), settings().workload)
    archive_run(run, {"record": record, "ending": asdict(ending), "steps": steps, "state": state})
    return asdict(ending)
