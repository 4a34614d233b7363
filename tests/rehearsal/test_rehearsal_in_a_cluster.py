"""A whole rehearsal with real pods, clone and workload: what it shows, and what it leaves."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from kubernetes import client

from azure_functions import aks
from lab.clouds import names
from lab.processes.waiting import wait_until
from landbridge.adapters import rehearsing
from landbridge.adapters.rehearsal_job import RehearsalJob
from landbridge.adapters.rehearsing import Rehearsal
from landbridge.domain.rehearsal import WATCHED_SECONDS
from landbridge.domain.rehearsal_clone import APPLICATION_NAME
from landbridge.domain.rehearsal_verdict import read_production
from tests.rehearsal.half_a_lab import HalfALab, half_a_lab

JOB = "orders-rehearsal"
ORDERS = "SELECT count(*) FROM public.orders"
EPOCHS = "SELECT count(*) FROM landbridge.epoch"


@pytest.fixture(scope="module", name="half")
def _half() -> Iterator[HalfALab]:
    with pytest.MonkeyPatch.context() as monkeypatch, half_a_lab(monkeypatch) as half:
        yield half


def left(half: HalfALab) -> tuple[object, ...]:
    """Return all that a rehearsal could leave, or change in production."""
    observed = half.rehearsal("observe")
    counts = [half.pair.aws.query(sql) for sql in (ORDERS, EPOCHS)]
    return observed, counts, half.objects(), half.processes(), half.files()


def rehearsal(half: HalfALab, run: str) -> Rehearsal:
    """Return a rehearsal that looks often."""
    return Rehearsal(half, run, 120, lambda _: None, look_seconds=0.2)


def wait_until_as_before(half: HalfALab, before: tuple[object, ...]) -> None:
    """Return when what is ending has ended: a process that was killed is there for a moment."""
    parts = ("production", "orders", "objects", "processes", "files")
    try:
        wait_until(lambda: left(half) == before, "end of the rehearsal", timeout_seconds=60)
    except TimeoutError:
        for name, was, now in zip(parts, before, left(half), strict=True):
            assert now == was, name


class _Person:
    """Who presses Ctrl-C, once."""

    def __init__(self, half: HalfALab) -> None:
        self._half, self._pressed = half, False

    def rehearsal(self, action: str, **fields: object) -> dict[str, Any]:
        answer = self._half.rehearsal(action, **fields)
        if action == "look" and answer["clone"] and not self._pressed:
            self._pressed = True
            raise KeyboardInterrupt
        return answer


def forgotten(half: HalfALab) -> None:
    """Leave the Job of a command that was killed a while ago, at work."""
    killed = {"run": "rehearsal-0", "seconds": 120}
    wait_until(lambda: half.rehearsal("begin", **killed)["left"] == "done", "a Job")
    wait_until(lambda: len(half.rehearsal("look")["clone"]) > 0, "its first words")
    said = {"landbridge/watched-at": f"{time.time() - WATCHED_SECONDS:.3f}"}
    batch = client.BatchV1Api(half.cluster.admin())
    batch.patch_namespaced_job(JOB, names.NAMESPACE, {"metadata": {"annotations": said}})


def test_it_passes_and_leaves_nothing(half: HalfALab) -> None:
    """Cloned, promoted, ordered at; then no process, slot, connection, object or file is more.

    Nor of what a killed command had left, which is no obstacle.
    """
    before = left(half)
    forgotten(half)
    done = rehearsal(half, "rehearsal-1").rehearse()
    assert done.verdict.passed, done.document()
    assert done.progress.seen["promoted"]["timeline"] == 2
    assert done.progress.seen["used"]["by"] == ["orders as orders-azure"]
    assert done.after.order_known is False
    assert [one["run"] for one in half.kept] == ["rehearsal-1"]
    wait_until_as_before(half, before)


def test_interrupted_in_the_middle_it_leaves_nothing(half: HalfALab) -> None:
    """Somebody ends the command as soon as the clone has said anything."""
    before = left(half)
    done = Rehearsal(
        _Person(half), "rehearsal-2", 120, lambda _: None, look_seconds=0.05
    ).rehearse()
    assert (done.verdict.passed, done.verdict.failed) == (False, "it was interrupted")
    assert (done.verdict.leaks, done.verdict.differences) == ((), ())
    wait_until_as_before(half, before)


def test_kubernetes_ends_what_nobody_removes(half: HalfALab) -> None:
    """The command and the Function App are gone: after its time no pod and no process is left."""
    before = left(half)
    job = RehearsalJob(aks.cluster(), names.NAMESPACE, JOB, names.DEPLOYMENT)
    job.begin("rehearsal-5", 4, job.look(""))
    wait_until(lambda: job.look("").pods != (), "its pod")
    wait_until(lambda: job.look("").pods == (), "end of its time")
    rehearsal(half, "rehearsal-5").clean()
    wait_until_as_before(half, before)


@contextmanager
def a_job(half: HalfALab) -> Iterator[None]:
    """Leave a Job."""
    batch = client.BatchV1Api(half.cluster.admin())
    container = {"name": "x", "image": "landbridge/postgres:16", "args": ["smoke"]}
    spec = {"restartPolicy": "Never", "containers": [container]}
    template = {"metadata": {"labels": {"app": JOB}}, "spec": spec}
    body = {"metadata": {"name": JOB}, "spec": {"suspend": True, "template": template}}
    batch.create_namespaced_job(names.NAMESPACE, body)
    try:
        yield
    finally:
        batch.delete_namespaced_job(JOB, names.NAMESPACE, propagation_policy="Background")


@contextmanager
def a_pod(half: HalfALab) -> Iterator[None]:
    """Leave a pod whose Job is gone."""
    core = client.CoreV1Api(half.cluster.admin())
    container = {"name": "x", "image": "landbridge/postgres:16", "args": ["smoke"]}
    metadata = {"name": f"{JOB}-stray", "labels": {"job-name": JOB}}
    body = {"metadata": metadata, "spec": {"containers": [container]}}
    core.create_namespaced_pod(names.NAMESPACE, body)
    try:
        yield
    finally:
        core.delete_namespaced_pod(f"{JOB}-stray", names.NAMESPACE, grace_period_seconds=0)


@contextmanager
def a_disk(half: HalfALab) -> Iterator[None]:
    """Leave the disk of a pod that is gone."""
    core = client.CoreV1Api(half.cluster.admin())
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    body = {"metadata": {"name": f"{JOB}-stray-clone"}, "spec": spec}
    core.create_namespaced_persistent_volume_claim(names.NAMESPACE, body)
    try:
        yield
    finally:
        # Its answer is a Status, of which the client would make a claim.
        core.delete_namespaced_persistent_volume_claim(
            f"{JOB}-stray-clone", names.NAMESPACE, _preload_content=False
        )


@contextmanager
def a_connection(half: HalfALab, *, words: str, sql: str) -> Iterator[None]:
    """Leave a program that is connected to the standby by the rehearsal's name."""
    installation, server = half.pair.azure._installation, half.pair.azure
    conninfo = f"{half.pair.own_source_of('azure')} application_name={APPLICATION_NAME} {words}"
    with subprocess.Popen(
        [installation.program("psql"), "-X", "-d", conninfo],
        env=installation.environment("psql") | {"HOME": str(server.folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{sql}\n")
            process.stdin.flush()
            assert process.stdout.readline()  # its answer: it is connected
            yield
        finally:
            process.kill()


def a_client(half: HalfALab) -> AbstractContextManager[None]:
    """Leave a session."""
    return a_connection(half, words="dbname=orders", sql="SELECT 1;")


def a_walsender(half: HalfALab) -> AbstractContextManager[None]:
    """Leave a replication connection, as a base backup has one."""
    return a_connection(half, words="replication=true", sql="IDENTIFY_SYSTEM;")


@contextmanager
def a_slot(half: HalfALab) -> Iterator[None]:
    """Leave a slot, which would hold WAL until the standby's disk is full."""
    half.pair.azure.query("SELECT pg_create_physical_replication_slot('pg_basebackup_7')")
    try:
        yield
    finally:
        half.pair.azure.query("SELECT pg_drop_replication_slot('pg_basebackup_7')")


LEFT: list[tuple[Callable[[HalfALab], AbstractContextManager[None]], str]] = [
    (a_job, "Job orders/orders-rehearsal ("),
    (a_pod, "Pod orders/orders-rehearsal-stray"),
    (a_disk, "PersistentVolumeClaim orders/orders-rehearsal-stray-clone"),
    (a_client, "azure's connection "),
    (a_walsender, "azure's connection "),
    (a_slot, "azure's slot pg_basebackup_7, which is new"),
]


@pytest.mark.parametrize(("leave", "name"), LEFT)
def test_whatever_is_left_is_found_by_its_name(
    half: HalfALab,
    leave: Callable[[HalfALab], AbstractContextManager[None]],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each kind of thing that a rehearsal could leave, made by hand: the search finds that one."""
    monkeypatch.setattr(rehearsing, "_LINGER_SECONDS", 0.0)
    before = read_production(half.rehearsal("observe"))
    searching = rehearsal(half, "rehearsal-6")
    with leave(half):
        _, found = searching.leaks(before)
    assert [leak.name[: len(name)] for leak in found] == [name]
    assert all(leak.remedy for leak in found)
    wait_until(lambda: searching.leaks(before)[1] == (), "its end")
