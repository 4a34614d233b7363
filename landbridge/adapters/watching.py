"""What the watchdog looks at: AWS several times, and only if it is not up the gate and the runs."""

import time

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.polling import poll
from landbridge.adapters.runs import recent_records
from landbridge.adapters.witnesses import own_ballot
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.gate import parse_gate
from landbridge.domain.votes import Ballot, Vote
from landbridge.domain.watchdog import Watch, WatchDecision, decide_watch, run_of_outage

__all__ = ["watch"]

_PROBING_SECONDS, _BETWEEN_SECONDS = 20.0, 5.0


def watch(kept: Watch) -> WatchDecision:
    """Look, for about 20 s as long as AWS is not up, and decide; ``kept`` is the last minute's.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError for the table of runs.
    """
    began_at = time.time()
    ballots = _probes()
    down = ballots[-1].vote is not Vote.UP
    since = began_at if kept.down_since is None else kept.down_since
    return decide_watch(
        kept,
        ballots,
        began_at=began_at,
        now=time.time(),
        after_seconds=settings().budgets.watchdog_seconds,
        vetoed=_vetoed() if down else None,
        running=run_of_outage(recent_records(1), since) if down else "",
    )


def _probes() -> list[Ballot]:
    ballots: list[Ballot] = []

    def up() -> bool | None:
        ballots.append(own_ballot())
        return ballots[-1].vote is Vote.UP or None

    poll(up, _PROBING_SECONDS, interval_seconds=_BETWEEN_SECONDS)
    return ballots


def _vetoed() -> bool | None:
    try:
        return parse_gate(function_app().gate()).vetoes_aws
    except LandbridgeError:
        return None
