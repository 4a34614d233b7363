"""A second receiver of AWS's WAL that calls itself by Azure's name, as a forgotten restore does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from lab.clouds.clouds import Clouds
from lab.processes.waiting import wait_until

__all__ = ["stray_standby"]

_COUNT = "SELECT count(*) FROM pg_stat_replication WHERE application_name = 'azure'"


@contextmanager
def stray_standby(clouds: Clouds) -> Iterator[None]:
    """Stream from AWS as ``azure`` too; gone afterwards."""
    server = clouds.aws_database
    owner = server.folder.stat()
    folder = clouds.lab.folder("stray")
    passfile = folder / "pgpass"
    passfile.touch(mode=0o600)
    passfile.write_text(f"*:*:*:replicator:{clouds.databases.passwords.replicator}\n")
    for path in (folder, passfile):
        os.chown(path, owner.st_uid, owner.st_gid)
    connection = (
        f"host={server.host} port={server.port} user=replicator application_name=azure "
        f"passfile={passfile} sslmode=verify-full sslrootcert={clouds.authority.path}"
    )
    installation = server._installation
    child = clouds.lab.spawn(
        "stray-standby",
        [
            installation.program("pg_receivewal"),
            *("-D", folder, "-d", connection, "--synchronous", "--no-loop"),
        ],
        user=installation.user,
        env={**installation.environment("pg_receivewal"), "HOME": str(folder)},
    )
    wait_until(lambda: server.query(_COUNT) == [[2]], "the stray standby", child=child)
    try:
        yield
    finally:
        child.kill()
        wait_until(lambda: server.query(_COUNT) == [[1]], "the end of the stray standby")
