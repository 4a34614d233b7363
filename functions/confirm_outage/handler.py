"""State "Confirm Outage": three witnesses, or a person's plan. Changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.http_probe import probe
from landbridge.adapters.postgres import look_at
from landbridge.adapters.warming import warmable
from landbridge.domain.errors import LandbridgeError, OutageNotConfirmedError, SiteUnknownError
from landbridge.domain.votes import Ballot, Verdict, Vote, ballot_of_probe, tally

logger = Logger()

_REMEDY = "a switchover without loss: --planned; against the votes: --force"


def _own_ballot() -> Ballot:
    url = f"https://{settings().names.health_aws}:{settings().port}/ready"
    result = probe(url, settings().name_servers, settings().budgets.probe_seconds)
    return ballot_of_probe("orchestrator", result.result, result.detail)


def _azure_ballot() -> Ballot:
    # A witness that cannot be asked, or may not be, does not know: that is a vote too.
    try:
        return function_app().probe()
    except LandbridgeError as error:
        return Ballot("azure", Vote.UNKNOWN, f"{type(error).__name__}: {error.message}")


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the verdict; raise OutageNotConfirmedError, SiteUnknownError of Azure's database."""
    request = event["request"]
    asker = "alarm" if request["trigger"] in {"alarm", "watchdog"} else "operator"
    if request["planned"]:
        return asdict(Verdict(True, f"planned: {request['reason']}", ()))
    limit = settings().budgets.database_seconds
    with ThreadPoolExecutor() as pool:
        own, azure = pool.submit(_own_ballot), pool.submit(_azure_ballot)
        standby = pool.submit(look_at, "azure", settings().azure_database, limit)
        ballots = (Ballot(asker, Vote.DOWN, request["reason"]), own.result(), azure.result())
    verdict = tally(ballots)
    logger.info("votes", verdict=asdict(verdict))
    if not verdict.confirmed and request["force"]:
        verdict = Verdict(True, f"forced against the votes: {verdict.reason}", ballots)
    if not verdict.confirmed:
        raise OutageNotConfirmedError(verdict.reason, _REMEDY)
    if not standby.result().reachable:  # no outage of AWS, where its commits wait for Azure
        raise SiteUnknownError(f"AWS may only wait for Azure: {standby.result().reason}")
    return asdict(verdict)
