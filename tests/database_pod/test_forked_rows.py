"""Rows that only the old primary has are on disk, exactly, before anything is destroyed."""

import json

from tests.database_pod.forked_world import ForkedWorld, assert_streams
from tests.database_pod.pod import Pod, lines_of


def _exported(pod: Pod, run: str = "run-1") -> dict[str, list[object]]:
    folder = pod.volume / "export" / run
    return {
        file.name.removesuffix(".jsonl"): [line["row"] for line in lines_of(file)]
        for file in folder.glob("*.jsonl")
    }


def test_forked_rows_are_exported_exactly(world: ForkedWorld) -> None:
    """Inserts and updates that committed after the fork, whenever they began; nothing else."""
    pod = world.old_primary()

    ended = pod.run("rebuild")

    assert ended.code == 0
    assert _exported(pod) == world.forked
    (said,) = ended.all("exported")
    assert said == {
        "event": "exported",
        "rows": sum(map(len, world.forked.values())),
        "path": str(pod.volume / "export" / "run-1"),
        "tables": {table: len(rows) for table, rows in world.forked.items()},
        "deletes": {"public.orders": 1},
    }
    assert (ended.last["forked_rows"], ended.last["export"]) == (said["rows"], said["path"])
    # Safe before the first change.
    names = [event["event"] for event in ended.events]
    assert names.index("exported") < names.index("progress")


def test_an_exported_row_names_its_table_and_key(world: ForkedWorld) -> None:
    """With quoted names, several columns and none; PostgreSQL's own numbers are kept whole."""
    pod = world.old_primary()
    pod.run("rebuild")
    folder = pod.volume / "export" / "run-1"

    (odd,) = lines_of(folder / "app.Odd Part.jsonl")
    (keyless,) = lines_of(folder / "app.keyless.jsonl")
    assert (odd["table"], odd["key"]) == ("app.Odd Part", {"part": "b", "The Key": 2})
    assert odd["row"]["note"] == {"a": [1, 2]}
    assert (keyless["table"], keyless["key"]) == ("app.keyless", {})
    assert "12345678901234567890.123456789" in (folder / "app.keyless.jsonl").read_text()
    (first, *_) = lines_of(folder / "public.orders.jsonl")
    assert first["key"] == {"number": first["row"]["number"]}


def test_the_wal_of_the_forked_rows_is_kept(world: ForkedWorld) -> None:
    """It has what rows do not show, as the delete; the mark of completeness comes last."""
    pod = world.old_primary()
    pod.run("rebuild")
    folder = pod.volume / "export" / "run-1"

    assert (folder / "wal" / world.fork_file).stat().st_size == 2**24
    kept = world.pair.aws.run_program(
        "pg_waldump", folder / "wal" / world.fork_file, "--rmgr=Heap", "--limit=1"
    )
    assert "rmgr: Heap" in kept
    assert json.loads((folder / "complete").read_text())["rows"] == sum(
        map(len, world.forked.values())
    )
    assert not (pod.volume / "export" / "run-1.part").exists()


def test_a_rebuild_that_failed_exports_again(world: ForkedWorld) -> None:
    """The same run's second try leaves the same rows, once."""
    pod = world.old_primary()
    broken = pod.replace_program("pg_rewind", "exit 1").replace_program("pg_basebackup", "exit 1")

    failed, ended = broken.run("rebuild"), pod.run("rebuild")

    assert (failed.code, ended.code) == (1, 0)
    assert failed.all("exported") == ended.all("exported")
    assert _exported(pod) == world.forked


def test_rows_that_cannot_be_exported_stop_the_rebuild(world: ForkedWorld) -> None:
    """The data folder stays as it is, and the remedy is named."""
    pod = world.old_primary()
    broken = pod.replace_program("psql", 'case "$*" in *query.sql) exit 3;; esac; exec $REAL "$@"')

    ended = broken.run("rebuild")

    assert (ended.code, ended.last["error"]) == (1, "ForkedRowsError")
    assert "--discard-forked-rows" in ended.last["remedy"]
    assert not (pod.data / "standby.signal").exists()
    assert world.pair.aws.start() is None
    assert world.pair.aws.query("SELECT count(*) FROM orders WHERE item = 'alone'") == [[5]]
    world.pair.aws.stop()


def test_the_operator_may_give_forked_rows_up(world: ForkedWorld) -> None:
    """Nothing is exported, and the events say so."""
    pod = world.old_primary()

    ended = pod.with_environment(DISCARD_FORKED_ROWS="true").run("rebuild")

    assert (ended.code, ended.ways) == (0, ["rewind"])
    assert len(ended.all("discarded")) == 1
    assert (ended.last["forked_rows"], ended.last["export"]) == (0, "")
    assert not (pod.volume / "export").exists()
    assert_streams(world)
