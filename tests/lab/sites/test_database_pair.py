"""A pair of real servers: encrypted, synchronous, with no more rights than needed."""

import contextlib
import socket
import ssl
import struct
from concurrent.futures import ThreadPoolExecutor

import pg8000.exceptions
import pg8000.native
import psutil
import pytest

from lab.processes.children import ChildError
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.first_data import run_scripts
from lab.sites.postgres import DATABASE, PostgresServer
from lab.sites.replication import DatabasePair
from tests.lab.sites.conftest import Login

NEW_ORDER = (
    "INSERT INTO public.orders (id, item, quantity, site) "
    "VALUES (gen_random_uuid(), 'tea', 1, 'aws') RETURNING number"
)

OWN = ["landbridge", "replicator", "orders"]

# PostgreSQL 16, "Message Formats": the length, and the code that asks for TLS.
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
STARTUP = struct.pack("!i", 196608)  # protocol 3.0


def streaming(pair: DatabasePair) -> bool:
    """Tell whether Azure streams from AWS now."""
    return pair.aws.query("SELECT state FROM pg_stat_replication") == [["streaming"]]


def test_the_standby_streams_synchronously_over_tls(pair: DatabasePair) -> None:
    """Azure is the required synchronous standby, on its slot, over an encrypted connection."""
    rows = pair.aws.query(
        "SELECT application_name, state, sync_state, slot_name, active, ssl "
        "FROM pg_stat_replication JOIN pg_replication_slots ON active_pid = pid "
        "JOIN pg_stat_ssl USING (pid)"
    )
    assert rows == [["azure", "streaming", "sync", "azure", True, True]]


def test_the_standby_verifies_its_primary(pair: DatabasePair) -> None:
    """The standby checks the primary's certificate and its name."""
    [[conninfo]] = pair.azure.query("SELECT conninfo FROM pg_stat_wal_receiver")
    assert "sslmode=verify-full" in conninfo


def test_both_servers_can_be_rewound_later(pair: DatabasePair) -> None:
    """pg_rewind needs checksums or hint bits in the WAL; crash safety is not traded away."""
    for server in (pair.aws, pair.azure):
        values = server.query(
            "SELECT name, setting FROM pg_settings WHERE name IN "
            "('data_checksums', 'fsync', 'full_page_writes', 'wal_log_hints') ORDER BY name"
        )
        assert [setting for _, setting in values] == ["on"] * 4


def test_an_unencrypted_connection_is_refused(pair: DatabasePair) -> None:
    """There is no way in over TCP without TLS."""
    with pytest.raises(pg8000.exceptions.DatabaseError, match="no encryption"):
        pg8000.native.Connection(
            "orders",
            host=pair.aws.host,
            port=pair.aws.port,
            database=DATABASE,
            password=pair.passwords.orders,
            ssl_context=False,
        )


def test_a_stranger_s_certificate_is_not_trusted(lab: LabFolder, pair: DatabasePair) -> None:
    """Python clients and libpq's both refuse a server whose authority they do not know."""
    stranger = Authority(lab.folder("stranger"))
    with pytest.raises(ssl.SSLCertVerificationError):
        pg8000.native.Connection(
            "orders",
            host=pair.aws.host,
            port=pair.aws.port,
            password="irrelevant",
            ssl_context=ssl.create_default_context(cafile=stranger.path),
        )
    address = f"host={pair.aws.host} port={pair.aws.port} user=orders dbname={DATABASE}"
    with pytest.raises(ChildError, match="certificate verify failed"):
        pair.aws.run_program("psql", f"{address} sslmode=verify-full sslrootcert={stranger.path}")


def test_no_password_shows(lab: LabFolder, pair: DatabasePair) -> None:
    """No process has a password among its arguments, and no log has one."""
    secrets = vars(pair.passwords).values()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            assert not any(secret in " ".join(process.cmdline()) for secret in secrets)
    for log in (lab.path / "logs").iterdir():
        assert not any(secret in log.read_text() for secret in secrets)
    assert not any(secret in repr(pair.passwords) for secret in secrets)


