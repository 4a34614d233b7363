"""Roles, doors, TLS and settings of a real pair, as landbridge's own role sees and judges them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pg8000.native
import pytest

from lab.processes.waiting import wait_until
from lab.sites.installation import find_installation
from lab.sites.postgres import PostgresServer
from lab.sites.replication import DatabasePair
from landbridge.adapters.database_facts import database_facts
from landbridge.domain.preflight.check import Check, Result
from landbridge.domain.preflight.database_access import access_checks
from landbridge.domain.preflight.database_facts import DatabaseFacts, pair_of
from landbridge.domain.preflight.database_parity import parity_checks
from landbridge.domain.preflight.database_roles import LANDBRIDGE, REPLICATOR, role_checks
from landbridge.domain.preflight.database_settings import settings_check
from landbridge.domain.preflight.replication import Replication
from tests.adapters.databases import database_of

pytestmark = pytest.mark.usefixtures("trusted")

WANTED = Replication(synchronous=True, standby_name="azure", rpo_seconds=5.0, rpo_bytes=1 << 24)
Broken = Callable[[DatabasePair], AbstractContextManager[None]]


def facts(pair: DatabasePair, site: str) -> DatabaseFacts:
    """Return what is true of one site's database."""
    return database_facts(site, database_of(getattr(pair, site)), 10.0)


def checks(pair: DatabasePair) -> dict[str, Check]:
    """Return the checks of both databases that need no other part of the world."""
    both = pair_of(facts(pair, "aws"), facts(pair, "azure"))
    found = [
        *role_checks(both, WANTED),
        *access_checks(both, WANTED),
        settings_check(both, WANTED),
        *parity_checks(both),
    ]
    return {one.name: one for one in found}


def red(pair: DatabasePair) -> dict[str, str]:
    """Return what does not pass, with its reason."""
    return {n: one.reason for n, one in checks(pair).items() if one.result is not Result.PASS}


def sql(change: str, back: str) -> Broken:
    """Return the fault that a superuser's statement on the primary makes."""

    @contextmanager
    def broken(pair: DatabasePair) -> Iterator[None]:
        pair.aws.query(change)
        try:
            yield
        finally:
            pair.aws.query(back)

    return broken


