"""What goes wrong with the databases: each is there inside its block, and gone after it."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from lab.clouds.clouds import Clouds
from lab.drill.traffic import Traffic
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Scene
from lab.faults.sites import ask, database_of, streams
from lab.processes.waiting import wait_until

__all__ = [
    "another_timeline",
    "catalogued",
    "everybody_trusted",
    "look_forgotten",
    "refused_at_the_door",
    "settings_changed",
    "sql_changed",
    "standby_cannot_take_wal",
    "streaming",
    "tablespace_elsewhere",
]

Broken = Callable[[Clouds], AbstractContextManager[None]]
_PUT_WAL = "SELECT pg_logical_emit_message(false, 'lab', repeat('x', 17 * 1024 * 1024))"


def streaming(clouds: Clouds) -> None:
    """Return when Azure is AWS's synchronous standby again, and has replayed everything."""

    def caught_up() -> bool:
        rows = ask(
            clouds,
            "aws",
            "SELECT sync_state FROM pg_stat_replication WHERE application_name = 'azure'"
            " AND replay_lsn >= pg_current_wal_flush_lsn() - 100000",
        )
        return rows == [["sync"]]

    wait_until(caught_up, "Azure as a synchronous standby")


def catalogued(name: str, argument: str = "") -> Broken:
    """Return one of the lab's own faults as a block."""

    @contextmanager
    def broken(clouds: Clouds) -> Iterator[None]:
        fault = FAULTS[name]
        scene = Scene(clouds, Traffic(clouds, clients=1, rate=1.0, seed=1), random.Random(1))  # noqa: S311 - a fault's own chance
        fault.begin(scene, argument)
        try:
            yield
        finally:
            fault.end(scene, argument)

    return broken


def sql_changed(change: str, back: str, seen: str) -> Broken:
    """Return the fault that a superuser's statement on AWS makes; ``seen`` is true once it is.

    It is waited for on Azure: what is said of roles and catalogs replicates.
    """

    @contextmanager
    def changed(clouds: Clouds) -> Iterator[None]:
        _as_owner(clouds, change)
        try:
            wait_until(lambda: ask(clouds, "azure", seen) == [[True]], f"{change} on Azure")
            yield
        finally:
            _as_owner(clouds, back)

    return changed


def _as_owner(clouds: Clouds, sql: str) -> None:
    with clouds.aws_database.superuser("orders") as connection:
        connection.run("SET synchronous_commit = local")
        connection.run("SET allow_system_table_mods = on")
        connection.run(sql)


def settings_changed(site: str, before: str, **settings: str) -> Broken:
    """Return the fault of one setting in the host's file; ``before`` is what it was."""

    @contextmanager
    def changed(clouds: Clouds) -> Iterator[None]:
        ((name, value),) = settings.items()
        _configure(clouds, site, name, value)
        try:
            yield
        finally:
            _configure(clouds, site, name, before)

    return changed


def _configure(clouds: Clouds, site: str, name: str, value: str) -> None:
    database_of(clouds, site).configure(**{name: value})
    ask(clouds, site, "SELECT pg_reload_conf()")
    wait_until(lambda: ask(clouds, site, f"SHOW {name}") == [[value]], f"{name} = {value!r}")


@contextmanager
def standby_cannot_take_wal(clouds: Clouds) -> Iterator[None]:
    """Let 17 MB of WAL wait for Azure, of the 20 MB that its slot may keep."""
    with ExitStack() as stack:
        limit = settings_changed("aws", "4GB", max_slot_wal_keep_size="20MB")
        stack.enter_context(limit(clouds))
        clouds.databases.link.hold()
        try:
            assert ask(clouds, "aws", _PUT_WAL)
            yield
        finally:
            clouds.databases.link.heal()
            streaming(clouds)


@contextmanager
def everybody_trusted(clouds: Clouds) -> Iterator[None]:
    """Let Azure's server take everybody without a password: a last line in pg_hba.conf."""
    file = database_of(clouds, "azure").folder / "pg_hba.conf"
    kept = file.read_text()
    file.write_text(f"{kept}host all all 127.0.0.0/8 trust\n")
    try:
        yield
    finally:
        file.write_text(kept)


@contextmanager
def tablespace_elsewhere(clouds: Clouds) -> Iterator[None]:
    """Make a tablespace beside AWS's data; on this machine Azure's replay finds the same place."""
    server = database_of(clouds, "aws")
    place, owner = server.folder / "elsewhere", server.folder.stat()
    place.mkdir(mode=0o700)
    os.chown(place, owner.st_uid, owner.st_gid)
    ask(clouds, "aws", f"CREATE TABLESPACE fast LOCATION '{place}'")
    try:
        yield
    finally:
        ask(clouds, "aws", "DROP TABLESPACE fast")


@contextmanager
def refused_at_the_door(clouds: Clouds) -> Iterator[None]:
    """Let neither server take landbridge's role: a line in pg_hba.conf."""
    files = [database_of(clouds, site).folder / "pg_hba.conf" for site in ("aws", "azure")]
    kept = [file.read_text() for file in files]
    for file, text in zip(files, kept, strict=True):
        file.write_text(f"host all landbridge 127.0.0.0/8 reject\n{text}")
    _reload(clouds)
    try:
        yield
    finally:
        for file, text in zip(files, kept, strict=True):
            file.write_text(text)
        _reload(clouds)


def _reload(clouds: Clouds) -> None:
    for site in ("aws", "azure"):
        ask(clouds, site, "SELECT pg_reload_conf()")


@contextmanager
def look_forgotten(clouds: Clouds) -> Iterator[None]:
    """Lose the look at AWS that a promotion without AWS goes by."""
    table = clouds.operations.outputs()["RunsTableName"]
    key = {"run": {"S": "last-look"}, "kind": {"S": "look"}}
    region = clouds.configuration.orchestrator_region
    clouds.aws.client("dynamodb", region).delete_item(TableName=table, Key=key)
    try:
        yield
    finally:
        clouds.record_look()


@contextmanager
def another_timeline(clouds: Clouds) -> Iterator[None]:
    """Restart AWS's database through a recovery, on a new timeline, where Azure cannot follow."""
    server = clouds.aws_database
    clouds.databases.link.cut()
    try:
        wait_until(lambda: not streams(clouds, "azure"), "the end of the stream")
        (server.data / "standby.signal").touch()
        server.kill()
        recovering = "SELECT pg_is_in_recovery()"
        wait_until(lambda: ask(clouds, "aws", recovering) == [[True]], "AWS in recovery")
        ask(clouds, "aws", "SELECT pg_promote()")
        wait_until(lambda: ask(clouds, "aws", recovering) == [[False]], "AWS as a primary")
        yield
    finally:
        clouds.databases.link.heal()
        streaming(clouds)
