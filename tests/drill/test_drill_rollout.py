"""Azure's pods never become ready: the run stops after promotion, says why, and can go on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kubernetes import client

from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.clouds.options import LabOptions
from lab.faults.region import inject
from lab.orders.image import IMAGE
from lab.processes.waiting import wait_until
from landbridge.adapters.operations import Execution
from tests.drill.stage import Stage, stage

OPTIONS = LabOptions(budgets={"rollout_seconds": 2})
UNKNOWN_IMAGE = "landbridge/orders:does-not-exist"


@dataclass(frozen=True)
class Stopped:
    """A lab whose failover stopped with the database promoted."""

    stage: Stage
    fault_at: float
    run: Execution


def change_workload(clouds: Clouds, **container: Any) -> None:
    """Change the workload's container in AKS; its pods are replaced."""
    apps = client.AppsV1Api(clouds.azure_cluster.admin())
    containers = [{"name": "orders", **container}]
    body = {"spec": {"template": {"spec": {"containers": containers}}}}
    apps.patch_namespaced_deployment(names.DEPLOYMENT, names.NAMESPACE, body)


def resume(up: Stage) -> Execution:
    """Go on as ``landbridge failover --resume`` does."""
    return up.start("resumed by an operator")


def has_crashed(up: Stage) -> bool:
    """Whether a pod's container has ended, at least once."""
    statuses = [one for pod in up.pods() for one in pod.status.container_statuses or ()]
    return any(one.state.terminated or one.restart_count for one in statuses)


@pytest.fixture(scope="module")
def stopped() -> Iterator[Stopped]:
    """Lose AWS while the workload in AKS has an image that cannot be pulled."""

    def break_image(clouds: Clouds) -> None:
        change_workload(clouds, image=UNKNOWN_IMAGE)

    with stage(OPTIONS, before=break_image) as up:
        up.traffic.wait_for_writes("aws", 60, 30.0)
        before = up.executions()
        fault_at = inject("region-loss", up.clouds)
        run = up.end_of(up.new_run(before))
        yield Stopped(up, fault_at, run)


def assert_stopped(up: Stage, run: Execution) -> str:
    """Check that the run stopped after promotion with the users left alone; its message."""
    assert (run.status, run.error) == ("FAILED", "RolloutPendingError"), run.cause
    ending, standing = up.ending(run), up.standing()
    assert ending["outcome"] == "failed"
    assert standing.azure_in_recovery is False
    assert (standing.gate["state"], standing.dns) == ("engaged", "aws")
    assert standing.azure_replicas == OPTIONS.replicas
    assert up.lock_holder() == ""
    assert (
        "After promotion nothing is undone. Go on with: landbridge failover --resume"
        in (ending["message"])
    )
    return ending["message"]


def test_pods_without_an_image_stop_the_run_and_dns_stays(stopped: Stopped) -> None:
    """The message names a pod that is there, its container and ImagePullBackOff."""
    message = assert_stopped(stopped.stage, stopped.run)
    named = re.search(r"0 of 2 pods are ready; pod (\S+) is Pending, (.*?);", message)
    assert named, message
    assert named[1] in {pod.metadata.name for pod in stopped.stage.pods()}
    assert named[2] == "container orders: ImagePullBackOff"


def test_pods_that_crash_stop_the_resumed_run_with_their_last_words(stopped: Stopped) -> None:
    """A container that ends at once with a complaint: its last log lines are in the message."""
    change_workload(stopped.stage.clouds, image=IMAGE, args=["sell"])
    # Of the pods of before, those without an image, the cluster keeps some: they are not named.
    wait_until(lambda: has_crashed(stopped.stage), "crash of a new pod")
    message = assert_stopped(stopped.stage, resume(stopped.stage))
    assert "its last log lines: sell: one of serve, wait-for-database" in message


def test_a_resumed_run_recovers_once_the_pods_can_start(stopped: Stopped) -> None:
    """Mended and resumed, the failover ends with Azure serving and nothing missing."""
    change_workload(stopped.stage.clouds, image=IMAGE, args=["serve"])
    run = resume(stopped.stage)
    assert run.status == "SUCCEEDED", run.cause
    stopped.stage.traffic.wait_for_writes("azure", 20, 30.0)
    assert stopped.stage.dns() == "azure"
    assert stopped.stage.gate()["state"] == "open"
    verdict = stopped.stage.verdict(stopped.fault_at)
    assert verdict.missing_ids == ()
    assert verdict.acknowledged_by_both_sites_in_one_epoch == 0
