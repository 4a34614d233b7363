"""What the zone's own name servers say: which site users are sent to, what the checkers see."""

from collections.abc import Sequence

import landbridge.adapters.dns_queries  # noqa: F401 - loaded with the step, not in its work
from landbridge.adapters.name_servers import answers, resolve
from landbridge.domain.checkers_verdict import ballot_of_answers
from landbridge.domain.settings import Names
from landbridge.domain.votes import Ballot

__all__ = ["checkers_ballot", "site_answering"]

_TIMEOUT_SECONDS = 2.0


def site_answering(names: Names, name_servers: Sequence[str]) -> str:
    """Return ``aws`` or ``azure`` where every name server agrees, else what was answered instead.

    A site is known by its health name's addresses, since those names never take part in failover.
    """
    sites = {
        "aws": set(resolve(names.health_aws, name_servers, _TIMEOUT_SECONDS)),
        "azure": set(resolve(names.health_azure, name_servers, _TIMEOUT_SECONDS)),
    }
    said: dict[str, str] = {}
    for server, answer in answers(names.workload, name_servers, _TIMEOUT_SECONDS).items():
        if isinstance(answer, tuple):
            match = [site for site, known in sites.items() if answer and set(answer) <= known]
            said[server] = match[0] if len(match) == 1 else f"{', '.join(answer) or 'nothing'}"
        else:
            said[server] = f"unknown ({answer})"
    if len(set(said.values())) == 1:
        return next(iter(said.values()))
    return "; ".join(f"{server}: {answer}" for server, answer in sorted(said.items()))


def checkers_ballot(names: Names, name_servers: Sequence[str]) -> Ballot:
    """Return what Route 53's health checkers see of AWS, as each name server says it."""
    said = answers(names.verdict, name_servers, _TIMEOUT_SECONDS)
    return ballot_of_answers(names.verdict, said)
