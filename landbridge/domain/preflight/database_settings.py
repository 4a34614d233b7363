"""Are both servers set as docs/postgresql.md has it, and as a standby of each other must be.

A test holds this table to deploy/postgresql/landbridge.conf, setting by setting. Source:
PostgreSQL 16, "Server Configuration", "Administrator's Overview" (of hot standby).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from landbridge.domain.preflight.check import SITE, Check, Finding, check_of, fail, unknown, warn
from landbridge.domain.preflight.database_facts import DatabaseFacts, Pair, unasked
from landbridge.domain.preflight.replication import Replication

__all__ = ["ASKED", "ELSEWHERE", "WANTED", "Wanted", "settings_check"]

_SYNCHRONOUS = "synchronous_commit"
_READ_ONLY = "default_transaction_read_only"
_ON = frozenset({"on", "true", "yes", "1"})
_ACKNOWLEDGED = _ON | {"remote_apply"}
# A standby stops where its primary's is higher.
_NO_LOWER = (
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_wal_senders",
    "max_worker_processes",
)
# Those of landbridge.conf that another check looks at.
ELSEWHERE = {
    "max_slot_wal_keep_size": "wal-retained",
    "wal_log_hints": "rewind",
    "ssl": "database-tls",
    "ssl_min_protocol_version": "database-tls",
}


@dataclass(frozen=True)
class Wanted:
    """A setting, what it should be as landbridge.conf writes it, and what it means if it is not.

    ``holds`` tells it of pg_settings' text, whose unit is PostgreSQL's own; what ``found`` says
    where it does not.
    """

    name: str
    value: str
    holds: Callable[[str], bool]
    means: str
    found: Callable[[str, str], Finding] = warn


def _at_least(least: int) -> Callable[[str], bool]:
    return lambda text: int(text) >= least


def _within(most: int) -> Callable[[str], bool]:
    """Not longer, and not off, which is zero."""
    return lambda text: 0 < int(text) <= most


def _one_of(*words: str) -> Callable[[str], bool]:
    return lambda text: text in words


WANTED = (
    Wanted("wal_level", "replica", _one_of("replica", "logical"), "nobody can stream", fail),
    Wanted("max_wal_senders", "8", _at_least(8), "a rebuild may find no sender free"),
    Wanted("max_replication_slots", "8", _at_least(8), "a slot may find no room"),
    Wanted("wal_keep_size", "64MB", _at_least(64), "a short gap needs a slot"),
    Wanted("hot_standby", "on", _one_of("on"), "as a standby it cannot be looked at", fail),
    Wanted("hot_standby_feedback", "on", _one_of("on"), "vacuum may end a look at it as a standby"),
    Wanted("wal_receiver_status_interval", "1s", _within(1), "the lag is known late"),
    Wanted("wal_receiver_timeout", "5s", _within(5_000), "a dead link is noticed late"),
    Wanted("wal_sender_timeout", "5s", _within(5_000), "a dead link is noticed late"),
    Wanted("wal_retrieve_retry_interval", "200ms", _within(200), "a healed link is found late"),
    Wanted(
        "reserved_connections", "5", _at_least(5), "a full server may have no room for landbridge"
    ),
    Wanted(
        "password_encryption", "scram-sha-256", _one_of("scram-sha-256"), "a new password is MD5"
    ),
    Wanted("fsync", "on", _one_of("on"), "a crash may lose everything", fail),
)
ASKED = (*(one.name for one in WANTED), *_NO_LOWER, _SYNCHRONOUS, "ssl", "ssl_min_protocol_version")


def settings_check(pair: Pair, wanted: Replication) -> Check:
    """Return whether both servers are set as landbridge wants them."""
    findings = [
        *unasked(pair.primary, pair.standby),
        *(found for one in (pair.primary, pair.standby) for found in _of_one(one, wanted)),
        *_lower(pair),
        *_overridden(pair.primary, wanted),
    ]
    return check_of("database-settings", findings, "both servers are set as they should be")


def _of_one(facts: DatabaseFacts, wanted: Replication) -> Iterator[Finding]:
    if not facts.look.reachable:
        return
    who = SITE[facts.site]
    unread = [name for name in ASKED if name not in facts.settings]
    if unread:
        yield unknown(f"{who}: {', '.join(unread)} could not be read")
    for one in WANTED:
        value = facts.settings.get(one.name)
        if value is not None and not one.holds(value):
            yield one.found(
                f"{who}: {one.name} is {value}, not {one.value}: {one.means}",
                f"include deploy/postgresql/landbridge.conf in {who}'s postgresql.conf",
            )
    commit = facts.settings.get(_SYNCHRONOUS)
    if commit is not None and commit not in _ACKNOWLEDGED:
        found = fail if wanted.synchronous else warn
        yield found(
            f"{who}: {_SYNCHRONOUS} is {commit}: what is acknowledged can be lost",
            f"ALTER SYSTEM RESET {_SYNCHRONOUS}; SELECT pg_reload_conf()",
        )


def _lower(pair: Pair) -> Iterator[Finding]:
    for name in _NO_LOWER:
        here, there = (one.settings.get(name) for one in (pair.standby, pair.primary))
        if here is None or there is None or here == there:
            continue
        low, high = sorted((pair.standby, pair.primary), key=lambda one: int(one.settings[name]))
        yield fail(
            f"{name} is {low.settings[name]} at {SITE[low.site]} and {high.settings[name]} at"
            f" {SITE[high.site]}: as a standby of that site it would stop",
            f"raise {name} at {SITE[low.site]}, and restart it there",
        )


def _overridden(primary: DatabaseFacts, wanted: Replication) -> Iterator[Finding]:
    for whose, setting in primary.overrides:
        name, _, value = setting.partition("=")
        remedy = f"ALTER {whose} RESET {name}"
        if name == _READ_ONLY and value not in _ON:
            yield fail(f"{whose} has {setting}: neither fence nor hold stops its writes", remedy)
        elif name == _SYNCHRONOUS and wanted.synchronous and value not in _ACKNOWLEDGED:
            yield fail(f"{whose} has {setting}: its acknowledged writes can be lost", remedy)
