"""Who may come into each database over the network, and is everybody's way in encrypted.

pg_hba.conf is each host's own, so both sites are judged. Source: PostgreSQL 16, "The pg_hba.conf
File", "Protection Provided in Different Modes" (libpq's sslmode).
"""

from collections.abc import Iterator

from landbridge.domain.preflight.access_facts import AccessRule, Role
from landbridge.domain.preflight.check import SITE, Check, Finding, check_of, fail, unknown, warn
from landbridge.domain.preflight.database_facts import DatabaseFacts, Pair, unasked
from landbridge.domain.preflight.database_roles import replication_role
from landbridge.domain.preflight.replication import Replication

__all__ = ["access_checks"]

_RELOAD = "then SELECT pg_reload_conf() there"
_IN_THE_CLEAR = frozenset(
    {"disable", "allow", "prefer"}
)  # libpq encrypts if it is asked to, or not
_OLD_PROTOCOLS = frozenset({"", "TLSv1", "TLSv1.1"})
_WEAK_METHODS = frozenset({"md5", "password"})
_ALL, _REPLICATION = "all", "replication"


def access_checks(pair: Pair, wanted: Replication) -> list[Check]:
    """Return the checks of both servers' doors."""
    both = (pair.primary, pair.standby)
    blind = unasked(*both)
    role = replication_role(pair.primary, wanted.name_of(pair.standby.site))
    return [
        check_of(
            "database-access",
            [*blind, *(found for one in both for found in _access(one, role))],
            "pg_hba.conf lets in by name, with TLS and a password, and the other site too",
        ),
        check_of(
            "database-tls",
            [*blind, *(found for one in both for found in _tls(one))],
            "every way in is encrypted, and the standby verifies whom it streams from",
        ),
    ]


def _access(facts: DatabaseFacts, role: Role | None) -> Iterator[Finding]:
    if not facts.look.reachable:
        return
    who = SITE[facts.site]
    for session in facts.sessions:
        if session.is_superuser:
            yield warn(
                f"{who}: superuser {session.role} is connected over the network: the fence may end"
                " no superuser's session",
                "let the workload sign in as a role that is none",
            )
    if facts.access is None:
        yield unknown(
            f"{who}'s pg_hba.conf: {facts.access_reason}",
            "run deploy/sql/schema.sql on the primary again, as a superuser",
        )
        return
    for rule in facts.access:
        yield from (Finding(one.result, f"{who}: {one.reason}", one.remedy) for one in _line(rule))
    if role is not None:
        yield from _way_of(role.name, facts)


def _line(rule: AccessRule) -> Iterator[Finding]:
    """Yield what is wrong with one line."""
    mend = f"write that line as deploy/postgresql/pg_hba.conf has it, {_RELOAD}"
    if rule.error:
        yield fail(f"{rule.place} is not read: {rule.error}", mend)
    if not rule.over_network:
        return
    if rule.method == "trust":
        yield fail(f"{rule.place} lets in over the network without a password: trust", mend)
    elif rule.method in _WEAK_METHODS:
        yield warn(f"{rule.place} asks for a password by {rule.method}, not scram-sha-256", mend)
    if rule.type == "hostnossl":
        yield fail(f"{rule.place} lets in over the network without TLS alone: hostnossl", mend)
    elif rule.type != "hostssl":
        yield warn(f"{rule.place} lets in without TLS, too: {rule.type}, not hostssl", mend)
    if _ALL in {*rule.users, *rule.databases}:
        users, databases = (
            f"every {what}" if _ALL in names else ", ".join(names)
            for what, names in (("role", rule.users), ("database", rule.databases))
        )
        yield warn(f"{rule.place} lets {users} into {databases}, over the network", mend)


def _way_of(role: str, facts: DatabaseFacts) -> Iterator[Finding]:
    """Yield what the other site's standby, and its rebuild, would be refused at this site."""
    rules = [one for one in facts.access or () if one.over_network and _may_name(role, one.users)]
    lacking = []
    if not any(_REPLICATION in one.databases for one in rules):
        lacking.append(_REPLICATION)
    if all(set(one.databases) == {_REPLICATION} for one in rules):
        lacking.append("the workload's database")
    if lacking:
        yield fail(
            f"{SITE[facts.site]}: no line of pg_hba.conf lets {role} into {' or '.join(lacking)}:"
            " the other site cannot become its standby",
            f"add the lines of deploy/postgresql/pg_hba.conf, {_RELOAD}",
        )


def _may_name(role: str, users: tuple[str, ...]) -> bool:
    # A group's members and a pattern's are not looked up: such a line may let it in.
    return any(one in {role, _ALL} or one.startswith(("+", "/")) for one in users)


def _tls(facts: DatabaseFacts) -> Iterator[Finding]:
    if not facts.look.reachable:
        return
    who = SITE[facts.site]
    ssl, oldest = (facts.settings.get(name) for name in ("ssl", "ssl_min_protocol_version"))
    if ssl is None or oldest is None:
        yield unknown(f"{who}: ssl's settings could not be read")
    elif ssl != "on":
        yield fail(f"{who}: ssl is {ssl}", "give it a certificate and ALTER SYSTEM SET ssl = on")
    elif oldest in _OLD_PROTOCOLS:
        yield warn(
            f"{who}: ssl_min_protocol_version is {oldest or 'empty'}: what is older is broken",
            "ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.2'; SELECT pg_reload_conf()",
        )
    for session in facts.sessions:
        if not session.encrypted:
            yield fail(
                f"{who}: role {session.role} is connected over the network without TLS",
                f"write hostssl for host in pg_hba.conf, {_RELOAD}, and end that session",
            )
    if facts.look.is_standby:
        yield from _verifies(facts.verifies, who)


def _verifies(mode: str, who: str) -> Iterator[Finding]:
    remedy = "sslmode=verify-full and sslrootcert= in its primary_conninfo, and in the rebuild's"
    if not mode:
        yield unknown(f"{who}: by which sslmode the standby streams cannot be told", remedy)
    elif mode in _IN_THE_CLEAR:
        yield fail(f"{who}: the standby streams by sslmode={mode}, encrypted or not", remedy)
    elif mode != "verify-full":
        yield warn(
            f"{who}: the standby streams by sslmode={mode}: it does not verify from whom", remedy
        )
