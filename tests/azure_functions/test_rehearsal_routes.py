"""The rehearsal's routes on the lab's own Kubernetes API, with the deployed roles and manifests."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client

from azure_functions import lock, rehearsal
from lab.processes.waiting import wait_until
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.lock import RunLock
from landbridge.domain.rehearsal import LEASE_SECONDS
from tests.adapters.lab_cluster import LabCluster
from tests.azure_functions.conftest import Answered, Call
from tests.malformed.mutations import spoilt

DEPLOY = Path(__file__).parents[2] / "deploy" / "azure"
JOB = "orders-rehearsal"


@pytest.fixture(name="_deployed", autouse=True)
def _deploy(lab_cluster: LabCluster, namespace: str) -> None:
    """Create the workload's Deployment and the rehearsal's manifests, as they are deployed."""
    for file, kind in (("orders.yaml", "Deployment"), ("rehearsal.yaml", "ConfigMap")):
        for one in yaml.safe_load_all((DEPLOY / file).read_text()):
            if one["kind"] == kind:
                one["metadata"]["namespace"] = namespace
                create = {
                    "Deployment": lab_cluster.apps.create_namespaced_deployment,
                    "ConfigMap": lab_cluster.core.create_namespaced_config_map,
                }[kind]
                create(namespace, one)


def post(call: Call, action: str, run: str = "rehearsal-1") -> Answered:
    """Begin or remove."""
    body = {"action": action, "run": run, "seconds": 900}
    return call(rehearsal.act_on_rehearsal, body)


def look(call: Call) -> dict[str, Any]:
    """Return the look."""
    answered = call(rehearsal.read_rehearsal)
    assert answered.status == 200, answered
    return dict(answered.body)


def until_done(call: Call, action: str) -> None:
    """Ask until nothing is left to do."""
    wait_until(lambda: post(call, action).body["left"] == "done", f"end of {action}")


def others(lab_cluster: LabCluster, namespace: str) -> list[tuple[str, str]]:
    """Return all that a rehearsal must leave alone, by name and version."""
    core, apps = lab_cluster.core, lab_cluster.apps
    found = [
        *core.list_namespaced_config_map(namespace).items,
        *core.list_namespaced_service(namespace).items,
        *apps.list_namespaced_deployment(namespace).items,
        *apps.list_namespaced_stateful_set(namespace).items,
        *lab_cluster.coordination.list_namespaced_lease(namespace).items,
    ]
    return sorted((one.metadata.name, one.metadata.resource_version) for one in found)


def test_begun_looked_at_and_removed(call: Call, lab_cluster: LabCluster, namespace: str) -> None:
    """202 at once; one Job and its pod; twice is once; then nothing, and all else is as it was."""
    before = others(lab_cluster, namespace)
    assert look(call)["job"] == "absent"
    assert post(call, "begin") == (202, {"action": "begin", "left": "create"})
    assert post(call, "begin") == (202, {"action": "begin", "left": "done"})
    lab_cluster.pods(namespace, 1)
    seen = look(call)
    assert (seen["job"], seen["job_run"], len(seen["pods"])) == ("running", "rehearsal-1", 1)

    until_done(call, "remove")

    seen = look(call)
    assert (seen["job"], seen["job_run"], seen["pods"]) == ("absent", "", [])
    assert post(call, "remove") == (202, {"action": "remove", "left": "done"})
    assert others(lab_cluster, namespace) == before


def test_what_the_containers_say_is_in_the_look(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """Each container's own lines; what PostgreSQL prints between them is none."""
    post(call, "begin")
    (pod,) = lab_cluster.pods(namespace, 1)
    lab_cluster.bind(pod)
    lab_cluster.logs["clone"] = b'LOG: ready\n{"event": "cloned", "bytes": 7}\n'
    lab_cluster.logs["smoke"] = b'{"event": "smoke", "order": "1"}\n'
    waiting = {"waiting": {"reason": "ImagePullBackOff"}}
    status = {"name": "orders", "image": "", "imageID": "", "ready": False, "restartCount": 0}
    lab_cluster.say(pod, phase="Pending", containerStatuses=[status | {"state": waiting}])
    seen = look(call)
    assert seen["clone"] == [{"event": "cloned", "bytes": 7}]
    assert seen["smoke"] == [{"event": "smoke", "order": "1"}]
    assert seen["waiting"] == "container orders: ImagePullBackOff"


def the_job(lab_cluster: LabCluster, namespace: str) -> Any:
    """Return the Job as Kubernetes has it."""
    return client.BatchV1Api(lab_cluster.core.api_client).read_namespaced_job(JOB, namespace)


def age(lab_cluster: LabCluster, namespace: str, seconds: float) -> None:
    """Let the Job's command have said for so long nothing."""
    said = {"landbridge/watched-at": f"{time.time() - seconds:.3f}"}
    batch = client.BatchV1Api(lab_cluster.core.api_client)
    batch.patch_namespaced_job(JOB, namespace, {"metadata": {"annotations": said}})


