"""Azure's own timer: it looks at AWS every ten seconds, where configuration lets it.

A look that fails is no look: nothing is done, and nothing is kept, so that a hole stays a hole.
"""

import logging
import os
import time
from urllib.parse import urlsplit

import azure.functions as func

from azure_functions import probe
from azure_functions.aks import cluster, settings
from azure_functions.takeover import begin_takeover
from azure_functions.timer_settings import TimerSettings, timer_settings_from
from landbridge.adapters.azure_records import AzureRecords
from landbridge.adapters.name_servers import answers
from landbridge.adapters.webhook import TIMEOUT_SECONDS, post_payload
from landbridge.domain.checkers_verdict import ballot_of_answers, verdict_name
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.gate import initial_gate
from landbridge.domain.takeover_timer import (
    TICK_SECONDS,
    Automatic,
    TimerAct,
    TimerDecision,
    decide_timer,
    timer_event,
)
from landbridge.domain.votes import Ballot
from landbridge.domain.webhook import Message, payload_of

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]
logger = logging.getLogger(__name__)

_DNS_SECONDS = 3.0
_SUBJECT = "landbridge: AWS is down, a person has to decide"
_DO = 'landbridge takeover --reason "..." --watch (docs/takeover.md)'


@blueprint.timer_trigger(schedule=f"*/{TICK_SECONDS} * * * * *", arg_name="timer")
def watch_aws(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding's name
    """Look once; start a takeover or tell a person where that is decided."""
    try:
        wanted = timer_settings_from(os.environ)
        if wanted.automatic is not Automatic.OFF:
            _look(wanted)
    except LandbridgeError as error:
        logger.warning("nothing is done: %s: %s", type(error).__name__, error)


def _look(wanted: TimerSettings) -> None:
    records = AzureRecords(cluster(), settings().gate_namespace)
    kept = records.read_timer()
    ballots = (probe.azure_ballot(), _checkers())
    gate, lock = cluster().read_gate(), cluster().read_lock()
    decided = decide_timer(
        kept,
        ballots,
        gate[0] if gate else initial_gate(""),
        lock[0] if lock else None,
        automatic=wanted.automatic,
        timer_seconds=wanted.timer_seconds,
        now=round(time.time(), 3),
    )
    logger.info("%s: %s", decided.act.value, decided.reason)
    if decided.act is TimerAct.START:
        logger.warning("%s", begin_takeover(timer_event(decided)))
    elif decided.act is TimerAct.TELL:
        _tell(wanted, decided)
    # After the act: an act that failed is done again at the next look.
    records.write_timer(decided.watch)


def _checkers() -> Ballot:
    name = verdict_name(urlsplit(settings().primary_probe_url).hostname or "")
    return ballot_of_answers(name, answers(name, settings().name_servers, _DNS_SECONDS))


def _tell(wanted: TimerSettings, decided: TimerDecision) -> None:
    message = Message(_SUBJECT, f"{decided.reason}\nTo fail over: {_DO}")
    payload = payload_of(message, wanted.webhook_format)
    post_payload(wanted.webhook_url, payload, TIMEOUT_SECONDS)