def _access_file(server: PostgresServer, change: Callable[[str], str]) -> Iterator[None]:
    file = server.folder / "pg_hba.conf"
    kept = file.read_text()
    file.write_text(change(kept))
    server.query("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        file.write_text(kept)
        server.query("SELECT pg_reload_conf()")


def added_line(site: str, line: str) -> Broken:
    """Return the fault of one line more in a site's pg_hba.conf, before all others."""

    @contextmanager
    def broken(pair: DatabasePair) -> Iterator[None]:
        yield from _access_file(getattr(pair, site), lambda text: f"{line}\n{text}")

    return broken


def no_line_for(site: str, role: str) -> Broken:
    """Return the fault of a site's pg_hba.conf without a role's lines."""

    @contextmanager
    def broken(pair: DatabasePair) -> Iterator[None]:
        def without(text: str) -> str:
            return "\n".join(line for line in text.splitlines() if role not in line)

        yield from _access_file(getattr(pair, site), without)

    return broken


def setting(site: str, name: str, value: str, before: str) -> Broken:
    """Return the fault of one setting of a site's server."""

    @contextmanager
    def broken(pair: DatabasePair) -> Iterator[None]:
        server: PostgresServer = getattr(pair, site)

        def set_to(text: str) -> None:
            server.configure(**{name: text})
            server.query("SELECT pg_reload_conf()")
            wait_until(lambda: server.query(f"SHOW {name}") == [[text]], f"{name} = {text}")

        set_to(value)
        try:
            yield
        finally:
            set_to(before)

    return broken


@contextmanager
def stream_from_anybody(pair: DatabasePair) -> Iterator[None]:
    """Let the standby encrypt and verify nothing."""
    source = pair.source_of("azure")

    def stream_by(mode: str) -> None:
        pair.azure.configure(primary_conninfo=source.replace("verify-full", mode))
        pair.azure.query("SELECT pg_reload_conf()")
        wait_until(lambda: facts(pair, "azure").verifies == mode, f"sslmode={mode}")

    stream_by("require")
    try:
        yield
    finally:
        stream_by("verify-full")


@contextmanager
def superuser_in_the_clear(pair: DatabasePair) -> Iterator[None]:
    """Let the workload sign in as a superuser, without TLS."""
    with ExitStack() as stack:
        stack.enter_context(
            sql("ALTER ROLE orders SUPERUSER", "ALTER ROLE orders NOSUPERUSER")(pair)
        )
        door = added_line("aws", "host orders orders 127.0.0.0/8 scram-sha-256")
        stack.enter_context(door(pair))
        session = pg8000.native.Connection(
            "orders",
            host=pair.aws.host,
            port=pair.aws.port,
            database="orders",
            password=pair.passwords.orders,
            ssl_context=False,
        )
        stack.callback(session.close)
        yield


@contextmanager
def tablespace(pair: DatabasePair) -> Iterator[None]:
    """Make a tablespace beside the data folder; the standby of this machine has the same place."""
    user = find_installation().user
    place = pair.aws._lab.folder("elsewhere", user=user, mode=0o700)
    with pair.aws.superuser("orders") as connection:
        connection.run(f"CREATE TABLESPACE fast LOCATION '{place}'")
    try:
        yield
    finally:
        pair.aws.query("DROP TABLESPACE fast")


FAULTS: dict[str, tuple[Broken, dict[str, tuple[str, str]]]] = {
    "makes roles": (
        sql("ALTER ROLE landbridge CREATEROLE", "ALTER ROLE landbridge NOCREATEROLE"),
        {"landbridge-role": ("warn", "role landbridge is CREATEROLE")},
    ),
    "reads rows": (
        sql("GRANT SELECT ON orders TO landbridge", "REVOKE SELECT ON orders FROM landbridge"),
        {"landbridge-role": ("warn", "SELECT on public.orders")},
    ),
    "reads a column": (
        sql(
            "GRANT SELECT (id) ON orders TO replicator", "REVOKE ALL (id) ON orders FROM replicator"
        ),
        {"replication-role": ("warn", "SELECT on columns of public.orders")},
    ),
    "member of more": (
        sql(
            "GRANT pg_read_all_data TO landbridge WITH ADMIN OPTION",
            "REVOKE pg_read_all_data FROM landbridge",
        ),
        {"landbridge-role": ("warn", "role pg_read_all_data to give away")},
    ),
    "owns": (
        sql("ALTER TABLE orders OWNER TO landbridge", "ALTER TABLE orders OWNER TO postgres"),
        {"landbridge-role": ("warn", "owns 2 objects")},
    ),
    "signs in as nobody should": (
        sql("ALTER ROLE landbridge_resequencer LOGIN", "ALTER ROLE landbridge_resequencer NOLOGIN"),
        {"landbridge-role": ("warn", "landbridge_resequencer is LOGIN")},
    ),
    "cannot rewind": (
        sql(
            "REVOKE EXECUTE ON FUNCTION pg_stat_file(text, boolean) FROM replicator",
            "GRANT EXECUTE ON FUNCTION pg_stat_file(text, boolean) TO replicator",
        ),
        {"replication-role": ("fail", "lacks EXECUTE on pg_stat_file(text, boolean)")},
    ),
    "fence passed by": (
        sql(
            "ALTER ROLE orders IN DATABASE orders SET default_transaction_read_only = off",
            "ALTER ROLE orders IN DATABASE orders RESET default_transaction_read_only",
        ),
        {"database-settings": ("fail", "ROLE orders IN DATABASE orders has default_trans")},
    ),
    "lines unread": (
        sql(
            "REVOKE EXECUTE ON FUNCTION landbridge.access_rules() FROM landbridge",
            "GRANT EXECUTE ON FUNCTION landbridge.access_rules() TO landbridge",
        ),
        {"database-access": ("unknown", "AWS's pg_hba.conf: landbridge's role may not call")},
    ),
    "trusted": (
        added_line("azure", "host all rehearsal 127.0.0.0/8 trust"),
        {"database-access": ("fail", "Azure: pg_hba.conf line 1 lets in over the network without")},
    ),
    "line not read": (
        added_line("aws", "hostssl orders somebody 127.0.0.0/8 shibboleth"),
        {
            "database-access": (
                "fail",
                "AWS: pg_hba.conf line 1 is not read: invalid authentication",
            )
        },
    ),
    "other site shut out": (
        no_line_for("azure", "replicator"),
        {"database-access": ("fail", "Azure: no line of pg_hba.conf lets replicator into replica")},
    ),
    "old tls": (
        setting("azure", "ssl_min_protocol_version", "TLSv1.1", "TLSv1.2"),
        {"database-tls": ("warn", "Azure: ssl_min_protocol_version is TLSv1.1")},
    ),
    "stream from anybody": (
        stream_from_anybody,
        {"database-tls": ("warn", "the standby streams by sslmode=require")},
    ),
    "superuser in the clear": (
        superuser_in_the_clear,
        {
            "database-access": ("warn", "superuser orders is connected over the network"),
            "database-tls": ("fail", "role orders is connected over the network without TLS"),
        },
    ),
    "link watched late": (
        setting("azure", "wal_receiver_timeout", "1min", "5s"),
        {"database-settings": ("warn", "Azure: wal_receiver_timeout is 60000, not 5s")},
    ),
    "tablespace": (
        tablespace,
        {"tablespaces": ("fail", "AWS has tablespaces outside of its data")},
    ),
}


def test_the_lab_s_own_pair_has_nothing_wrong(pair: DatabasePair) -> None:
    """What deploy/sql and deploy/postgresql make is what the checks ask for."""
    assert red(pair) == {}


def test_what_is_allowed_is_what_the_sql_grants(pair: DatabasePair) -> None:
    """To the right: a role that loses a grant, or gets one more, is a line in both places."""
    granted = {one.name: one.grants for one in facts(pair, "aws").roles}
    assert granted["landbridge"] == LANDBRIDGE.grants
    assert granted["replicator"] == REPLICATOR.grants


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_with_a_real_server_is_named(pair: DatabasePair, name: str) -> None:
    """Each mistake reds its own checks and no other, with what mends it; mended, all is well."""
    broken, expected = FAULTS[name]
    with broken(pair):
        found = checks(pair)
        wrong = {n: one for n, one in found.items() if one.result is not Result.PASS}
        said = {n: (one.result.value, one.reason) for n, one in wrong.items()}
    assert set(said) == set(expected), said
    for check, (result, words) in expected.items():
        assert said[check][0] == result, said
        assert words in said[check][1]
        assert wrong[check].remedy


def test_at_the_end_nothing_is_wrong_any_more(pair: DatabasePair) -> None:
    """No mistake left anything behind, so none of them stood for another."""
    assert red(pair) == {}
