"""Faults of the databases in synchronous mode: what users and operators notice, and that it ends.

The tests build on one lab and run in their order; each leaves it as it found it but the last.
"""

import time
from collections.abc import Iterator

import pytest
from kubernetes import client

from lab.clouds import names
from lab.clouds.options import LabOptions
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Effect, Scene
from lab.faults.sites import ask, streams
from lab.processes.waiting import accepts, wait_until
from lab.sites.disk import why_never_full
from tests.drill.stage import Stage, stage
from tests.lab.faults.databases_scene import (
    database_log,
    during,
    scene_of,
    sites_answered,
    switch_alarms,
)

SAID_SECONDS = 30.0


@pytest.fixture(scope="module")
def up() -> Iterator[Stage]:
    """Bring a lab up with users on AWS."""
    with stage(LabOptions(budgets={"fence_seconds": 3})) as up:
        switch_alarms(up, on=False)
        yield up


@pytest.fixture
def _alarms(up: Stage) -> Iterator[None]:
    """Let the alarm start runs for one test: it begins with an alarm that is OK."""
    up.wait_for_alarm_ok()
    switch_alarms(up, on=True)
    yield
    switch_alarms(up, on=False)


@pytest.fixture(scope="module")
def scene(up: Stage) -> Scene:
    """Return the lab's scene, the same for all tests: an end needs what its beginning kept."""
    return scene_of(up)


def acknowledged(up: Stage) -> list[str]:
    """Return the ids of all acknowledged writes, the latest last."""
    return [write.id for write in up.history().writes if write.acknowledged]


def wait_said(up: Stage, site: str, words: str) -> None:
    """Wait until the site's PostgreSQL says so in its pod's log."""
    wait_until(lambda: words in database_log(up, site), words, timeout_seconds=SAID_SECONDS)


def check_well(up: Stage) -> None:
    """Check that Azure streams from AWS and that users' writes are acknowledged by AWS."""
    assert streams(up.clouds, "azure")
    up.traffic.wait_for_writes("aws", 20, 60.0)


@pytest.mark.parametrize("name", ["lag", "replay-paused"])
def test_what_is_received_and_not_replayed_is_acknowledged(
    up: Stage, scene: Scene, name: str
) -> None:
    """Commits go on, since Azure flushes them; its readers see them only when the fault is over."""
    with during(scene, name):
        up.traffic.wait_for_writes("aws", 40, 30.0)
        last = acknowledged(up)[-1]
        assert [last] not in up.azure_orders()
        assert streams(up.clouds, "azure")
    assert [last] in up.azure_orders()
    check_well(up)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("slot", 'replication slot "azure" does not exist'),
        ("password", 'password authentication failed for user "replicator"'),
    ],
)
def test_a_standby_that_can_not_come_back_holds_every_write(
    up: Stage, scene: Scene, how: str, words: str
) -> None:
    """The operator reads why on Azure, users' writes wait for it, and the end lets them go on."""
    with during(scene, "replication-broken", how):
        begun = time.time()
        wait_said(up, "azure", words)
        assert not streams(up.clouds, "azure")
        assert not [w for w in up.history().writes if w.acknowledged and w.started > begun]
    check_well(up)


@pytest.mark.parametrize("site", ["azure", "aws"])
def test_a_killed_database_comes_back_by_itself(up: Stage, scene: Scene, site: str) -> None:
    """The kubelet starts another server on the same data, without anybody's doing."""
    server = {"aws": up.clouds.aws_database, "azure": up.clouds.azure_database}[site]
    fault = FAULTS["database-crash"]
    before = server.processes()[0].pid
    fault.begin(scene, site)
    fault.end(scene, site)
    fault.settle(scene, site)
    assert server.processes()[0].pid != before
    check_well(up)


@pytest.mark.skipif(bool(why_never_full()), reason=why_never_full())
@pytest.mark.parametrize("site", ["azure", "aws"])
def test_a_database_without_space_says_so_and_recovers(up: Stage, scene: Scene, site: str) -> None:
    """PostgreSQL gets ENOSPC; with space again it goes on, and what was acknowledged is there."""
    with during(scene, "disk-full", site):
        wait_said(up, site, "No space left on device")
        assert not streams(up.clouds, "azure")
    check_well(up)
    assert up.verdict(time.time()).missing_ids == ()


