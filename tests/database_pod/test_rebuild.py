"""``rebuild``: an old primary becomes a standby of the serving site by the cheapest sound way."""

import os
import re
import shutil
from pathlib import Path
from stat import S_IMODE

import pytest

from tests.database_pod.forked_world import ForkedWorld, assert_streams
from tests.database_pod.pod import lines_of, wait_until_streaming


def test_a_killed_primary_that_went_on_alone_is_rewound(world: ForkedWorld) -> None:
    """Only the changed blocks are copied, and the reason is that it was not shut down."""
    ended = world.old_primary().run("rebuild")

    assert (ended.code, ended.ways) == (0, ["rewind"])
    assert ended.last["event"] == "rebuilt"
    assert ended.last["why"] == "not shut down cleanly: its state is 'in production'"
    assert ended.last["bytes"] > 0
    assert ended.all("progress")[-1]["bytes"] == ended.last["bytes"]
    assert_streams(world)


def test_wal_files_made_ahead_hide_no_end_of_the_log(world: ForkedWorld) -> None:
    """They are empty and say no length of a segment, whichever file a folder shows first."""
    pod = world.old_primary()
    last = max(one.name for one in (pod.data / "pg_wal").iterdir() if len(one.name) == 24)
    for ahead in range(1, 9):
        file = pod.data / "pg_wal" / f"{int(last, 16) + ahead:024X}"
        with file.open("wb") as stream:
            stream.truncate(2**24)
        owner = pod.data.stat()
        os.chown(file, owner.st_uid, owner.st_gid)

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["rewind"]), ended.last
    assert ended.last["forked_rows"] > 0
    assert_streams(world)


def test_a_standby_streams_with_files_that_the_group_may_read_and_write(world: ForkedWorld) -> None:
    """A pod's fsGroup opens a Secret's pass file, and each mount of the volume its data folder.

    libpq reads no such pass file, and PostgreSQL starts on no such folder: rebuilt and served all
    the same, with a password that is the Secret's of now.
    """
    pod = world.old_primary()
    (passfile,) = re.findall(r"passfile=(\S+)", pod.environment["PRIMARY_CONNINFO"])
    right = Path(passfile).read_text()
    Path(passfile).chmod(0o640)
    pod.data.chmod(0o2770)

    ended = pod.run("rebuild")
    assert (ended.code, ended.ways) == (0, ["rewind"]), ended.last

    (pod.volume / "pgpass").write_text(right.replace(":replicator:", ":replicator:not-"))
    (pod.volume / "pgpass").chmod(0o660)
    pod.data.chmod(0o2770)
    with pod.started("serve") as process:
        wait_until_streaming(world.serving, "aws")
        process.terminate()
        process.communicate(timeout=60)
    assert S_IMODE((pod.volume / "pgpass").stat().st_mode) == 0o600


def test_an_empty_volume_gets_a_base_backup(world: ForkedWorld) -> None:
    """There is nothing to rewind, and the reason says so."""
    pod = world.old_primary()
    shutil.rmtree(pod.data)

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["basebackup"])
    assert ended.last["why"] == "the data folder holds no database"
    assert ended.last["forked_rows"] == 0
    progress = ended.all("progress")[-1]
    assert progress["bytes"] > 1_000_000
    assert set(progress) == {
        "event",
        "method",
        "bytes",
        "total_bytes",
        "bytes_per_second",
        "seconds_left",
    }
    assert_streams(world)


def test_a_rebuilt_standby_follows_at_the_next_rebuild(world: ForkedWorld) -> None:
    """Run again, whether or not it ran in between, nothing is copied."""
    pod = world.old_primary()
    pod.run("rebuild")

    never_started = pod.run("rebuild")
    assert_streams(world)
    started = pod.run("rebuild")

    for ended in (never_started, started):
        assert (ended.code, ended.ways, ended.last["bytes"]) == (0, ["follow"], 0), ended.last
        assert ended.last["why"].startswith("a standby already, on the serving site's timeline 2")
        assert ended.last["forked_rows"] == 0
    assert_streams(world)


