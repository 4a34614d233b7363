"""A rebuild that is killed anywhere is run again, and what it left is never trusted by mistake."""

import shutil
import signal
import subprocess

import psutil

from lab.processes.waiting import wait_until
from tests.database_pod.forked_world import ForkedWorld, assert_streams


def _kill(process: subprocess.Popen[str], program: str) -> None:
    """Kill the command and nothing else; return when its programs have ended too."""
    running = psutil.Process(process.pid).children(recursive=True)
    assert any(program in word for one in running for word in one.cmdline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_until(lambda: not any(map(_alive, running)), f"end of {program}")


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_base_backup_cut_at_half_is_made_again(world: ForkedWorld) -> None:
    """No program outlives the rebuild, the old data stays meanwhile, and the next run is sound."""
    pod = world.old_primary()
    slow = pod.replace_program("pg_rewind", "exit 1").replace_program(
        "pg_basebackup", 'exec "$REAL" "$@" --max-rate=1M'
    )
    with slow.started("rebuild") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if '"progress"' in line and '"basebackup"' in line:
                break
        assert (pod.volume / "data.new" / "backup_label").exists()
        _kill(process, "pg_basebackup")
    assert (pod.data / "PG_VERSION").exists()
    assert not (pod.data / "standby.signal").exists()

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["rewind"]), ended.last
    assert not (pod.volume / "data.new").exists()
    assert_streams(world)


def test_a_base_backup_cut_at_half_on_an_empty_volume_is_made_again(world: ForkedWorld) -> None:
    """The second base backup takes the first one's slot."""
    pod = world.old_primary()
    shutil.rmtree(pod.data)
    slow = pod.replace_program("pg_basebackup", 'exec "$REAL" "$@" --max-rate=1M')
    with slow.started("rebuild") as process:
        wait_until((pod.volume / "data.new" / "backup_label").exists, "half a base backup")
        _kill(process, "pg_basebackup")

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["basebackup"]), ended.last
    assert ended.last["why"] == "the data folder holds no database"
    assert_streams(world)


def test_a_rewind_cut_at_half_is_not_trusted(world: ForkedWorld) -> None:
    """The folder serves nobody until it is copied anew; the first run's export is still named."""
    pod = world.old_primary()
    broken = pod.replace_program(
        "pg_rewind", f"rm {pod.data}/PG_VERSION; touch {pod.volume}/half; exec sleep 600"
    )
    with broken.started("rebuild") as process:
        wait_until((pod.volume / "half").exists, "half a rewind")
        _kill(process, "sleep")
    (pod.volume / "half").unlink()

    served, ended = pod.run("serve"), pod.run("rebuild")

    assert (served.code, served.last["error"]) == (1, "ConfigurationError")
    assert (ended.code, ended.ways) == (0, ["basebackup"]), ended.last
    assert ended.last["why"] == "an interrupted rewind left the data folder half made"
    assert ended.last["forked_rows"] == sum(map(len, world.forked.values()))
    assert ended.last["export"] == str(pod.volume / "export" / "run-1")
    assert_streams(world)


def test_a_rewind_that_breaks_while_it_writes_gives_way_to_a_base_backup(
    world: ForkedWorld,
) -> None:
    """pg_rewind may write no file over 8 MB, and the WAL files it copies have 16."""
    pod = world.old_primary().replace_program("pg_rewind", 'ulimit -f 16384; exec "$REAL" "$@"')

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["rewind", "basebackup"])
    assert "rewind failed" in ended.last["why"]
    assert not (pod.volume / "rewinding.json").exists()
    assert_streams(world)


def test_a_kill_between_the_two_renames_is_finished(world: ForkedWorld) -> None:
    """The verified base backup takes its place, and what it replaces goes."""
    pod = world.old_primary()
    old = pod.volume / "data.old"
    pod.data.rename(old)
    pod.run("rebuild")  # onto an empty volume: data is a fresh copy, data.old was put back first
    shutil.rmtree(old, ignore_errors=True)
    pod.data.rename(pod.volume / "data.verified")
    subprocess.run(["cp", "-a", pod.volume / "data.killed", old], check=True)

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["follow"]), ended.last
    assert not old.exists()
    assert not (pod.volume / "data.verified").exists()
    assert_streams(world)


def test_a_kill_before_the_first_rename_starts_over(world: ForkedWorld) -> None:
    """The old data is still in its place, so it is looked at again: it may have served since."""
    pod = world.old_primary()
    subprocess.run(["cp", "-a", pod.data, pod.volume / "data.verified"], check=True)

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["rewind"]), ended.last
    assert not (pod.volume / "data.verified").exists()


def test_a_kill_in_the_middle_of_the_export_exports_again(world: ForkedWorld) -> None:
    """The offline server ends with the rebuild; half an export is never taken for a whole one."""
    pod = world.old_primary()
    slow = pod.replace_program(
        "psql",
        f'case "$*" in *query.sql) touch {pod.volume}/half; exec sleep 600;; esac; '
        'exec "$REAL" "$@"',
    )
    with slow.started("rebuild") as process:
        wait_until((pod.volume / "half").exists, "half an export")
        _kill(process, "sleep")
    (pod.volume / "half").unlink()
    assert not (pod.volume / "export" / "run-1").exists()

    ended = pod.run("rebuild")

    assert (ended.code, ended.ways) == (0, ["rewind"]), ended.last
    assert ended.last["forked_rows"] == sum(map(len, world.forked.values()))
