"""State "Hand Over": the GameDay leads no more, and the incident shall have a run.

An alarm that came while a run of the GameDay was on was refused for it, and comes no second time.
Running it twice asks for the same incident twice, which the starter takes for one.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.executions import running_execution
from landbridge.adapters.gameday_look import alarm_on_aws
from landbridge.adapters.starter import ask_starter
from landbridge.adapters.tracing import traced
from landbridge.domain.gameday_request import incident_event
from landbridge.domain.starting import moment_of

logger = Logger()


@logger.inject_lambda_context
@traced
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"run", "reason"}``: the run that leads, empty where there is none."""
    leads = running_execution()
    if leads:
        return {"run": leads, "reason": f"Run {leads} leads."}
    alarm = alarm_on_aws()
    if alarm != "ALARM":
        return {"run": "", "reason": f"No run is on, and the alarm on AWS is {alarm}."}
    # By the state's own time: an attempt of the same state is a copy of the same event.
    answer = ask_starter(incident_event(event["run"], moment_of("at", event["at"])))
    logger.warning("asked the starter", answer=answer)
    verb = "was started" if answer["started"] else "was not started"
    return {"run": answer["run"], "reason": f"A failover {verb}: {answer['reason']}."}
