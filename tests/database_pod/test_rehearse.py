"""A clone of a streaming standby: promoted, used and gone, while production notices nothing."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from lab.orders.server import serve
from lab.processes.folder import LabFolder
from lab.processes.ports import free_ports
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.replication import DatabasePair
from landbridge.domain.rehearsal_clone import APPLICATION_NAME
from tests.adapters.serving import running
from tests.database_pod.pod import Event, Pod, pod_of
from tests.lab.sites.conftest import pair

__all__ = ["pair"]

REPLICATION = "SELECT application_name, state, sync_state FROM pg_stat_replication"
SLOTS = "SELECT slot_name, active FROM pg_replication_slots ORDER BY 1"


@pytest.fixture(name="_rebuilt")
def _as_a_rebuild_leaves_it(pair: DatabasePair) -> Iterator[None]:
    """Let the standby have its primary's address in the data folder, which a copy brings along."""
    source = pair.source_of("azure").replace("'", "''")
    pair.azure.query(f"ALTER SYSTEM SET primary_conninfo = '{source}'")
    pair.azure.query("ALTER SYSTEM SET primary_slot_name = 'azure'")
    yield
    pair.azure.query("ALTER SYSTEM RESET primary_conninfo")
    pair.azure.query("ALTER SYSTEM RESET primary_slot_name")


@pytest.fixture(name="clone_pod")
def _clone_pod(lab: LabFolder, authority: Authority, pair: DatabasePair) -> Pod:
    """Give the pod that clones Azure's standby; its volume is an empty one of its own."""
    pod = pod_of(lab, authority, pair, pair.azure)
    user = pod.environment.get("POSTGRES_USER")
    conninfo = str(pod.environment["PRIMARY_CONNINFO"])
    conninfo = conninfo.replace(f"port={pair.aws.port}", f"port={pair.azure.port}")
    return pod.with_environment(
        DATA_FOLDER=str(lab.folder("rehearsal", user=user, mode=0o700)),
        CLONE_CONNINFO=conninfo,
        CLONE_PORT=str(free_ports(1)[0]),
        CLONE_KEEP_FREE_PERCENT="0",  # how full this machine's disk is, no test can know
    )


def events(process: subprocess.Popen[str], last: str) -> list[Event]:
    """Return the events up to the first of that kind."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(json.loads(line))
        if said[-1]["event"] in {last, "failed"}:
            return said
    raise AssertionError(f"it ended and said {said}")


def state(pair: DatabasePair) -> list[Any]:
    """Return what a rehearsal must not change at either site."""
    servers = (pair.aws, pair.azure)
    seen = [server.query(sql) for server in servers for sql in (REPLICATION, SLOTS)]
    return [*seen, [server.query("SELECT pg_is_in_recovery()") for server in servers]]


def noted(pair: DatabasePair) -> str:
    """Return the script that notes a program's arguments and runs it."""
    return f'printf "%s\\n" "$@" > {pair.azure.folder}/arguments; exec "$REAL" "$@"'


def arguments(pair: DatabasePair) -> list[str]:
    """Return what the noted program was given."""
    return (pair.azure.folder / "arguments").read_text().splitlines()


def orders(pair: DatabasePair) -> list[list[Any]]:
    """Return the orders that production has."""
    return pair.aws.query("SELECT id FROM public.orders ORDER BY 1")


