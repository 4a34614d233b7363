"""Whether a takeover could run, and Azure's timer is as it is configured.

No failover waits for one, so that whatever lacks is a warning. What no identity of ours may read is
not looked at: the Secret with the databases' passwords, and whether the registry has the image.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from landbridge.domain.preflight.check import Check, Finding, check_of, unknown, warn
from landbridge.domain.settings import Settings
from landbridge.domain.votes import Ballot, Vote

__all__ = ["TakeoverFacts", "read_takeover", "settings_digest", "takeover_checks"]

_APPLY = "kubectl apply -f deploy/azure/takeover.yaml"
_SETTINGS = "landbridge takeover --settings | kubectl apply -f -"
_TIMER = "deploy the Bicep again with its parameter timer as takeover says it in cdk.json"


@dataclass(frozen=True)
class TakeoverFacts:
    """What the Function App saw; a reason is empty where there is nothing against it.

    ``digest`` is of the Job's settings (``settings_digest``); ``automatic`` and ``timer_seconds``
    are the timer's own.
    """

    job_reason: str
    settings_reason: str
    client_id: str
    digest: str
    timer_reason: str
    automatic: str
    timer_seconds: float


def read_takeover(document: Mapping[str, Any]) -> TakeoverFacts:
    """Return the facts as they crossed; raise KeyError or TypeError where they are none."""
    return TakeoverFacts(**document)


def settings_digest(settings: Settings) -> str:
    """Return what two settings have in common exactly where they are the same."""
    text = json.dumps(asdict(settings), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def takeover_checks(
    facts: TakeoverFacts | None, checkers: Ballot | None, settings: Settings
) -> list[Check]:
    """Return the check; none where no takeover is configured.

    ``facts`` are None if not known; ``checkers`` is what the zone says that they see, None where
    nobody asked.
    """
    if not settings.takeover.client_id:
        return []
    well = f"its Job could be started; the timer is {settings.takeover.automatic}"
    findings = (*_findings(facts, settings), *_witness(checkers))
    return [check_of("takeover", findings, well)]


def _witness(checkers: Ballot | None) -> Iterator[Finding]:
    if checkers is not None and checkers.vote is Vote.UNKNOWN:
        yield warn(
            f"a takeover has no word of Route 53's checkers: {checkers.reason}",
            "the zone needs the verdict's two records: landbridge config records",
        )


def _findings(facts: TakeoverFacts | None, settings: Settings) -> Iterator[Finding]:
    if facts is None:
        yield unknown("the Function App could not be asked: see function-app")
        return
    wanted = settings.takeover
    if facts.job_reason:
        yield warn(f"{facts.job_reason}: no takeover can be started", _APPLY)
    if facts.settings_reason:
        yield warn(f"{facts.settings_reason}: a takeover would end at once", _SETTINGS)
    elif facts.client_id != wanted.client_id:
        yield warn("the takeover's AZURE_CLIENT_ID is not takeover.client_id", _SETTINGS)
    elif facts.digest != settings_digest(settings):
        yield warn("the takeover's settings are not the Lambdas'", _SETTINGS)
    if facts.timer_reason:
        yield warn(f"the timer does nothing: {facts.timer_reason}", _TIMER)
    elif (facts.automatic, facts.timer_seconds) != (wanted.automatic, wanted.timer_seconds):
        said = f"{facts.automatic} after {facts.timer_seconds:g} s"
        asked = f"{wanted.automatic} after {wanted.timer_seconds} s"
        yield warn(f"the timer is {said}, cdk.json says {asked}", _TIMER)
