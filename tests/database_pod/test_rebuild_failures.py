"""A rebuild that cannot be: loud, the old data as it was, the serving site untouched."""

from lab.sites.installation import find_installation
from tests.database_pod.forked_world import ForkedWorld
from tests.database_pod.pod import Ended, Pod, content

NO_REWIND = "echo 'pg_rewind: error: no rewind today' >&2; exit 1"


def _broken(world: ForkedWorld, basebackup: str) -> tuple[Pod, Ended]:
    pod = world.old_primary()
    before = content(world.serving)
    broken = pod.replace_program("pg_rewind", NO_REWIND).replace_program(
        "pg_basebackup", basebackup
    )
    ended = broken.run("rebuild")
    assert content(world.serving) == before
    assert world.serving.query("SELECT pg_is_in_recovery()") == [[False]]
    return pod, ended


def _old_data_is_whole(world: ForkedWorld, pod: Pod) -> None:
    assert not (pod.volume / "data.new").exists()
    assert not (pod.data / "standby.signal").exists()
    world.pair.aws.start()
    assert world.pair.aws.query("SELECT count(*) FROM orders WHERE item = 'alone'") == [[5]]
    world.pair.aws.stop()


def test_a_base_backup_that_does_not_verify_is_thrown_away(world: ForkedWorld) -> None:
    """The real pg_verifybackup finds one byte more; each way's reason is in the message."""
    pod, ended = _broken(world, '"$REAL" "$@" && printf x >> "$2/global/pg_filenode.map"')

    assert (ended.code, ended.ways) == (1, ["rewind", "basebackup"])
    assert (ended.last["event"], ended.last["error"]) == ("failed", "RebuildFailedError")
    assert "no rewind today" in ended.last["message"]
    assert "pg_verifybackup" in ended.last["message"]
    assert "pg_filenode.map" in ended.last["message"]
    assert "the data folder is as it was" in ended.last["message"]
    assert "slot aws, which keeps WAL from" in ended.last["message"]
    assert ended.last["remedy"]
    _old_data_is_whole(world, pod)


def test_a_full_disk_is_named_with_what_mends_it(world: ForkedWorld) -> None:
    """Half a base backup is removed, which gives its space back."""
    pod, ended = _broken(
        world,
        'mkdir "$2"; head -c 1000 /dev/zero > "$2/PG_VERSION"; '
        "echo 'pg_basebackup: error: could not write to file: No space left on device' >&2; exit 1",
    )

    assert ended.code == 1
    assert "No space left on device" in ended.last["message"]
    assert ended.last["remedy"] == f"give {pod.volume} more space, then run the rebuild again"
    _old_data_is_whole(world, pod)


def test_no_copy_is_made_of_tablespaces_that_lie_elsewhere(world: ForkedWorld) -> None:
    """It would put data where this volume is not; refused before a byte is copied."""
    place = world.pod.lab.folder("elsewhere", user=find_installation().user, mode=0o700)
    with world.serving.superuser("orders") as connection:
        connection.run(f"CREATE TABLESPACE fast LOCATION '{place}'")
    try:
        pod, ended = _broken(world, "echo 'a byte was copied' >&2; exit 1")
    finally:
        world.serving.query("DROP TABLESPACE fast")

    assert (ended.code, ended.last["error"]) == (1, "RebuildFailedError")
    assert f"tablespaces outside of its data folder: fast at {place}" in ended.last["message"]
    assert "a byte was copied" not in ended.last["message"]
    assert "SET TABLESPACE pg_default" in ended.last["remedy"]
    _old_data_is_whole(world, pod)


def test_a_serving_site_that_does_not_answer_stops_the_rebuild(world: ForkedWorld) -> None:
    """Nothing was decided, nothing was touched."""
    pod = world.old_primary()
    conninfo = pod.environment["PRIMARY_CONNINFO"].replace("user=replicator", "user=nobody")

    ended = pod.with_environment(PRIMARY_CONNINFO=conninfo).run("rebuild")

    assert (ended.code, ended.last["error"]) == (1, "DatabaseUnreachableError")
    assert pod.control("cluster state") == "in production"


def test_a_standby_is_no_serving_site(world: ForkedWorld) -> None:
    """Nobody is made a standby of a standby."""
    pod = world.old_primary()
    pod.run("rebuild")
    world.pair.aws.start()
    own = pod.environment["PRIMARY_CONNINFO"].replace(
        f"port={world.pair.azure.port}", f"port={world.pair.aws.port}"
    )

    ended = pod.with_environment(PRIMARY_CONNINFO=own).run("rebuild")

    world.pair.aws.stop()
    assert (ended.code, ended.last["error"]) == (1, "RebuildFailedError")
    assert "is a standby itself" in ended.last["message"]