def living(folder: Path) -> list[str]:
    """Return the processes that work in a folder or name it."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
            if process.cwd().startswith(str(folder)) or str(folder) in words:
                found.append(words)
        except psutil.Error:
            continue
    return found


def wait_until_gone(pod: Pod, process: subprocess.Popen[str], number: int) -> None:
    """End the program by a signal; return when no process and no file of its clone is left."""
    folder = Path(pod.environment["DATA_FOLDER"])
    process.send_signal(number)
    process.wait(timeout=30)
    wait_until(lambda: not living(folder), "end of the clone's processes")


def workload(pod: Pod, pair: DatabasePair, authority: Authority) -> Iterator[str]:
    """Run the order service on the clone; yield its address."""
    environment = {
        "SITE": "azure",
        "PORT": "0",
        "PGHOST": "localhost",
        "PGPORT": pod.environment["CLONE_PORT"],
        "PGDATABASE": "orders",
        "PGUSER": "orders",
        "PGPASSWORD": pair.passwords.orders,
        "PGSSLROOTCERT": str(authority.path),
    }
    server = serve(environment)
    with running(server):
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.mark.usefixtures("_rebuilt")
def test_a_clone_is_promoted_used_and_gone(
    clone_pod: Pod, pair: DatabasePair, authority: Authority
) -> None:
    """The workload orders at the clone; production has no trace of it, then or afterwards."""
    before, bought = state(pair), orders(pair)
    folder = Path(clone_pod.environment["DATA_FOLDER"])
    with clone_pod.started("rehearse") as process:
        said = {one["event"]: one for one in events(process, "isolated")}
        assert said["promoted"]["timeline"] == 2, said
        assert said["cloned"]["bytes"] > 1_000_000
        data = folder / "rehearsal" / "data"
        assert not (data / "standby.signal").exists()
        assert (data / "postgresql.auto.conf").read_text() == ""
        for url in workload(clone_pod, pair, authority):
            ended = clone_pod.with_environment(SMOKE_URL=url).run("smoke")
            assert (ended.code, ended.last["event"]) == (0, "smoke"), ended.last
            (used,) = events(process, "used")
            assert used["by"] == ["orders as orders-azure"]
            assert used["transactions"] > 0
        assert state(pair) == before
        assert orders(pair) == bought
        wait_until_gone(clone_pod, process, signal.SIGTERM)
    assert process.returncode == 0
    assert [path.name for path in folder.iterdir()] == ["lock"]
    assert state(pair) == before


def test_a_clone_that_is_killed_leaves_no_process(clone_pod: Pod, pair: DatabasePair) -> None:
    """SIGKILL ends the server too; the next one begins with an empty folder."""
    before = state(pair)
    with clone_pod.started("rehearse") as process:
        assert events(process, "isolated")[-1]["event"] == "isolated"
        wait_until_gone(clone_pod, process, signal.SIGKILL)
    assert state(pair) == before
    with clone_pod.started("rehearse") as process:
        assert events(process, "isolated")[-1]["event"] == "isolated"
        wait_until_gone(clone_pod, process, signal.SIGTERM)
    assert state(pair) == before


def test_the_copy_is_taken_from_the_standby_by_its_own_name(
    clone_pod: Pod, pair: DatabasePair
) -> None:
    """The primary never sees it; the standby sees it under the rehearsal's name and no site's."""
    # Whose name counts is the last one's: an operator may have copied a site's own.
    # A Secret's file in a pod with an fsGroup is one that the group may read, which libpq refuses.
    (passfile,) = re.findall(r"passfile=(\S+)", clone_pod.environment["CLONE_CONNINFO"])
    Path(passfile).chmod(0o640)
    pod = clone_pod.replace_program("pg_basebackup", noted(pair)).with_environment(
        CLONE_MAX_RATE="20M"
    )
    with pod.started("rehearse") as process:
        assert events(process, "cloned")[-1]["event"] == "cloned"
        wait_until_gone(pod, process, signal.SIGTERM)
    words = arguments(pair)
    conninfo = words[words.index("-d") + 1]
    assert pair.passwords.replicator not in " ".join(words)
    names = [word for word in conninfo.split() if word.startswith("application_name=")]
    assert names[-1] == f"application_name={APPLICATION_NAME}"
    assert f"port={pair.azure.port}" in conninfo
    assert {"--no-slot", "--max-rate=20M"} <= set(words)
    assert "-S" not in words


def test_a_tablespace_is_copied_into_the_clones_own_folder(
    clone_pod: Pod, pair: DatabasePair
) -> None:
    """Else pg_basebackup would write it where the original is: beside the volume, or over it."""
    # Both databases of this machine cannot have a tablespace in one place: psql tells of one.
    told = """case "$*" in *pg_tablespace*) printf '16400\\037/mnt/fa=st\\n';;"""
    pod = clone_pod.replace_program("psql", f'{told} *) exec "$REAL" "$@";; esac')
    pod = pod.replace_program("pg_basebackup", noted(pair))
    with pod.started("rehearse") as process:
        assert events(process, "cloned")[-1]["event"] == "cloned"
        wait_until_gone(pod, process, signal.SIGTERM)
    own = Path(pod.environment["DATA_FOLDER"]) / "rehearsal" / "tablespaces" / "16400"
    assert f"--tablespace-mapping=/mnt/fa\\=st={own}" in arguments(pair)


def test_a_copy_that_does_not_fit_is_ended_before_it_fills_the_disk(
    clone_pod: Pod, pair: DatabasePair
) -> None:
    """It says what is needed and what is there; nothing of it stays, and the standby is free."""
    with clone_pod.with_environment(CLONE_KEEP_FREE_PERCENT="99").started("rehearse") as process:
        said = events(process, "cloned")
        folder = Path(clone_pod.environment["DATA_FOLDER"])
        wait_until(lambda: not (folder / "rehearsal").exists(), "end of the copy")
        process.kill()
    assert [one["event"] for one in said] == ["failed"]
    assert "99 % of the disk" in said[-1]["message"]
    senders = "SELECT count(*) FROM pg_stat_replication WHERE application_name = :name"
    wait_until(
        lambda: pair.azure.query(senders, name=APPLICATION_NAME) == [[0]], "end of its connection"
    )


def test_a_primary_is_never_cloned(clone_pod: Pod, pair: DatabasePair) -> None:
    """The copy would load the database that users write to: it is refused before it begins."""
    at_aws = str(clone_pod.environment["PRIMARY_CONNINFO"])
    with clone_pod.with_environment(CLONE_CONNINFO=at_aws).started("rehearse") as process:
        (said,) = events(process, "cloned")
    assert (said["event"], said["error"]) == ("failed", "RehearsalFailedError")
    assert "is a primary" in said["message"]
    assert not (Path(clone_pod.environment["DATA_FOLDER"]) / "rehearsal").exists()
    assert pair.aws.query(REPLICATION)[0][0] == "azure"


def test_nobody_streams_from_a_clone(clone_pod: Pod, pair: DatabasePair) -> None:
    """The replicator, whom every site lets in, is refused."""
    with clone_pod.started("rehearse") as process:
        assert events(process, "isolated")[-1]["event"] == "isolated"
        port = clone_pod.environment["CLONE_PORT"]
        conninfo = str(clone_pod.environment["CLONE_CONNINFO"])
        there = conninfo.replace(f"port={pair.azure.port}", f"port={port}")
        psql = Path(clone_pod.environment["POSTGRES_PROGRAMS"]) / "psql"
        done = subprocess.run(
            [psql, "-X", "-d", f"{there} replication=true", "-c", "IDENTIFY_SYSTEM"],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(pair.azure.folder)},
        )
        wait_until_gone(clone_pod, process, signal.SIGTERM)
    assert done.returncode != 0
    assert "no pg_hba.conf entry for replication connection" in done.stderr
