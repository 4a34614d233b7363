"""A primary and its streaming standby, as a lab begins with them."""

import os
import secrets
import shutil
from dataclasses import dataclass, field

from lab.processes.folder import LabFolder
from lab.processes.ports import free_ports
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.first_data import copy_data, lay_first_data, run_scripts
from lab.sites.installation import find_installation
from lab.sites.link import Link
from lab.sites.postgres import PostgresServer

__all__ = ["DatabasePair", "Passwords", "make_pair", "start_pair", "wait_streaming"]

STANDBY = "azure"
SLOT = "azure"
PASSFILE = "replicator.pgpass"


@dataclass(frozen=True)
class Passwords:
    """Made anew for every lab; never in arguments, logs or reports."""

    landbridge: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    replicator: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    orders: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


@dataclass(frozen=True)
class DatabasePair:
    """The two servers, the links by which each streams from the other, and the passwords."""

    aws: PostgresServer
    azure: PostgresServer
    link: Link
    link_home: Link
    authority: Authority
    passwords: Passwords

    def source_of(self, site: str) -> str:
        """Return the libpq text by which ``site`` streams from the other site."""
        link, server = {"azure": (self.link, self.azure), "aws": (self.link_home, self.aws)}[site]
        return self._source(link.host, link.port, site, server)

    def own_source_of(self, site: str) -> str:
        """Return the libpq text by which ``site`` copies its own database, for a rehearsal."""
        server = {"azure": self.azure, "aws": self.aws}[site]
        return self._source(server.host, server.port, "landbridge-rehearsal", server)

    def _source(self, host: str, port: int, name: str, server: PostgresServer) -> str:
        return (
            f"host={host} port={port} user=replicator application_name={name} "
            f"passfile={server.folder / PASSFILE} sslmode=verify-full "
            f"sslrootcert={self.authority.path} connect_timeout=3"
        )


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
    pair = make_pair(
        lab, authority, replication=replication, promotion_delay_seconds=promotion_delay_seconds
    )
    pair.aws.start()
    pair.azure.start()
    wait_streaming(pair, replication)
    return pair


def make_pair(
    lab: LabFolder,
    authority: Authority,
    *,
    replication: str = "sync",
    promotion_delay_seconds: float = 0.0,
) -> DatabasePair:
    """Make the data of ``start_pair`` and start neither server: pods may, as well."""
    delay = {}
    if promotion_delay_seconds:
        delay = {"recovery_end_command": f"sleep {promotion_delay_seconds:g}"}
    aws, azure = (
        _server(lab, authority, "aws", {}),
        _server(lab, authority, "azure", delay),
    )
    link = Link(lab, target_host=aws.host, target_port=aws.port)
    home = Link(lab, target_host=azure.host, target_port=azure.port, name="link-home")
    pair = DatabasePair(aws, azure, link, home, authority, Passwords())
    for server, over in ((aws, home), (azure, link)):
        over.start()
        _write_passfile(server, over, pair.passwords)
    _make_primary(aws, pair.passwords)
    _make_standby(azure, aws, pair.source_of("azure"))
    # Not before: the first commits would wait for a standby that is not there.
    aws.configure(synchronous_standby_names=STANDBY if replication == "sync" else "")
    return pair


def wait_streaming(pair: DatabasePair, replication: str) -> None:
    """Wait until Azure streams from AWS as it shall."""
    wanted = "sync" if replication == "sync" else "async"
    wait_until(
        lambda: (
            pair.aws.answers()
            and pair.aws.query("SELECT sync_state FROM pg_stat_replication") == [[wanted]]
        ),
        "streaming standby",
    )


def _server(
    lab: LabFolder, authority: Authority, site: str, settings: dict[str, str]
) -> PostgresServer:
    installation = find_installation()
    subjects = ["localhost", "127.0.0.1"]
    return PostgresServer(
        lab,
        installation,
        name=site,
        port=free_ports(1)[0],
        certificate=authority.issue(f"{site}-postgres", subjects, owner=installation.uid),
        settings={"synchronous_standby_names": "", **settings},
    )


def _make_primary(server: PostgresServer, passwords: Passwords) -> None:
    lay_first_data(server)
    server.start()
    run_scripts(server, vars(passwords))
    with server.superuser() as connection:
        connection.run("SELECT pg_create_physical_replication_slot(:slot)", slot=SLOT)
    server.stop()


def _write_passfile(server: PostgresServer, link: Link, passwords: Passwords) -> None:
    passfile = server.folder / PASSFILE
    passfile.touch(mode=0o600)
    known = ((link.host, link.port), (server.host, server.port))
    passfile.write_text(
        "".join(f"{host}:{port}:*:replicator:{passwords.replicator}\n" for host, port in known)
    )
    owner = server.folder.stat()
    os.chown(passfile, owner.st_uid, owner.st_gid)


def _make_standby(standby: PostgresServer, primary: PostgresServer, source: str) -> None:
    """Copy the primary, which was shut down; but no slots, as pg_basebackup leaves them out."""
    copy_data(primary.data, standby.data)
    shutil.rmtree(standby.data / "pg_replslot" / SLOT)
    (standby.data / "standby.signal").touch()
    standby.configure(primary_conninfo=source, primary_slot_name=SLOT)
