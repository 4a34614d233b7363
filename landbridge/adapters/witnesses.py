"""The witnesses that can be asked whether AWS is down: a probe from here, and one from Azure."""

from concurrent.futures import ThreadPoolExecutor

import landbridge.adapters.dns_queries  # noqa: F401 - loaded with the step, not in its work
from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.http_probe import probe
from landbridge.adapters.polling import poll
from landbridge.adapters.replaceable import replaceable
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.votes import Ballot, Verdict, Vote, ballot_of_probe, tally

__all__ = ["azure_ballot", "own_ballot", "take_votes", "take_votes_until_up"]


@replaceable
def own_ballot() -> Ballot:
    """Return what a probe from the orchestrator's region says of AWS."""
    url = f"https://{settings().names.health_aws}:{settings().port}/ready"
    result = probe(url, settings().name_servers, settings().budgets.probe_seconds)
    return ballot_of_probe("orchestrator", result.result, result.detail)


def azure_ballot() -> Ballot:
    """Return what a probe from Azure says of AWS."""
    # A witness that cannot be asked, or may not be, does not know: that is a vote too.
    try:
        return function_app().probe()
    except LandbridgeError as error:
        return Ballot("azure", Vote.UNKNOWN, f"{type(error).__name__}: {error.message}")


def take_votes(asker: Ballot) -> Verdict:
    """Ask both at once; ``asker`` is the ballot of whoever began the run."""
    with ThreadPoolExecutor() as pool:
        own, azure = pool.submit(own_ballot), pool.submit(azure_ballot)
        return tally((asker, own.result(), azure.result()))


def take_votes_until_up(asker: Ballot, timeout_seconds: float) -> Verdict:
    """Ask until one of them sees AWS up, or the time is over; return the last votes."""
    seen: list[Verdict] = []

    def up() -> bool | None:
        seen[:] = [take_votes(asker)]
        return any(ballot.vote is Vote.UP for ballot in seen[0].ballots) or None

    poll(up, timeout_seconds)
    return seen[0]
