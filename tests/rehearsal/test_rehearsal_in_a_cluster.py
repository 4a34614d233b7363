"""A whole rehearsal with real pods, clone and workload: what it shows, and what it leaves."""

from collections.abc import Iterator
from typing import Any

import pytest

from azure_functions import aks
from lab.clouds import names
from lab.processes.waiting import wait_until
from landbridge.adapters.rehearsal_job import RehearsalJob
from landbridge.adapters.rehearsing import Rehearsal
from tests.rehearsal.half_a_lab import HalfALab, half_a_lab

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
        wait_until(lambda: left(half) == before, "end of the rehearsal", timeout_seconds=15)
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


def test_it_passes_and_leaves_nothing(half: HalfALab) -> None:
    """Cloned, promoted, ordered at; then no process, slot, connection, object or file is more."""
    before = left(half)
    done = rehearsal(half, "rehearsal-1").rehearse()
    assert done.verdict.passed, done.document()
    assert done.progress.seen["promoted"]["timeline"] == 2
    assert done.progress.seen["used"]["by"] == ["orders as orders-azure"]
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


def test_the_next_one_removes_what_a_killed_command_left(half: HalfALab) -> None:
    """Nobody removed it; it is no obstacle, and nothing of it stays."""
    before = left(half)
    killed = {"run": "rehearsal-3", "seconds": 120}
    wait_until(lambda: half.rehearsal("begin", **killed)["left"] == "done", "a Job")
    wait_until(lambda: len(half.rehearsal("look")["clone"]) > 0, "its first words")
    assert rehearsal(half, "rehearsal-4").rehearse().verdict.passed
    wait_until_as_before(half, before)


def test_kubernetes_ends_what_nobody_removes(half: HalfALab) -> None:
    """The command and the Function App are gone: after its time no pod and no process is left."""
    before = left(half)
    job = RehearsalJob(aks.cluster(), names.NAMESPACE, "orders-rehearsal", names.DEPLOYMENT)
    job.begin("rehearsal-5", 4, job.look(""))
    wait_until(lambda: job.look("").pods != (), "its pod")
    wait_until(lambda: job.look("").pods == (), "end of its time")
    rehearsal(half, "rehearsal-5").clean()
    wait_until_as_before(half, before)
