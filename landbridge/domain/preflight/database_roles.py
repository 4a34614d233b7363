"""Has each role of landbridge's what it needs and nothing more.

What landbridge's own role needs is ``landbridge.domain.preflight.database_rights``. What all may
have is what deploy/sql/roles.sql, schema.sql and resequence.sql grant, and a test holds the two to
each other. Roles and grants replicate, so the primary is asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from landbridge.domain.preflight.access_facts import Role
from landbridge.domain.preflight.check import Check, Finding, check_of, fail, unknown, warn
from landbridge.domain.preflight.database_facts import DatabaseFacts, Pair, unasked
from landbridge.domain.preflight.replication import Replication

__all__ = ["LANDBRIDGE", "REPLICATOR", "RESEQUENCER", "Allowed", "replication_role", "role_checks"]

RESEQUENCER = "landbridge_resequencer"
_SQL = "run deploy/sql/roles.sql, schema.sql and resequence.sql on the primary again"


@dataclass(frozen=True)
class Allowed:
    """What a role may have; ``owner``: it may own something."""

    attributes: frozenset[str]
    grants: frozenset[str]
    owner: bool = False


LANDBRIDGE = Allowed(
    attributes=frozenset({"LOGIN"}),
    grants=frozenset(
        {
            "role pg_checkpoint",
            "role pg_monitor",
            "role pg_signal_backend",
            "role pg_use_reserved_connections",
            "ALTER SYSTEM on default_transaction_read_only",
            "ALTER SYSTEM on synchronous_standby_names",
            "EXECUTE on pg_promote(boolean, integer)",
            "EXECUTE on pg_reload_conf()",
            "EXECUTE on pg_wal_replay_resume()",
            "EXECUTE on landbridge.access_rules()",
            "EXECUTE on landbridge.keep_wal_for(text)",
            "EXECUTE on landbridge.resequence(oid[], boolean, bigint)",
            "SELECT on landbridge.owned_sequence",
            *(
                f"{verb} on landbridge.{table}"
                for table in ("epoch", "heartbeat", "readiness")
                for verb in ("SELECT", "INSERT", "UPDATE")
            ),
        }
    ),
)
REPLICATOR = Allowed(
    attributes=frozenset({"LOGIN", "REPLICATION"}),
    grants=frozenset(
        {
            "EXECUTE on pg_ls_dir(text, boolean, boolean)",
            "EXECUTE on pg_read_binary_file(text)",
            "EXECUTE on pg_read_binary_file(text, bigint, bigint, boolean)",
            "EXECUTE on pg_stat_file(text, boolean)",
        }
    ),
)
# It cannot log in: landbridge.resequence runs as it, so that no rows are hidden from its max().
_RESEQUENCING = Allowed(
    attributes=frozenset({"BYPASSRLS"}),
    grants=frozenset({"role pg_read_all_data", "EXECUTE on landbridge.move_sequence(oid, bigint)"}),
    owner=True,
)


def role_checks(pair: Pair, wanted: Replication) -> list[Check]:
    """Return whether landbridge's roles and the standby's are as they are meant to be."""
    blind = unasked(pair.primary)
    return [
        check_of(
            "landbridge-role",
            blind or _own_roles(pair.primary.roles),
            "landbridge's roles may do nothing that it has no use for",
        ),
        check_of(
            "replication-role",
            blind or _replicating(pair, wanted),
            "the standby's role may stream, copy and rewind, and no more",
        ),
    ]


def replication_role(facts: DatabaseFacts, standby_name: str) -> Role | None:
    """Return the role that the standby streams as, or the only one that could; None: not known."""
    streams = {name.lower(): role for name, role in facts.streams_as.items()}
    name = streams.get(standby_name.lower())
    # Everyone of a superuser's may replicate; who merely may is no candidate.
    able = [one for one in facts.roles if one.attributes >= REPLICATOR.attributes]
    meant = [one for one in facts.roles if one.name == name] if name else able
    return meant[0] if len(meant) == 1 else None


def _own_roles(roles: Iterable[Role]) -> Iterator[Finding]:
    for role in roles:
        if role.own:
            yield from _excess(role, LANDBRIDGE)
        elif role.name == RESEQUENCER:
            yield from _excess(role, _RESEQUENCING)


def _replicating(pair: Pair, wanted: Replication) -> Iterator[Finding]:
    name = wanted.name_of(pair.standby.site)
    role = replication_role(pair.primary, name)
    if role is None:
        able = [one.name for one in pair.primary.roles if "REPLICATION" in one.attributes]
        if not able:
            yield fail("no role may replicate: no standby can stream or be rebuilt", _SQL)
        else:
            yield unknown(
                f"{name!r} does not stream, and {', '.join(able)} may replicate: whose role is the"
                " standby's cannot be told"
            )
        return
    if role.lacks and "SUPERUSER" not in role.attributes:
        yield fail(
            f"role {role.name} lacks {', '.join(role.lacks)}: a site cannot be rebuilt with it",
            _SQL,
        )
    yield from _excess(role, REPLICATOR)


def _excess(role: Role, allowed: Allowed) -> Iterator[Finding]:
    attributes = sorted(role.attributes - allowed.attributes)
    if attributes:
        without = " ".join(f"NO{word}" for word in attributes)
        yield warn(
            f"role {role.name} is {', '.join(attributes)}: that is more than it needs",
            f"ALTER ROLE {role.name} {without} on the primary",
        )
    grants = sorted(role.grants - allowed.grants)
    if grants:
        yield warn(
            f"role {role.name} has more than it needs: {', '.join(grants)}",
            f"REVOKE it FROM {role.name} on the primary; docs/postgresql.md has what it needs",
        )
    if role.owns and not allowed.owner:
        yield warn(
            f"role {role.name} owns {role.owns} objects, and may do all with them",
            f"REASSIGN OWNED BY {role.name} TO their owner, in each database",
        )