def test_a_killed_standby_follows(world: ForkedWorld) -> None:
    """A standby ends its own recovery: no clean shutdown is asked of it."""
    pod = world.old_primary()
    pod.run("rebuild")
    world.pair.aws.start()
    world.pair.aws.kill()

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["follow"])
    assert_streams(world)


def test_without_checksums_and_hints_there_is_no_rewind(world: ForkedWorld) -> None:
    """Everything is copied, the reason says why, and the forked rows are saved all the same."""
    pod, server = world.old_primary(), world.pair.aws
    server.configure(wal_log_hints="off")
    server.start()
    server.stop()
    server.configure(wal_log_hints="on")
    server.run_program("pg_checksums", "--disable", "-D", server.data)

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["basebackup"])
    assert "data checksums and wal_log_hints are both off" in ended.last["why"]
    assert "after the fork" in ended.last["why"]
    assert ended.last["forked_rows"] == sum(map(len, world.forked.values()))
    assert_streams(world)


def test_without_the_wal_of_the_last_common_checkpoint_a_rewind_fails(world: ForkedWorld) -> None:
    """The base backup that comes instead names what was gone; the forked rows are still exact."""
    pod = world.old_primary()
    wal = pod.data / "pg_wal"
    newest = max(file.name for file in wal.glob("0000000100*"))
    fork_file = world.fork_file
    assert fork_file <= newest
    for file in wal.glob("0000000100*"):
        if file.name < fork_file:
            file.unlink()

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["rewind", "basebackup"])
    assert "WAL back to the last common checkpoint is gone" in ended.all("method-failed")[0]["why"]
    assert "WAL back to the last common checkpoint is gone" in ended.last["why"]
    for table, rows in world.forked.items():
        lines = lines_of(pod.volume / "export" / "run-1" / f"{table}.jsonl")
        assert [line["row"] for line in lines] == rows
    assert_streams(world)


def test_another_database_is_replaced(world: ForkedWorld) -> None:
    """A folder with another system identifier has no history in common with the serving site."""
    pod, server = world.old_primary(), world.pair.aws
    shutil.rmtree(pod.data)
    arguments = ("-U", "postgres", "--auth-local=trust", "--no-sync", "--no-instructions")
    server.run_program("initdb", "-D", server.data, *arguments)

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["basebackup"])
    assert "the data folder is of another database" in ended.last["why"]
    assert_streams(world)


def test_a_slot_that_lost_its_wal_is_made_anew(world: ForkedWorld) -> None:
    """A standby could not stream from it any more."""
    pod, serving = world.old_primary(), world.serving
    serving.query(
        "SELECT pg_drop_replication_slot('aws') FROM pg_replication_slots WHERE slot_name = 'aws'"
    )
    serving.query("SELECT pg_create_physical_replication_slot('aws', true)")
    serving.configure(max_slot_wal_keep_size="1MB", wal_keep_size="0")
    serving.query("SELECT pg_reload_conf()")
    for _ in range(3):
        serving.query("SELECT pg_logical_emit_message(false, 'a', repeat('x', 1000))")
        serving.query("SELECT pg_switch_wal()")
    serving.query("CHECKPOINT")
    lost = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'aws'"
    assert serving.query(lost) == [["lost"]]
    serving.configure(max_slot_wal_keep_size="-1", wal_keep_size="1GB")
    serving.query("SELECT pg_reload_conf()")

    ended = pod.run("rebuild")

    assert ended.code == 0
    assert serving.query(lost) == [["reserved"]]
    assert_streams(world)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"RUN": "../x"}, "RUN"),
        ({"SLOT": ""}, "SLOT"),
        ({"DISCARD_FORKED_ROWS": "perhaps"}, "DISCARD_FORKED_ROWS"),
        ({"PRIMARY_CONNINFO": "host=a password=b"}, "PRIMARY_CONNINFO"),
    ],
)
def test_a_wrong_setting_is_named(world: ForkedWorld, changes: dict[str, str], named: str) -> None:
    """Nothing is touched where the environment is not what it must be."""
    ended = world.pod.with_environment(**changes).run("rebuild")

    assert ended.code == 1
    assert (ended.last["event"], ended.last["error"]) == ("failed", "ConfigurationError")
    assert named in ended.last["message"]
