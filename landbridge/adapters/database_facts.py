"""What the preflight asks of one database, as landbridge's own role. Changes nothing.

Source: PostgreSQL 16, "Access Privilege Inquiry Functions", pg_replication_slots,
pg_available_extension_versions, "Collation Version Functions", pg_roles.
"""

from typing import Any

from landbridge.adapters.database_access import (
    access_rules,
    overrides,
    roles,
    sessions,
    ssl_mode,
    streams_as,
)
from landbridge.adapters.postgres import Connection, connect, look
from landbridge.domain.database import unreachable
from landbridge.domain.errors import AccessDeniedError, DatabaseUnreachableError, SiteUnknownError
from landbridge.domain.preflight.database_facts import DatabaseFacts, Extension, Slot
from landbridge.domain.preflight.database_settings import ASKED
from landbridge.domain.settings import Database
from landbridge.domain.tablespaces import OUTSIDE

__all__ = ["RIGHTS", "database_facts"]

_FUNCTIONS = {
    "EXECUTE on pg_promote": "pg_promote(boolean, integer)",
    "EXECUTE on pg_wal_replay_resume": "pg_wal_replay_resume()",
    "EXECUTE on pg_reload_conf": "pg_reload_conf()",
    "EXECUTE on landbridge.keep_wal_for": "landbridge.keep_wal_for(text)",
    "EXECUTE on landbridge.resequence": "landbridge.resequence(oid[], boolean, bigint)",
}
_TABLES = {
    "INSERT on landbridge.epoch": ("landbridge.epoch", "INSERT"),
    "INSERT on landbridge.heartbeat": ("landbridge.heartbeat", "INSERT"),
    "UPDATE on landbridge.heartbeat": ("landbridge.heartbeat", "UPDATE"),
    "SELECT on landbridge.owned_sequence": ("landbridge.owned_sequence", "SELECT"),
}
_PARAMETERS = ("default_transaction_read_only", "synchronous_standby_names")
_ROLES = ("pg_checkpoint", "pg_monitor", "pg_signal_backend", "pg_use_reserved_connections")

# Each right as an expression that is true, or false or null where the role lacks it.
RIGHTS: dict[str, str] = {
    **{
        right: f"has_function_privilege(to_regprocedure('{function}'), 'EXECUTE')"
        for right, function in _FUNCTIONS.items()
    },
    **{
        right: f"has_table_privilege(to_regclass('{table}'), '{verb}')"
        for right, (table, verb) in _TABLES.items()
    },
    **{
        f"ALTER SYSTEM on {name}": f"has_parameter_privilege('{name}', 'ALTER SYSTEM')"
        for name in _PARAMETERS
    },
    **{f"role {role}": f"pg_has_role('{role}', 'USAGE')" for role in _ROLES},
}

_SETTINGS = """
SELECT current_setting('server_version_num')::int,
       pg_size_bytes(current_setting('max_slot_wal_keep_size')),
       current_setting('data_checksums') = 'on',
       current_setting('wal_log_hints') = 'on',
       current_setting('full_page_writes') = 'on',
       (SELECT sum(pg_database_size(oid)) FROM pg_database WHERE datallowconn)::bigint,
       (SELECT sum(size) FROM pg_ls_waldir())::bigint,
       concat_ws(':', datlocprovider, datcollate, datctype, daticulocale),
       COALESCE(datcollversion, ''), COALESCE(pg_database_collation_actual_version(oid), '')
FROM pg_database WHERE datname = current_database()
"""
_EXTENSIONS = """
SELECT have.extname, have.extversion, EXISTS (
    SELECT FROM pg_available_extension_versions AS can
    WHERE can.name = have.extname AND can.version = have.extversion
)
FROM pg_extension AS have ORDER BY 1
"""
_SLOTS = """
SELECT slot_name, active, COALESCE(wal_status, ''),
       pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint
FROM pg_replication_slots WHERE slot_type = 'physical'
"""
_LAGS = """
SELECT application_name, max(extract(epoch FROM replay_lag))::float8
FROM pg_stat_replication WHERE replay_lag IS NOT NULL GROUP BY 1
"""
_RECEIVES = "SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')"
# Roles in use: landbridge itself, who replicates, and whoever has a session in the database.
_PASSWORDS = """
SELECT rolname, extract(epoch FROM rolvaliduntil)::float8 FROM pg_roles
WHERE isfinite(rolvaliduntil) AND (
    rolname = current_user OR rolreplication
    OR oid IN (SELECT usesysid FROM pg_stat_activity WHERE datname = current_database())
)
"""
_ASKED = "SELECT name, setting FROM pg_settings WHERE name = ANY (:names)"


def database_facts(site: str, database: Database, timeout_seconds: float) -> DatabaseFacts:
    """Return what is true of the database; one that cannot be asked has a reason, and no more.

    Raises ConfigurationError alone, where the database's secret is missing or malformed.
    """
    try:
        with connect(database, timeout_seconds) as connection:
            return _facts(site, connection)
    except (DatabaseUnreachableError, AccessDeniedError, SiteUnknownError) as error:
        return DatabaseFacts(unreachable(site, error.message))


def _facts(site: str, connection: Connection) -> DatabaseFacts:
    seen = look(site, connection)
    (row,) = connection.run(_SETTINGS)
    rules, unread = access_rules(connection)
    version, limit, checksums, hints, full_pages, size, wal, locale, made_with, has = row
    return DatabaseFacts(
        look=seen,
        rights=_rights(connection),
        slots=_slots(connection) if seen.is_primary else (),
        slot_limit_bytes=limit if limit >= 0 else None,
        replay_lag_seconds=_pairs(connection, _LAGS) if seen.is_primary else {},
        database_bytes=size,
        wal_bytes=wal,
        server_version=version,
        extensions=tuple(Extension(*one) for one in connection.run(_EXTENSIONS)),
        locale=locale,
        collation=(made_with, has),
        checksums=checksums,
        wal_log_hints=hints,
        full_page_writes=full_pages,
        valid_until=_pairs(connection, _PASSWORDS),
        receives=_receives(connection) if seen.is_standby else None,
        roles=roles(connection),
        streams_as=streams_as(connection),
        access=rules,
        access_reason=unread,
        sessions=sessions(connection),
        verifies=ssl_mode(connection) if seen.is_standby else "",
        settings=_asked(connection),
        overrides=overrides(connection),
        tablespaces=tuple(place for (place,) in connection.run(OUTSIDE)),
    )


def _asked(connection: Connection) -> dict[str, str]:
    return dict(connection.run(_ASKED, names=list(ASKED)))


def _rights(connection: Connection) -> dict[str, bool]:
    (row,) = connection.run(f"SELECT {', '.join(RIGHTS.values())}")
    return dict(zip(RIGHTS, (bool(one) for one in row), strict=True))


def _receives(connection: Connection) -> bool:
    ((receives,),) = connection.run(_RECEIVES)
    return bool(receives)


def _slots(connection: Connection) -> tuple[Slot, ...]:
    return tuple(Slot(*row) for row in connection.run(_SLOTS))


def _pairs(connection: Connection, sql: str) -> dict[str, Any]:
    return dict(connection.run(sql))
