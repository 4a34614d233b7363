"""May landbridge's role do what a failover and a failback ask of the databases.

The names are those of ``landbridge.adapters.database_facts``, which asks for each.
Roles and grants replicate: what is missing is granted on the primary, by deploy/sql/roles.sql.
"""

from collections.abc import Iterator, Sequence

from landbridge.domain.preflight.check import SITE, Check, Finding, check_of, fail
from landbridge.domain.preflight.database_facts import DatabaseFacts, Pair, unasked

__all__ = ["PROMOTION_RIGHTS", "SWITCHOVER_RIGHTS", "rights_checks"]

# What a promotion asks of the standby, which is promoted read-only.
PROMOTION_RIGHTS = (
    "ALTER SYSTEM on default_transaction_read_only",
    "EXECUTE on pg_promote",
    "EXECUTE on pg_reload_conf",
    "EXECUTE on pg_wal_replay_resume",
    "EXECUTE on landbridge.keep_wal_for",
    "INSERT on landbridge.epoch",
    "role pg_checkpoint",
    "role pg_monitor",
)
# What the fence, the hold and the way home ask of a primary.
SWITCHOVER_RIGHTS = (
    "ALTER SYSTEM on default_transaction_read_only",
    "ALTER SYSTEM on synchronous_standby_names",
    "EXECUTE on pg_reload_conf",
    "EXECUTE on landbridge.resequence",
    "INSERT on landbridge.heartbeat",
    "SELECT on landbridge.owned_sequence",
    "UPDATE on landbridge.heartbeat",
    "role pg_signal_backend",
    "role pg_use_reserved_connections",
)


def rights_checks(pair: Pair) -> list[Check]:
    """Return the checks of landbridge's privileges in both databases."""
    return [
        check_of(name, _missing(facts, needed), f"{SITE[facts.site]}'s database allows it all")
        for name, facts, needed in (
            ("promotion-rights", pair.standby, PROMOTION_RIGHTS),
            ("switchover-rights", pair.primary, SWITCHOVER_RIGHTS),
        )
    ]


def _missing(facts: DatabaseFacts, needed: Sequence[str]) -> Iterator[Finding]:
    if not facts.look.reachable:
        yield from unasked(facts)
        return
    lacking = [right for right in needed if not facts.rights.get(right)]
    if lacking:
        yield fail(
            f"landbridge's role lacks, at {SITE[facts.site]}: {', '.join(lacking)}",
            "run deploy/sql/roles.sql, schema.sql and resequence.sql on the primary again",
        )
