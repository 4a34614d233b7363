"""What the watchdog looks at: AWS, and where it is not up Azure's probe, the gate and the runs."""

import time

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.polling import poll
from landbridge.adapters.runs import recent_records
from landbridge.adapters.witnesses import azure_ballot, own_ballot
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.gate import parse_gate
from landbridge.domain.votes import Ballot, Vote
from landbridge.domain.watchdog import Watch, WatchDecision, decide_watch, run_of_outage

__all__ = ["watch"]

# With the last probe, the second look and the starter it stays below the minute until the next. A
# watchdog that shall act sooner looks for shorter.
_PROBING_SECONDS, _BETWEEN_SECONDS = 15.0, 5.0
_SHARE_OF_WAIT = 0.125
_RUNS = 10  # of an outage's few minutes


def watch(kept: Watch) -> WatchDecision:
    """Look, for about 15 s as long as AWS is not up, and decide; ``kept`` is the last minute's.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError for the table of runs.
    """
    began_at = time.time()
    after_seconds = settings().budgets.watchdog_seconds
    ballots = _probes(min(_PROBING_SECONDS, after_seconds * _SHARE_OF_WAIT))
    vetoed, second, running = None, None, ""
    if ballots[-1].vote is not Vote.UP:
        since = began_at if kept.down_since is None else kept.down_since
        running = run_of_outage(recent_records(_RUNS), since)
        vetoed = _vetoed()
        second = None if vetoed else azure_ballot()
    return decide_watch(
        kept,
        ballots,
        began_at=began_at,
        now=time.time(),
        after_seconds=after_seconds,
        vetoed=vetoed,
        second=second,
        running=running,
    )


def _probes(seconds: float) -> list[Ballot]:
    ballots: list[Ballot] = []

    def up() -> bool | None:
        ballots.append(own_ballot())
        return ballots[-1].vote is Vote.UP or None

    poll(up, seconds, interval_seconds=_BETWEEN_SECONDS)
    return ballots


def _vetoed() -> bool | None:
    try:
        return parse_gate(function_app().gate()).vetoes_aws
    except LandbridgeError:
        return None
