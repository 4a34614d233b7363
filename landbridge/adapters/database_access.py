"""Who may do what in one database, and how they come in: what the preflight asks of its catalogs.

Source: PostgreSQL 16, "pg_hba_file_rules", "Predefined Roles", "aclexplode", pg_shdepend,
pg_stat_ssl, pg_db_role_setting.
"""

from collections.abc import Mapping
from typing import Any

import pg8000.exceptions

from landbridge.adapters.postgres import Connection
from landbridge.domain.preflight.access_facts import AccessRule, Role, Session
from landbridge.domain.preflight.database_roles import RESEQUENCER

__all__ = ["access_rules", "overrides", "roles", "sessions", "ssl_mode", "streams_as"]

_ATTRIBUTES = {
    "LOGIN": "rolcanlogin",
    "SUPERUSER": "rolsuper",
    "CREATEROLE": "rolcreaterole",
    "CREATEDB": "rolcreatedb",
    "REPLICATION": "rolreplication",
    "BYPASSRLS": "rolbypassrls",
}
_FILE_FUNCTIONS = (
    "pg_ls_dir(text, boolean, boolean)",
    "pg_read_binary_file(text)",
    "pg_read_binary_file(text, bigint, bigint, boolean)",
    "pg_stat_file(text, boolean)",
)
# What a standby and its rebuild need beside REPLICATION, each as a test of the role ``oid``.
_NEEDED = {
    "CONNECT to this database": "has_database_privilege(oid, current_database(), 'CONNECT')",
    **{
        f"EXECUTE on {function}": f"has_function_privilege(oid, '{function}', 'EXECUTE')"
        for function in _FILE_FUNCTIONS
    },
}


def _those_that_hold(tests: Mapping[str, str]) -> str:
    """Return the expression of the names whose test is true."""
    cases = (f"CASE WHEN {test} THEN '{name}' END" for name, test in tests.items())
    return f"array_remove(ARRAY[{', '.join(cases)}], NULL)"


# landbridge's own, the one that resequences for it, and all that may replicate; every superuser
# may, so of those only who does.
_ROLES = f"""
SELECT rolname, rolname = current_user, {_those_that_hold(_ATTRIBUTES)},
       {_those_that_hold(_NEEDED)},
       (SELECT count(*) FROM pg_shdepend
        WHERE refclassid = 'pg_authid'::regclass AND refobjid = pg_roles.oid AND deptype = 'o')
FROM pg_roles
WHERE rolname IN (current_user, '{RESEQUENCER}') OR (rolreplication AND NOT rolsuper)
   OR oid IN (SELECT usesysid FROM pg_stat_replication)
ORDER BY rolname
"""  # noqa: S608 - names of this module's own
# What was granted to a role by its name, in this database; what everybody may is not here. USAGE of
# a schema gives nothing by itself, and CONNECT of a database nothing that its own catalog hides.
_GRANTS = """
WITH granted (grantee, what) AS (
    SELECT a.grantee, a.privilege_type || ' on ' || p.parname
    FROM pg_parameter_acl p, aclexplode(p.paracl) a
    UNION ALL
    SELECT a.grantee, format(
        '%s on %s%s(%s)', a.privilege_type, nullif(n.nspname, 'pg_catalog') || '.', p.proname,
        oidvectortypes(p.proargtypes)
    )
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, aclexplode(p.proacl) a
    WHERE a.grantee <> p.proowner
    UNION ALL
    SELECT a.grantee, format('%s on %s.%s', a.privilege_type, n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
    WHERE a.grantee <> c.relowner
    UNION ALL
    SELECT a.grantee, format('%s on columns of %s.%s', a.privilege_type, n.nspname, c.relname)
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(t.attacl) a
    UNION ALL
    SELECT a.grantee, 'CREATE in schema ' || n.nspname
    FROM pg_namespace n, aclexplode(n.nspacl) a WHERE a.privilege_type = 'CREATE'
    UNION ALL
    SELECT a.grantee, 'CREATE in database ' || d.datname
    FROM pg_database d, aclexplode(d.datacl) a WHERE a.privilege_type = 'CREATE'
    UNION ALL
    SELECT m.member,
           'role ' || r.rolname || CASE WHEN m.admin_option THEN ' to give away' ELSE '' END
    FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
)
SELECT DISTINCT r.rolname, granted.what
FROM granted JOIN pg_roles r ON r.oid = granted.grantee
WHERE r.rolname = ANY (:roles)
"""
_STREAMS = "SELECT application_name, usename FROM pg_stat_replication WHERE usename IS NOT NULL"
_MAY_READ = "SELECT has_function_privilege(to_regprocedure('landbridge.access_rules()'), 'EXECUTE')"
_RULES = (
    "SELECT place, type, databases, users, address, method, error FROM landbridge.access_rules()"
)
# The socket has no address.
_SESSIONS = """
SELECT DISTINCT usename, rolsuper, ssl
FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) JOIN pg_roles ON pg_roles.oid = usesysid
WHERE client_addr IS NOT NULL AND (rolsuper OR NOT ssl)
"""
# The receiver tells what it was started with, defaults too. The setting may hold a password: of it
# the mode alone leaves the server.
_SSL_MODE = """
SELECT COALESCE(
    (SELECT substring(conninfo FROM 'sslmode=([a-z-]+)') FROM pg_stat_wal_receiver),
    (SELECT substring(setting FROM 'sslmode\\s*=\\s*''?([a-z-]+)')
     FROM pg_settings WHERE name = 'primary_conninfo'),
    ''
)
"""
# What a role or a database has of its own wins over what ALTER SYSTEM says.
_OVERRIDES = """
SELECT concat_ws(' IN ', 'ROLE ' || r.rolname, 'DATABASE ' || d.datname), setting
FROM pg_db_role_setting s
LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
CROSS JOIN LATERAL unnest(s.setconfig) AS setting
WHERE (s.setdatabase = 0 OR d.datname = current_database())
  AND setting ~ '^(synchronous_commit|default_transaction_read_only)='
ORDER BY 1, 2
"""


