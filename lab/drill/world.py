"""Both sites at this moment, looked at from outside; what does not answer is unknown."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pg8000.exceptions
import urllib3.exceptions
from botocore.exceptions import BotoCoreError, ClientError
from kubernetes import client

from lab.clouds import looking
from lab.clouds.clouds import Clouds
from lab.judgement.whole import is_whole
from lab.judgement.world import (
    SITES,
    DatabaseSeen,
    GateSeen,
    LockSeen,
    PodsSeen,
    StandbySeen,
    World,
)
from lab.users.ledger import LedgerError
from landbridge.adapters.kubernetes_objects import is_ready
from landbridge.domain.errors import LandbridgeError

__all__ = ["look_at_world", "seen", "wait_until_whole"]

Found = TypeVar("Found")

# What a look raises that could not be made; a mistake of the lab's own goes through.
_UNANSWERED = (
    OSError,
    pg8000.exceptions.Error,
    urllib3.exceptions.HTTPError,
    client.ApiException,
    BotoCoreError,
    ClientError,
    LandbridgeError,
    LedgerError,
)
_CATCH_UP_SECONDS, _PAUSE_SECONDS = 1.0, 0.05
_POLL_SECONDS = 0.25

_NEWEST = "SELECT COALESCE(max(number), 0) FROM public.orders"
# Of the orders up to a number, so that a database that is read later does not have more.
_DATABASE = """
SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on',
       newest.epoch, newest.site, (
           SELECT count(*) || ':' || md5(COALESCE(string_agg(id::text, ',' ORDER BY id), ''))
           FROM public.orders WHERE number <= :upto
       )
FROM landbridge.epoch AS newest ORDER BY newest.epoch DESC LIMIT 1
"""
_STANDBYS = """
SELECT link.application_name, COALESCE(link.state, ''), COALESCE(link.sync_state, ''),
       COALESCE(slot.wal_status, '')
FROM pg_stat_replication AS link LEFT JOIN pg_replication_slots AS slot
  ON slot.active_pid = link.pid
ORDER BY 1
"""


def seen(
    unseen: dict[str, str], what: str, look: Callable[..., Found], *arguments: Any
) -> Found | None:
    """Return what the look found, None where it could not be made; ``unseen`` keeps why not."""
    try:
        return look(*arguments)
    except _UNANSWERED as error:
        unseen[what] = f"{type(error).__name__}: {error}"
        return None


def look_at_world(clouds: Clouds) -> World:
    """Return what both sites, the gate, the lock and DNS are like now; a frozen one takes 5 s."""
    unseen: dict[str, str] = {}
    with ThreadPoolExecutor() as pool:
        databases = pool.submit(_databases, clouds, unseen)
        pods = {
            site: pool.submit(seen, unseen, f"{site}'s pods", _pods, clouds, site) for site in SITES
        }
        gate = pool.submit(seen, unseen, "the gate", _gate, clouds)
        holder = pool.submit(seen, unseen, "the run lock", looking.lock_holder, clouds)
        dns = pool.submit(seen, unseen, "DNS", looking.dns_site, clouds)
    held = holder.result()
    return World(
        replication=clouds.options.replication,
        databases=databases.result(),
        pods={site: one.result() for site, one in pods.items()},
        gate=gate.result(),
        lock=None if held is None else LockSeen(held),
        dns=dns.result(),
        unseen=unseen,
    )


def wait_until_whole(clouds: Clouds, timeout_seconds: float) -> World:
    """Return the world once it is whole, or as it is when the time is over."""
    give_up = time.monotonic() + timeout_seconds
    while is_whole(world := look_at_world(clouds)) and time.monotonic() < give_up:
        time.sleep(_POLL_SECONDS)
    return world


def _databases(clouds: Clouds, unseen: dict[str, str]) -> dict[str, DatabaseSeen | None]:
    """Return both databases, each after it had a moment to replay what the other one had."""
    newest = {site: seen(unseen, f"{site}'s database", _newest, clouds, site) for site in SITES}
    upto = max((number for number in newest.values() if number is not None), default=0)
    return {
        site: None
        if number is None
        else seen(unseen, f"{site}'s database", _database, clouds, site, upto)
        for site, number in newest.items()
    }


def _newest(clouds: Clouds, site: str) -> int:
    return int(looking.ask(clouds, site, _NEWEST)[0][0])


def _database(clouds: Clouds, site: str, upto: int) -> DatabaseSeen:
    give_up = time.monotonic() + _CATCH_UP_SECONDS
    while _newest(clouds, site) < upto and time.monotonic() < give_up:
        time.sleep(_PAUSE_SECONDS)
    ((recovering, read_only, epoch, epoch_site, digest),) = looking.ask(
        clouds, site, _DATABASE, upto=upto
    )
    standbys = () if recovering else looking.ask(clouds, site, _STANDBYS)
    return DatabaseSeen(
        in_recovery=recovering,
        read_only=read_only,
        epoch=epoch,
        epoch_site=epoch_site,
        digest=digest,
        standbys=tuple(StandbySeen(*row) for row in standbys),
    )


def _pods(clouds: Clouds, site: str) -> PodsSeen:
    wanted = looking.deployment(clouds, site).spec.replicas or 0
    there = looking.pods(clouds, site)
    return PodsSeen(wanted, len(there), sum(is_ready(pod) for pod in there))


def _gate(clouds: Clouds) -> GateSeen:
    data = looking.gate(clouds)
    return GateSeen(data["state"], data["active_site"], int(data["epoch"]))