def test_what_is_watched_goes_on_for_a_lease_more(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """Kubernetes ends it a lease after its command's last word; another's word is none."""
    post(call, "begin")
    wait_until(lambda: look(call)["job"] == "running", "its Job")
    began = the_job(lab_cluster, namespace)
    assert began.spec.active_deadline_seconds == LEASE_SECONDS
    age(lab_cluster, namespace, 100.0)
    assert look(call)["watched_seconds"] >= 100.0
    post(call, "watch", "rehearsal-2")
    assert look(call)["watched_seconds"] >= 100.0
    assert post(call, "watch") == (202, {"action": "watch", "left": "done"})
    assert look(call)["watched_seconds"] < 100.0
    watched = the_job(lab_cluster, namespace)
    assert watched.metadata.uid == began.metadata.uid
    assert LEASE_SECONDS < watched.spec.active_deadline_seconds <= 900
    until_done(call, "remove")
    assert post(call, "watch").status == 202  # of what has gone
    assert look(call)["job"] == "absent"


def test_two_commands_leave_each_others_job_alone(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """The second is refused, its own removal removes nothing; --clean removes all the same."""
    post(call, "begin", "rehearsal-0")
    lab_cluster.pods(namespace, 1)
    answered = post(call, "begin")
    assert (answered.status, answered.body["error"]) == (409, "LockHeldError")
    assert "rehearsal-0 is on" in answered.body["message"]
    assert post(call, "remove").body["left"] == "done"
    assert look(call)["job_run"] == "rehearsal-0"
    until_done(call, "clean")
    assert look(call)["job"] == "absent"


def test_a_run_that_takes_the_lock_ends_it_though_its_command_died(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """A failover needs the room and the standby's disk at once, and asks nobody for them."""
    post(call, "begin")
    lab_cluster.pods(namespace, 1)
    taken = {"action": "take", "holder": "failover-1", "lease_seconds": 60}
    assert call(lock.change_lock, taken).status == 200
    wait_until(lambda: look(call)["job"] == "absent", "end of its Job")
    lab_cluster.pods(namespace, 0)


def test_a_lock_that_is_taken_while_it_begins_ends_it(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took it found no Job to end: this one sees to it that there is none."""
    holders = iter(["", "failover-1"])
    monkeypatch.setattr(rehearsal, "_lock_holder", lambda: next(holders, "failover-1"))
    answered = post(call, "begin")
    assert (answered.status, answered.body["error"]) == (409, "LockHeldError")
    wait_until(lambda: look(call)["job"] == "absent", "end of its Job")


def test_a_disk_of_its_pods_is_seen(call: Call, lab_cluster: LabCluster, namespace: str) -> None:
    """Of a generic ephemeral volume; that of the real database is another's."""
    for name in (f"{JOB}-x7-clone", "data-orders-database-0"):
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        body = {"metadata": {"name": name}, "spec": spec}
        lab_cluster.core.create_namespaced_persistent_volume_claim(namespace, body)
    assert look(call)["claims"] == [f"{JOB}-x7-clone"]
    assert post(call, "remove").body["left"] == "wait"


def test_another_runs_job_is_removed_first(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """What a killed command left is no obstacle, and not taken for one's own."""
    post(call, "begin", "rehearsal-0")
    lab_cluster.pods(namespace, 1)
    age(lab_cluster, namespace, 60.0)
    assert post(call, "begin").body["left"] == "remove"
    wait_until(lambda: post(call, "begin").body["left"] == "done", "its own Job")
    assert look(call)["job_run"] == "rehearsal-1"
    until_done(call, "remove")


def test_nothing_begins_beside_a_run(call: Call, cluster: Cluster) -> None:
    """A failover has the cluster for itself; what is left may be removed all the same."""
    cluster.write_lock(RunLock("failover-1", 2, 120, time.time()), None)
    answered = post(call, "begin")
    assert (answered.status, answered.body["error"]) == (409, "LockHeldError")
    assert "failover-1" in answered.body["message"]
    seen = look(call)
    assert (seen["job"], seen["lock_holder"]) == ("absent", "failover-1")
    assert post(call, "remove").body["left"] == "done"


def test_without_its_manifest_nothing_begins(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """The remedy names the file to apply."""
    lab_cluster.core.delete_namespaced_config_map(JOB, namespace)
    answered = post(call, "begin")
    assert (answered.status, answered.body["error"]) == (500, "ConfigurationError")
    assert answered.body["remedy"] == "apply deploy/azure/rehearsal.yaml"
    assert look(call)["job"] == "absent"


def test_its_pod_is_no_pod_of_the_workload(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """The Deployment neither adopts nor counts it, and no Service's selector finds it."""
    post(call, "begin")
    (pod,) = lab_cluster.pods(namespace, 1)
    assert [one.kind for one in pod.metadata.owner_references] == ["Job"]
    found = lab_cluster.core.list_namespaced_pod(namespace, label_selector="app=orders")
    assert found.items == []
    until_done(call, "remove")


def test_the_job_is_the_only_one_it_may_touch(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """A Job of another name, and the rebuild's, outlive a removal."""
    batch = client.BatchV1Api(lab_cluster.core.api_client)
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "x", "image": "x"}]}}
    body = {"metadata": {"name": "orders-rebuild"}, "spec": {"template": template}}
    batch.create_namespaced_job(namespace, body)
    post(call, "begin")
    until_done(call, "remove")
    names = [one.metadata.name for one in batch.list_namespaced_job(namespace).items]
    assert names == ["orders-rebuild"]


def test_a_spoilt_body_begins_nothing(call: Call) -> None:
    """4xx with the field and a remedy, or it is a good body still; a Job is made by those alone."""
    body = {"action": "remove", "run": "rehearsal-1", "seconds": 900}
    for case in spoilt(body, 23, 90):
        answered = call(rehearsal.act_on_rehearsal, case.sent)
        if answered.status != 202:
            assert 400 <= answered.status < 500, answered
            assert answered.body["remedy"], answered
    assert look(call)["job"] == "absent"
