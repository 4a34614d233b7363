"""State "Confirm Outage": three witnesses, or a person's plan. Changes nothing."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.postgres import look_at
from landbridge.adapters.warming import warmable
from landbridge.adapters.witnesses import take_votes, take_votes_until_up
from landbridge.domain.errors import OutageNotConfirmedError, SiteUnknownError
from landbridge.domain.votes import Ballot, Verdict, Vote

logger = Logger()

# The watchdog looks from where the orchestrator's probe does, the Function App's timer from where
# Azure's does: the two are one witness.
_ASKERS = {"alarm": "alarm", "watchdog": "orchestrator", "timer": "azure"}
_REMEDY = "a switchover without loss: --planned; against the votes: --force"


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the verdict; raise OutageNotConfirmedError, SiteUnknownError of Azure's database.

    ``event["settle"]`` is why AWS, which waited for Azure, gets a moment to serve again, or empty.
    """
    request = event["request"]
    if request["planned"]:
        return asdict(Verdict(True, f"planned: {request['reason']}", ()))
    told = Ballot(_ASKERS.get(request["trigger"], "operator"), Vote.DOWN, request["reason"])
    if event["settle"] and not request["force"]:
        verdict = take_votes_until_up(told, settings().budgets.settle_seconds)
    else:
        verdict = take_votes(told)
    logger.info("votes", verdict=asdict(verdict), settle=event["settle"])
    if not verdict.confirmed and request["force"]:
        verdict = Verdict(True, f"forced against the votes: {verdict.reason}", verdict.ballots)
    if not verdict.confirmed:
        raise OutageNotConfirmedError(verdict.reason, _REMEDY)
    # After the votes: an Azure that died under them is what AWS's commits wait for.
    standby = look_at("azure", settings().azure_database, settings().budgets.database_seconds)
    if not standby.reachable:
        raise SiteUnknownError(f"AWS may only wait for Azure: {standby.reason}")
    return asdict(verdict)