@pytest.mark.parametrize(
    ("role", "sql"),
    [
        ("orders", NEW_ORDER),
        ("orders", "SELECT max(epoch) FROM landbridge.epoch"),
        ("orders", "INSERT INTO landbridge.readiness VALUES ('x', now())"),
        ("landbridge", "INSERT INTO landbridge.epoch VALUES (99, 'azure', 'r', 2)"),
        ("landbridge", "INSERT INTO landbridge.heartbeat VALUES ('x', now(), '0/0')"),
        ("landbridge", "SELECT sync_state, sent_lsn FROM pg_stat_replication"),
        ("landbridge", "ALTER SYSTEM SET default_transaction_read_only = off"),
        ("landbridge", "SELECT pg_reload_conf()"),
        ("landbridge", "CHECKPOINT"),
        ("landbridge", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE false"),
        ("landbridge", "EXPLAIN SELECT pg_promote(false, 1)"),
    ],
)
def test_each_role_may_do_its_work(pair: DatabasePair, login: Login, role: str, sql: str) -> None:
    """What landbridge and the workload do needs no superuser."""
    with login(pair.aws, role) as connection:
        if sql.startswith("INSERT"):
            connection.run("BEGIN")  # never committed
        connection.run(sql)


@pytest.mark.parametrize(
    ("role", "sql"),
    [
        ("orders", "DELETE FROM public.orders"),
        ("orders", "UPDATE public.orders SET item = 'other'"),
        ("orders", "INSERT INTO landbridge.epoch VALUES (99, 'azure', 'r', 2)"),
        ("orders", "SELECT pg_promote(false, 1)"),
        ("orders", "CREATE TABLE public.mine (n int)"),
        ("landbridge", "SELECT * FROM public.orders"),
        ("landbridge", "DELETE FROM landbridge.epoch"),
        ("landbridge", "ALTER SYSTEM SET synchronous_commit = off"),
        ("landbridge", "CREATE ROLE mine"),
        ("landbridge", "CREATE TABLE public.mine (n int)"),
        ("replicator", "SELECT * FROM public.orders"),
    ],
)
def test_no_role_may_do_more(pair: DatabasePair, login: Login, role: str, sql: str) -> None:
    """What a role has no use for is refused."""
    with (
        login(pair.aws, role) as connection,
        pytest.raises(pg8000.exceptions.DatabaseError) as refused,
    ):
        connection.run(sql)
    assert refused.value.args[0]["C"] == "42501"


def test_the_roles_have_these_rights_and_no_other(pair: DatabasePair) -> None:
    """Attributes, memberships, parameters and functions: every one is here, with nothing beside."""
    query = pair.aws.query
    flags = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
    attributes = query(f"SELECT rolname, {flags} FROM pg_roles WHERE rolname = ANY (:own)", own=OWN)  # noqa: S608 - names of columns
    assert sorted(attributes) == [
        ["landbridge", False, False, False, False, False],
        ["orders", False, False, False, False, False],
        ["replicator", False, False, False, True, False],
    ]
    memberships = query(
        "SELECT member::regrole::text, roleid::regrole::text, admin_option FROM pg_auth_members "
        "WHERE member::regrole::text = ANY (:own)",
        own=OWN,
    )
    assert sorted(memberships) == [
        ["landbridge", "pg_checkpoint", False],
        ["landbridge", "pg_monitor", False],
        ["landbridge", "pg_signal_backend", False],
        ["landbridge", "pg_use_reserved_connections", False],
    ]
    parameters = query(
        "SELECT grantee::regrole::text, parname, privilege_type "
        "FROM pg_parameter_acl, aclexplode(paracl) WHERE grantee::regrole::text = ANY (:own)",
        own=OWN,
    )
    assert sorted(parameters) == [
        ["landbridge", "default_transaction_read_only", "ALTER SYSTEM"],
        ["landbridge", "synchronous_standby_names", "ALTER SYSTEM"],
    ]
    functions = query(
        "SELECT grantee::regrole::text, proname FROM pg_proc, aclexplode(proacl) "
        "WHERE grantee::regrole::text = ANY (:own)",
        own=OWN,
    )
    assert sorted(functions) == [
        ["landbridge", "access_rules"],
        ["landbridge", "keep_wal_for"],
        ["landbridge", "pg_promote"],
        ["landbridge", "pg_reload_conf"],
        ["landbridge", "pg_wal_replay_resume"],
        ["landbridge", "resequence"],
        ["replicator", "pg_ls_dir"],
        ["replicator", "pg_read_binary_file"],
        ["replicator", "pg_read_binary_file"],
        ["replicator", "pg_stat_file"],
    ]


@pytest.mark.parametrize(
    ("user", "database", "password"),
    [
        ("postgres", DATABASE, "x"),
        ("landbridge", "postgres", ""),
        ("orders", "postgres", ""),
        ("replicator", "postgres", ""),
    ],
)
def test_nobody_comes_in_by_another_way(
    pair: DatabasePair, user: str, database: str, password: str
) -> None:
    """Over the network there is neither a superuser nor another database than the workload's."""
    with pytest.raises(pg8000.exceptions.DatabaseError, match=r"no pg_hba\.conf entry"):
        pg8000.native.Connection(
            user,
            host=pair.aws.host,
            port=pair.aws.port,
            database=database,
            password=password or getattr(pair.passwords, user),
            ssl_context=pair.authority.client_context(),
        )


def test_the_sql_runs_again(pair: DatabasePair) -> None:
    """Running roles, schema and table a second time changes no data and raises nothing."""
    before = pair.aws.query("SELECT * FROM landbridge.epoch")
    run_scripts(pair.aws, vars(pair.passwords))
    assert pair.aws.query("SELECT * FROM landbridge.epoch") == before
    assert [row[:2] for row in before] == [[1, "aws"]]


def commit_waits(server: PostgresServer) -> bool:
    """Tell whether a commit waits for the synchronous standby."""
    waiting = server.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    return waiting == [[1]]


def test_a_held_link_holds_commits_and_loses_none(pair: DatabasePair) -> None:
    """While bytes stand still no commit is acknowledged; once they flow the same one is."""
    with ThreadPoolExecutor() as pool:
        pair.link.hold()
        order = pool.submit(pair.aws.query, NEW_ORDER)
        wait_until(lambda: commit_waits(pair.aws), "commit that waits")
        assert not order.done()
        pair.link.heal()
        [[number]] = order.result(timeout=30)
    arrived = "SELECT count(*) FROM public.orders WHERE number = :number"
    wait_until(lambda: pair.azure.query(arrived, number=number) == [[1]], "order in Azure")


def test_a_cut_link_is_reconnected_after_healing(pair: DatabasePair) -> None:
    """A cut ends the stream at both ends; the standby comes back by itself afterwards."""
    pair.link.cut()
    wait_until(lambda: not streaming(pair), "end of the stream")
    assert pair.azure.query("SELECT pg_is_in_recovery()") == [[True]]
    pair.link.heal()
    wait_until(lambda: streaming(pair), "stream")


def test_a_frozen_server_answers_nobody_until_it_is_thawed(pair: DatabasePair) -> None:
    """A frozen server takes connections, as its kernel does, and says nothing."""
    pair.azure.freeze()
    with socket.create_connection((pair.azure.host, pair.azure.port), timeout=0.3) as connection:
        connection.sendall(SSL_REQUEST)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        pair.azure.thaw()
        connection.settimeout(30)
        assert connection.recv(1) == b"S"
    wait_until(lambda: streaming(pair), "stream")


def test_landbridge_gets_in_when_the_workload_has_used_all_connections(
    pair: DatabasePair, login: Login
) -> None:
    """Commits that wait for a lost standby hold connections: some are kept for the fence."""
    with contextlib.ExitStack() as opened:
        while session(pair.aws, opened) == b"Z":
            pass
        assert session(pair.aws, opened) == b"E"
        with login(pair.aws, "landbridge") as connection:
            assert connection.run("SELECT 1") == [[1]]


def session(server: PostgresServer, opened: contextlib.ExitStack) -> bytes:
    """Begin one of the workload's sessions; return the last message's kind, Z: in, E: refused."""
    connection = opened.enter_context(socket.socket(socket.AF_UNIX))
    connection.settimeout(30)
    connection.connect(str(server.folder / f".s.PGSQL.{server.port}"))
    body = STARTUP + b"user\0orders\0database\0orders\0\0"
    connection.sendall(struct.pack("!i", len(body) + 4) + body)
    with connection.makefile("rb") as answer:
        while (kind := answer.read(1)) not in {b"Z", b"E"}:
            answer.read(struct.unpack("!i", answer.read(4))[0] - 4)
    return kind