def test_a_frozen_database_answers_nobody(up: Stage, scene: Scene) -> None:
    """Connections are taken and nobody answers, as from a machine that hangs; then it goes on."""
    server = up.clouds.azure_database
    with during(scene, "database-freeze", "azure"):
        assert accepts(server.host, server.port)
        assert ask(up.clouds, "azure", "SELECT 1") is None
    assert ask(up.clouds, "azure", "SELECT 1") == [[1]]
    check_well(up)


@pytest.mark.usefixtures("_alarms")
def test_azure_alone_moves_nobody(up: Stage, scene: Scene) -> None:
    """All of Azure is lost: commits wait, the run is refused, DNS stays on AWS, and it all ends."""
    before, since = up.executions(), time.time()
    with during(scene, "standby-outage"):
        run = up.end_of(up.new_run(before))
        assert run.error in {"FunctionUnavailableError", "SiteUnknownError"}, run.cause
        begun = time.time()
        accepted = accepts(up.clouds.pair.aws, up.clouds.pair.port)
        assert accepted
        assert not [w for w in up.history().writes if w.acknowledged and w.started > begun]
    check_well(up)
    assert sites_answered(up, since) == {"aws"}
    assert (up.gate()["state"], up.lock_holder()) == ("closed", "")


@pytest.mark.usefixtures("_alarms")
def test_a_primary_that_wakes_after_the_failover_ends_by_itself(up: Stage, scene: Scene) -> None:
    """Frozen, it can't be fenced: the run goes on without, and what it told Kubernetes holds."""
    aws, fault = up.clouds.aws_database, FAULTS["database-freeze"]
    up.clouds.let_a_minute_pass()
    before, fault_at = up.executions(), time.time()
    fault.begin(scene, "aws")
    run = up.end_of(up.new_run(before))
    assert run.status == "SUCCEEDED", (run.error, run.cause)
    layers = [*run.state["moved"]["fence"]["evidence"], *run.state["stopped"]["evidence"]]
    assert {one["layer"]: one["result"] for one in layers} == {
        "sql": "unreachable",
        "pods": "done",
        "database": "unreachable",
    }
    up.traffic.wait_for_writes("azure", 20, 30.0)
    assert aws.processes()
    fault.end(scene, "aws")
    wait_until(lambda: not aws.processes(), "end of AWS's database", timeout_seconds=30.0)
    core = client.CoreV1Api(up.clouds.aws_cluster.admin())
    labels = f"app={names.DATABASE}"

    def pods() -> list[object]:
        return list(core.list_namespaced_pod(names.NAMESPACE, label_selector=labels).items)

    wait_until(lambda: not pods(), "end of its pod")
    up.traffic.wait_for_writes("azure", 20, 30.0)
    verdict = up.verdict(fault_at)
    assert verdict.missing_ids == ()
    assert verdict.acknowledged_by_both_sites_in_one_epoch == 0


@pytest.mark.parametrize(
    ("name", "argument", "sync", "asynchronous"),
    [
        ("database-freeze", "aws", Effect.OUTAGE, Effect.OUTAGE),
        ("database-freeze", "azure", Effect.COMPANION, Effect.COMPANION),
        ("database-crash", "aws", Effect.QUIET, Effect.QUIET),
        ("database-crash", "azure", Effect.COMPANION, Effect.COMPANION),
        ("lag", "", Effect.COMPANION, Effect.COMPANION),
        ("replay-paused", "", Effect.COMPANION, Effect.COMPANION),
        ("replication-broken", "slot", Effect.OUTAGE, Effect.COMPANION),
        ("replication-broken", "password", Effect.OUTAGE, Effect.COMPANION),
        ("disk-full", "aws", Effect.OUTAGE, Effect.OUTAGE),
        ("disk-full", "azure", Effect.COMPANION, Effect.COMPANION),
        ("standby-outage", "", Effect.STALLED, Effect.QUIET),
    ],
)
def test_what_each_does_to_the_workload(
    name: str, argument: str, sync: Effect, asynchronous: Effect
) -> None:
    """Where commits wait for Azure its absence stalls them: that is no outage of AWS."""
    fault = FAULTS[name]
    assert fault.effect_of(argument, "sync") is sync
    assert fault.effect_of(argument, "async") is asynchronous
