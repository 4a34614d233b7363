"""A serving site that goes on writing while the old primary is rebuilt from it."""

from tests.database_pod.forked_world import ForkedWorld, assert_streams


def test_wal_that_is_written_during_a_rewind_is_streamed(world: ForkedWorld) -> None:
    """Files that came after the copy began are no reason for a base backup."""
    pod, serving = world.old_primary(), world.serving
    write = "SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()"
    psql = f'psql -X -q -h {serving.folder} -p {serving.port} -U postgres -d orders -c "{write}"'
    writes = " && ".join([f'"${{0%/*}}/"{psql} >/dev/null'] * 3)
    busy = pod.replace_program("pg_rewind", f'"$REAL" "$@" && {writes}')

    ended = busy.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["rewind"]), ended.last
    assert_streams(world)
