"""Gathers the evidence that a drill is judged by, from everything that was there and saw it.

Every look that cannot be made is ``None`` in the evidence, and ``unseen`` says why.
"""

import time
from collections.abc import Collection, Sequence
from pathlib import Path

from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.clouds.looking import ask, journal, recorded
from lab.drill.alarms_seen import alarms_seen
from lab.drill.database_logs import log_events
from lab.drill.evidence import answers
from lab.drill.failback_evidence import exported_ids
from lab.drill.old_primary import committed_rows
from lab.drill.runs_seen import runs_seen
from lab.drill.world import seen, wait_until_whole
from lab.judgement.evidence import (
    AlarmSeen,
    CallsSeen,
    DnsSeen,
    EpochSeen,
    Evidence,
    FaultSeen,
    HealthSeen,
    LogEvent,
    StrayRow,
)
from lab.judgement.world import SITES, World
from lab.users.ledger import read_history
from landbridge.domain import errors

__all__ = ["calls_seen", "collect"]

WHOLE_SECONDS = 30.0
# What Step Functions says where AWS itself is away (its guide, "Handling errors", and the retries
# that it advises for Lambda): the step was never run, and the name says so.
AWS_ERRORS = frozenset({"Lambda.ServiceException", "Lambda.AWSLambdaException"})
COMMANDS = ("landbridge failover", "landbridge failback", "landbridge takeover")
# Seconds of Route 53's and CloudWatch's clocks, and of this machine, that an alarm may be late by.
_ALARM_SECONDS, _MACHINE_SECONDS = 180.0, 10.0

_IDS = "SELECT id::text FROM public.orders"
_EPOCHS = """
SELECT epoch, site, run, timeline, extract(epoch FROM written_at)::float8
FROM landbridge.epoch ORDER BY epoch
"""
# By transaction ids, which a promotion goes on counting: no clock is in it.
_STRAYS = """
SELECT one.id::text, one.site, current.epoch, current.site
FROM public.orders AS one CROSS JOIN LATERAL (
    SELECT epoch, site FROM landbridge.epoch AS row
    WHERE row.xmin::text::bigint < one.xmin::text::bigint ORDER BY epoch DESC LIMIT 1
) AS current
WHERE one.site <> current.site ORDER BY one.number
"""


def collect(
    clouds: Clouds,
    *,
    ledger: Path,
    began_at: float,
    faults: Sequence[FaultSeen] = (),
    runs: Collection[str] = (),
    never_received: frozenset[str] | None = None,
    exported: bool = True,
    whole_seconds: float = WHOLE_SECONDS,
) -> Evidence:
    """Return the evidence; users and faults are over, and so long may the world take to be whole.

    ``runs`` are those that somebody followed: each is looked for besides those that are listed.
    ``never_received`` is ``lab.drill.old_primary``'s word, asked before the way home; ``exported``
    is whether there was to be one, in which the rebuild of AWS exports what it loses.
    """
    world = wait_until_whole(clouds, whole_seconds)
    unseen = dict(world.unseen)
    epochs = {site: seen(unseen, f"{site}'s epochs", _epochs, clouds, site) for site in SITES}
    moved = len(_longest(epochs)) > 1
    nothing: frozenset[str] | None = None if moved else frozenset()
    settle_seconds = _MACHINE_SECONDS + _ALARM_SECONDS * clouds.options.time_scale
    return Evidence(
        replication=clouds.options.replication,
        began_at=began_at,
        history=seen(unseen, "the ledger", read_history, ledger),
        present={site: seen(unseen, f"{site}'s orders", _ids, clouds, site) for site in SITES},
        epochs=epochs,
        strays={site: seen(unseen, f"{site}'s strays", _strays, clouds, site) for site in SITES},
        reported_loss=_reported(clouds, epochs),
        never_received=nothing if never_received is None else never_received,
        runs=seen(unseen, "the runs", runs_seen, clouds, runs, faults),
        dns=seen(unseen, "DNS's answers", _dns, clouds),
        health=seen(unseen, "the checkers", _health, clouds),
        alarms=seen(unseen, "the alarm", _alarms, clouds, faults, settle_seconds),
        refusals=seen(unseen, "the refusals", _refusals, clouds),
        logs=(*log_events(clouds), *_alive(world)),
        faults=tuple(faults),
        world=world,
        error_names=_error_names(),
        commands=COMMANDS,
        settle_seconds=settle_seconds,
        unseen=unseen,
        exported=exported,
        calls=seen(unseen, "AWS's count of calls", calls_seen, clouds),
    )


def calls_seen(clouds: Clouds) -> tuple[CallsSeen, ...]:
    """Return the calls of AWS's APIs that came while its control plane was away."""
    return tuple(CallsSeen(**one) for one in clouds.aws.calls_in_outages())


def _epochs(clouds: Clouds, site: str) -> tuple[EpochSeen, ...]:
    return tuple(EpochSeen(*row) for row in ask(clouds, site, _EPOCHS))


def _ids(clouds: Clouds, site: str) -> frozenset[str]:
    return frozenset(row[0] for row in ask(clouds, site, _IDS))


def _strays(clouds: Clouds, site: str) -> tuple[StrayRow, ...]:
    # A drill that stays in Azure leaves AWS dead: its data tell as much as it would.
    found = committed_rows(clouds, site, _STRAYS)
    rows = ask(clouds, site, _STRAYS) if found is None else found  # which says why it is none
    return tuple(StrayRow(order, said, int(epoch), owner) for order, said, epoch, owner in rows)


def _longest(epochs: dict[str, tuple[EpochSeen, ...] | None]) -> tuple[EpochSeen, ...]:
    return max((rows for rows in epochs.values() if rows), key=len, default=())


def _reported(
    clouds: Clouds, epochs: dict[str, tuple[EpochSeen, ...] | None]
) -> frozenset[str] | None:
    """Return what landbridge itself says is lost; before AWS is rebuilt it has not looked."""
    known = _longest(epochs)
    if not known or known[-1].site != "aws":
        return None
    return exported_ids(clouds.aws_database.folder)


def _dns(clouds: Clouds) -> tuple[DnsSeen, ...]:
    return tuple(DnsSeen(one.at, one.site) for one in answers(clouds))


def _health(clouds: Clouds) -> tuple[HealthSeen, ...]:
    checks = clouds.dns.state()["checks"]
    mine = {key for key, one in checks.items() if one["fqdn"].rstrip(".") == names.HEALTH_AWS}
    return tuple(
        HealthSeen(event["time"], event["healthy"])
        for event in journal(clouds)
        if event["event"] == "check" and event["check"] in mine
    )


def _alarms(
    clouds: Clouds, faults: Sequence[FaultSeen], settle_seconds: float
) -> tuple[AlarmSeen, ...]:
    return alarms_seen(journal(clouds), clouds.configuration.alarm_name, faults, settle_seconds)


def _refusals(clouds: Clouds) -> tuple[float, ...]:
    return tuple(sorted(one["at"] for one in recorded(clouds, "refusal").values()))


def _alive(world: World) -> tuple[LogEvent, ...]:
    now = time.time()
    answering = (site for site in SITES if world.databases.get(site) is not None)
    return tuple(LogEvent(now, site, "said") for site in answering)


def _error_names() -> frozenset[str]:
    tree = {"LandbridgeError", "TransientError", "PermanentError", "error_named"}
    return (frozenset(errors.__all__) - tree) | AWS_ERRORS
