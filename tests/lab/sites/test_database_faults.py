"""What is lost with a primary, and what is not."""

import time
from pathlib import Path

import pytest

from lab.processes.children import ChildError
from lab.processes.folder import LabFolder
from lab.processes.ports import free_ports
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.installation import find_installation
from lab.sites.postgres import PostgresServer
from lab.sites.replication import start_pair
from tests.lab.sites.test_database_pair import NEW_ORDER

NUMBERS = "SELECT number FROM public.orders ORDER BY number"
DELAY_SECONDS = 1.0


def test_async_loses_what_the_standby_had_not_received(
    lab: LabFolder, authority: Authority
) -> None:
    """Behind a cut link commits are acknowledged at once: the promoted standby misses just those.

    The promotion takes as much longer as asked for, and the standby refuses writes until its end.
    The killed primary recovers all that it ever acknowledged.
    """
    pair = start_pair(lab, authority, replication="async", promotion_delay_seconds=DELAY_SECONDS)
    received = [pair.aws.query(NEW_ORDER)[0] for _ in range(3)]
    wait_until(lambda: pair.azure.query(NUMBERS) == received, "orders in Azure")
    pair.link.cut()
    lost = [pair.aws.query(NEW_ORDER)[0] for _ in range(2)]
    pair.aws.kill()
    assert not pair.aws.answers()

    begun = time.monotonic()
    assert pair.azure.query("SELECT pg_promote(false)") == [[True]]
    writable = "SELECT NOT pg_is_in_recovery()"
    wait_until(lambda: pair.azure.query(writable) == [[True]], "promoted standby")
    assert time.monotonic() - begun >= DELAY_SECONDS
    assert pair.azure.query(NUMBERS) == received
    [new] = pair.azure.query(NEW_ORDER)
    assert new not in received + lost  # sequences skip ahead and never lag

    pair.aws.start()
    assert pair.aws.query(NUMBERS) == received + lost


def test_nothing_of_a_killed_server_stays_in_memory() -> None:
    """A lab whose server was killed leaves no shared memory, neither System V's nor POSIX's."""
    with LabFolder() as lab:
        pair = start_pair(lab, Authority(lab.folder("certificates")))
        segments = shared_memory(pair.aws)
        pair.aws.kill()
    assert segments
    kept = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    assert not segments & {line.split()[1] for line in kept}
    assert not [name for name in segments if name.startswith("/dev/shm/") and Path(name).exists()]  # noqa: S108 - looked at only


def shared_memory(server: PostgresServer) -> set[str]:
    """Return what the server maps: System V's ids and the paths of POSIX segments.

    proc(5): a System V segment's id stands in the column of the inode.
    """
    found = set()
    # The postmaster maps them all, and unlike its children it doesn't come and go.
    for line in Path(f"/proc/{server.child.pid}/maps").read_text().splitlines():
        _, _, _, _, inode, *path = line.split()
        if path and path[0].startswith("/SYSV"):
            found.add(inode)
        elif path and path[0].startswith("/dev/shm/"):  # noqa: S108 - looked at only
            found.add(path[0])
    return found


def test_a_server_that_can_not_start_says_why(lab: LabFolder, authority: Authority) -> None:
    """The error of a failed start carries the server's own last words."""
    found = find_installation()
    server = PostgresServer(
        lab,
        found,
        name="empty",
        port=free_ports(1)[0],
        certificate=authority.issue("empty", ["localhost"], owner=found.uid),
        settings={},
    )
    with pytest.raises(ChildError, match="could not access directory"):
        server.start()
