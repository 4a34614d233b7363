"""A primary and its streaming standby, as a lab begins with them."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from lab.processes.folder import LabFolder
from lab.processes.ports import free_ports
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.installation import find_installation
from lab.sites.link import Link
from lab.sites.postgres import DATABASE, SUPERUSER, PostgresServer

__all__ = ["DatabasePair", "Passwords", "start_pair"]

STANDBY = "azure"
SLOT = "azure"
SQL = Path(__file__).resolve().parents[2] / "deploy" / "sql"


@dataclass(frozen=True)
class Passwords:
    """Made anew for every lab; never in arguments, logs or reports."""

    landbridge: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    replicator: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    orders: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


@dataclass(frozen=True)
class DatabasePair:
    """The two servers, the link over which Azure streams from AWS, and the passwords."""

    aws: PostgresServer
    azure: PostgresServer
    link: Link
    passwords: Passwords


def start_pair(
    lab: LabFolder,
    authority: Authority,
    *,
    replication: str = "sync",
    promotion_delay_seconds: float = 0.0,
) -> DatabasePair:
    """Start a primary in AWS and its standby in Azure; return when Azure streams.

    ``replication`` is sync or async. The promotion's delay is a ``recovery_end_command`` that
    sleeps: PostgreSQL runs it at the end of recovery and takes no write before it has ended.
    """
    installation, passwords = find_installation(), Passwords()
    aws_port, azure_port = free_ports(2)
    subjects = ["localhost", "127.0.0.1"]
    synchronous = STANDBY if replication == "sync" else ""
    aws = PostgresServer(
        lab,
        installation,
        name="aws",
        port=aws_port,
        certificate=authority.issue("aws-postgres", subjects, owner=installation.uid),
        # Empty while it is made, or its first commits would wait for a standby that is not there.
        settings={"synchronous_standby_names": ""},
    )
    _make_primary(aws, passwords)
    link = Link(lab, target_host=aws.host, target_port=aws.port)
    link.start()
    delay = {}
    if promotion_delay_seconds:
        delay = {"recovery_end_command": f"sleep {promotion_delay_seconds:g}"}
    azure = PostgresServer(
        lab,
        installation,
        name="azure",
        port=azure_port,
        certificate=authority.issue("azure-postgres", subjects, owner=installation.uid),
        settings={"synchronous_standby_names": "", **delay},
    )
    _make_standby(azure, aws, link, authority, passwords)
    aws.configure(synchronous_standby_names=synchronous)
    aws.query("SELECT pg_reload_conf()")
    wanted = "sync" if synchronous else "async"
    wait_until(
        lambda: aws.query("SELECT sync_state FROM pg_stat_replication") == [[wanted]],
        "streaming standby",
    )
    return DatabasePair(aws, azure, link, passwords)


def _make_primary(server: PostgresServer, passwords: Passwords) -> None:
    server.run_program(
        "initdb",
        *("-D", server.data),
        *("-U", SUPERUSER),
        *("--auth=scram-sha-256", "--auth-local=trust"),
        *("--encoding=UTF8", "--locale=C.UTF-8"),
        *("--data-checksums", "--no-sync", "--no-instructions"),
    )
    server.start()
    with server.superuser() as connection:
        connection.run(f"CREATE DATABASE {DATABASE}")
        connection.run("SELECT pg_create_physical_replication_slot(:slot)", slot=SLOT)
    variables = "".join(
        f"\\set {name}_password '{value}'\n" for name, value in vars(passwords).items()
    )
    files = (SQL / name for name in ("roles.sql", "schema.sql", "orders.sql"))
    script = variables + "".join(file.read_text() for file in files)
    arguments = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", SUPERUSER, "-d", DATABASE)
    server.run_program(
        "psql", "-h", server.folder, "-p", str(server.port), *arguments, stdin=script
    )


def _make_standby(
    standby: PostgresServer,
    primary: PostgresServer,
    link: Link,
    authority: Authority,
    passwords: Passwords,
) -> None:
    passfile = standby.folder / "replicator.pgpass"
    passfile.touch(mode=0o600)
    passfile.write_text(f"{link.host}:{link.port}:*:replicator:{passwords.replicator}\n")
    owner = standby.folder.stat()
    os.chown(passfile, owner.st_uid, owner.st_gid)
    connection = (
        f"host={link.host} port={link.port} user=replicator application_name={STANDBY} "
        f"passfile={passfile} sslmode=verify-full sslrootcert={authority.path} connect_timeout=3"
    )
    standby.run_program(
        "pg_basebackup",
        *("-D", standby.data),
        *("-d", connection),
        *("-X", "stream", "-S", SLOT, "--checkpoint=fast", "--no-sync"),
    )
    (standby.data / "standby.signal").touch()
    standby.configure(primary_conninfo=connection, primary_slot_name=SLOT)
    standby.start()
    wait_until(
        lambda: primary.query("SELECT state FROM pg_stat_replication") == [["streaming"]],
        "streaming standby",
    )