def roles(connection: Connection) -> tuple[Role, ...]:
    """Return landbridge's roles and those that may replicate, with what they may beyond others."""
    found = connection.run(_ROLES)
    granted: dict[str, set[str]] = {name: set() for name, *_ in found}
    for name, what in connection.run(_GRANTS, roles=list(granted)):
        granted[name].add(what)
    return tuple(
        Role(
            name=name,
            own=own,
            attributes=frozenset(attributes),
            grants=frozenset(granted[name]),
            lacks=tuple(one for one in _NEEDED if one not in may),
            owns=owns,
        )
        for name, own, attributes, may, owns in found
    )


def streams_as(connection: Connection) -> dict[str, str]:
    """Return the role of each standby that streams from here, by its application_name."""
    return dict(connection.run(_STREAMS))


def access_rules(connection: Connection) -> tuple[tuple[AccessRule, ...] | None, str]:
    """Return the lines of pg_hba.conf, as a reload would read them; None, and why, where unread."""
    ((may,),) = connection.run(_MAY_READ)
    if not may:
        return None, "landbridge's role may not call landbridge.access_rules, or there is none"
    try:
        rows = connection.run(_RULES)
    except pg8000.exceptions.DatabaseError as error:  # the file is gone, or is not the server's
        said = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        return None, str(said.get("M", error))
    return tuple(AccessRule(*map(_plain, row)) for row in rows), ""


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def sessions(connection: Connection) -> tuple[Session, ...]:
    """Return who is connected over the network without TLS, or as a superuser."""
    return tuple(Session(*row) for row in connection.run(_SESSIONS))


def ssl_mode(connection: Connection) -> str:
    """Return libpq's sslmode by which this standby streams; empty where it cannot be told."""
    ((mode,),) = connection.run(_SSL_MODE)
    return str(mode)


def overrides(connection: Connection) -> tuple[tuple[str, str], ...]:
    """Return whose sessions, in ALTER's words, have which setting of their own: ``name=value``."""
    return tuple((whose, setting) for whose, setting in connection.run(_OVERRIDES))
