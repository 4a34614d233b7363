"""Deployments, StatefulSets and Jobs become pods that run."""

from typing import Any

from kubernetes import watch

from tests.lab.kubernetes.conftest import Home, is_ready, shell, web
from tests.lab.kubernetes.waiting import wait_for

LABELS = {"app": "orders"}


def _deployment(home: Home, container: dict[str, Any] | None = None, **spec: Any) -> None:
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [container or web()]}}
    full = {"replicas": 2, "selector": {"matchLabels": LABELS}, "template": template} | spec
    home.apps.create_namespaced_deployment(
        home.namespace, {"metadata": {"name": "orders"}, "spec": full}
    )


def _until(home: Home, condition: Any) -> Any:
    lister = home.apps.list_namespaced_deployment
    found = wait_for(lister, home.namespace, lambda items: condition(items["orders"]))
    return found["orders"]


def _patch(home: Home, **spec: Any) -> Any:
    return home.apps.patch_namespaced_deployment("orders", home.namespace, {"spec": spec})


def _scale(home: Home, replicas: int) -> None:
    home.apps.patch_namespaced_deployment_scale(
        "orders", home.namespace, {"spec": {"replicas": replicas}}
    )


def _conditions(item: Any) -> dict[str, tuple[str, str]]:
    return {c.type: (c.status, c.reason) for c in item.status.conditions or []}


def test_deployment_becomes_ready_pods(home: Home) -> None:
    """A Deployment ends with its replicas ready, counted in its status, Available."""
    _deployment(home)

    status = _until(home, lambda item: item.status.available_replicas == 2).status

    assert (status.replicas, status.ready_replicas, status.updated_replicas) == (2, 2, 2)
    assert status.unavailable_replicas is None
    assert status.observed_generation == 1
    settled = _until(
        home, lambda i: _conditions(i).get("Progressing", ("", ""))[1] != "ReplicaSetUpdated"
    )
    assert _conditions(settled) == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }


def test_pods_belong_to_the_replica_set(home: Home) -> None:
    """Pods are owned by a ReplicaSet with the template's hash, and that by the Deployment."""
    _deployment(home, replicas=1)
    pod = next(iter(home.pods(lambda pods: pods).values()))

    replica_set = home.apps.list_namespaced_replica_set(home.namespace).items[0]

    owner = pod.metadata.owner_references[0]
    assert (owner.kind, owner.name, owner.controller) == (
        "ReplicaSet",
        replica_set.metadata.name,
        True,
    )
    assert replica_set.metadata.owner_references[0].kind == "Deployment"
    assert pod.metadata.labels["pod-template-hash"] in replica_set.metadata.name


def test_scaled_to_zero_and_back(home: Home) -> None:
    """Scaled to zero all pods go; scaled up again new ones come."""
    _deployment(home)
    _until(home, lambda item: item.status.ready_replicas == 2)

    _scale(home, 0)
    home.pods(lambda pods: not pods)
    status = _until(
        home, lambda i: i.status.observed_generation == 2 and not i.status.replicas
    ).status
    assert status.ready_replicas is None

    _scale(home, 3)
    assert _until(home, lambda item: item.status.ready_replicas == 3)


def test_lost_pod_is_replaced(home: Home) -> None:
    """A pod that is deleted is replaced by another."""
    _deployment(home, replicas=1)
    before = set(home.pods(lambda pods: any(map(is_ready, pods.values()))))

    home.core.delete_namespaced_pod(next(iter(before)), home.namespace)

    home.pods(lambda pods: any(is_ready(p) for name, p in pods.items() if name not in before))


def test_rolling_update_keeps_pods_available(home: Home) -> None:
    """While a Deployment moves to a new template, never less than its minimum is ready."""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    _deployment(home, strategy=rolling)
    _until(home, lambda item: item.status.ready_replicas == 2)
    listed = home.core.list_namespaced_pod(home.namespace)
    pods = {pod.metadata.name: pod for pod in listed.items}

    _patch(home, template={"spec": {"containers": [{"name": "main", "image": "web:2"}]}})

    fewest, most = 2, 2
    for event in watch.Watch().stream(
        home.core.list_namespaced_pod,
        home.namespace,
        resource_version=listed.metadata.resource_version,
        timeout_seconds=30,
    ):
        pods[event["object"].metadata.name] = event["object"]
        if event["type"] == "DELETED":
            del pods[event["object"].metadata.name]
        alive = [pod for pod in pods.values() if pod.metadata.deletion_timestamp is None]
        fewest = min(fewest, sum(map(is_ready, alive)))
        most = max(most, len(alive))
        if len(pods) == 2 and all(p.spec.containers[0].image == "web:2" for p in pods.values()):
            break
    assert (fewest, most) == (2, 3)
    status = _until(
        home, lambda i: i.status.updated_replicas == 2 == i.status.ready_replicas
    ).status
    assert status.observed_generation == 2


def test_recreate_ends_the_old_first(home: Home) -> None:
    """With Recreate no new pod is made before the last old one is gone."""
    _deployment(home, replicas=1, strategy={"type": "Recreate"})
    old = next(iter(home.pods(lambda pods: any(map(is_ready, pods.values())))))

    _patch(home, template={"spec": {"containers": [{"name": "main", "image": "web:2"}]}})

    pods = home.pods(lambda pods: any(p.spec.containers[0].image == "web:2" for p in pods.values()))
    assert old not in pods


def test_deleted_deployment_takes_its_pods_along(home: Home) -> None:
    """A Deployment's ReplicaSets and pods go with it."""
    _deployment(home)
    _until(home, lambda item: item.status.ready_replicas == 2)

    home.apps.delete_namespaced_deployment("orders", home.namespace)

    home.pods(lambda pods: not pods)
    assert not home.apps.list_namespaced_replica_set(home.namespace).items


def test_stuck_rollout_is_told(home: Home) -> None:
    """A rollout that gets nowhere within its deadline ends Progressing with the reason."""
    _deployment(home, {"name": "main", "image": "ghost:1"}, progressDeadlineSeconds=1)

    item = _until(home, lambda i: _conditions(i).get("Progressing", ("", ""))[0] == "False")

    assert _conditions(item)["Progressing"] == ("False", "ProgressDeadlineExceeded")
    assert _conditions(item)["Available"] == ("False", "MinimumReplicasUnavailable")


def test_unready_pod_makes_a_deployment_unavailable(home: Home, tmp_path: Any) -> None:
    """A Deployment whose pods cease to be ready is no longer Available."""
    _deployment(home, web(env=[{"name": "CONTROL", "value": str(tmp_path)}]), replicas=1)
    _until(home, lambda item: item.status.ready_replicas == 1)

    (tmp_path / "ready").touch()

    item = _until(home, lambda i: _conditions(i)["Available"][0] == "False")
    assert item.status.unavailable_replicas == 1


def _stateful_set(home: Home, **spec: Any) -> None:
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [web()]}}
    full = {"replicas": 3, "serviceName": "db", "template": template} | spec
    full["selector"] = {"matchLabels": LABELS}
    home.apps.create_namespaced_stateful_set(
        home.namespace, {"metadata": {"name": "db"}, "spec": full}
    )


def _until_set(home: Home, condition: Any) -> Any:
    lister = home.apps.list_namespaced_stateful_set
    return wait_for(lister, home.namespace, lambda items: condition(items["db"]))["db"]


def test_stateful_set_starts_in_order(home: Home) -> None:
    """A StatefulSet's pods are named by number, each made when the one before is ready."""
    _stateful_set(home)

    pods = home.pods(lambda pods: len(pods) == 3)

    assert set(pods) == {"db-0", "db-1", "db-2"}
    assert is_ready(pods["db-0"])
    assert is_ready(pods["db-1"])
    assert _until_set(home, lambda item: item.status.ready_replicas == 3)


def test_stateful_set_shrinks_from_the_end(home: Home) -> None:
    """Scaled down, the pods with the highest numbers go."""
    _stateful_set(home, podManagementPolicy="Parallel")
    _until_set(home, lambda item: item.status.ready_replicas == 3)

    home.apps.patch_namespaced_stateful_set_scale("db", home.namespace, {"spec": {"replicas": 1}})

    assert set(home.pods(lambda pods: len(pods) == 1)) == {"db-0"}


def test_stateful_pod_comes_back_under_its_name(home: Home) -> None:
    """A StatefulSet's lost pod is made again with the same name."""
    _stateful_set(home, replicas=1)
    uid = home.until(is_ready, "db-0").metadata.uid

    home.core.delete_namespaced_pod("db-0", home.namespace)

    home.until(lambda pod: pod.metadata.uid != uid and is_ready(pod), "db-0")


def test_stateful_set_is_updated_from_the_end(home: Home) -> None:
    """A new template reaches the pods one by one, the last first."""
    _stateful_set(home, replicas=2, podManagementPolicy="Parallel")
    _until_set(home, lambda item: item.status.ready_replicas == 2)

    home.apps.patch_namespaced_stateful_set(
        "db",
        home.namespace,
        {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "web:2"}]}}}},
    )

    first = home.pods(
        lambda pods: any(p.spec.containers[0].image == "web:2" for p in pods.values())
    )
    assert first["db-0"].spec.containers[0].image == "web:1"
    home.pods(
        lambda pods: [p.spec.containers[0].image for p in pods.values()] == ["web:2", "web:2"]
    )


def _job(home: Home, script: str, **spec: Any) -> None:
    template = {"spec": {"containers": [shell(script)], "restartPolicy": "Never"}}
    home.batch.create_namespaced_job(
        home.namespace, {"metadata": {"name": "work"}, "spec": {"template": template} | spec}
    )


def _job_ended(home: Home) -> Any:
    def has_ended(items: dict[str, Any]) -> bool:
        return bool({"Complete", "Failed"} & set(_conditions(items["work"])))

    return wait_for(home.batch.list_namespaced_job, home.namespace, has_ended)["work"]


def test_job_completes(home: Home) -> None:
    """A Job whose pods succeed as often as asked is Complete."""
    _job(home, "true", completions=3, parallelism=2)

    job = _job_ended(home)

    assert _conditions(job)["Complete"][0] == "True"
    assert (job.status.succeeded, job.status.failed, job.status.active) == (3, None, None)
    assert job.status.completion_time is not None


def test_job_is_tried_again(home: Home, tmp_path: Any) -> None:
    """A Job's failed pod is followed by another, after a pause."""
    marker = tmp_path / "tried"
    _job(home, f"test -e {marker} || {{ touch {marker}; exit 1; }}")

    job = _job_ended(home)

    assert "Complete" in _conditions(job)
    assert (job.status.succeeded, job.status.failed) == (1, 1)


def test_job_gives_up(home: Home) -> None:
    """A Job that fails more often than its limit is Failed with the reason."""
    _job(home, "exit 1", backoffLimit=1)

    job = _job_ended(home)

    assert _conditions(job)["Failed"] == ("True", "BackoffLimitExceeded")
    assert job.status.failed == 2


def test_job_has_a_deadline(home: Home) -> None:
    """A Job that takes longer than its deadline is Failed and its pods are ended."""
    _job(home, "sleep 60", activeDeadlineSeconds=1)

    job = _job_ended(home)

    assert _conditions(job)["Failed"] == ("True", "DeadlineExceeded")
    home.pods(lambda pods: not pods)


def test_suspended_job_waits(home: Home) -> None:
    """A suspended Job makes no pods until it is resumed."""
    _job(home, "true", suspend=True)
    wait_for(home.batch.list_namespaced_job, home.namespace, lambda i: i["work"].status.start_time)
    assert not home.core.list_namespaced_pod(home.namespace).items

    home.batch.patch_namespaced_job("work", home.namespace, {"spec": {"suspend": False}})

    assert "Complete" in _conditions(_job_ended(home))


def test_labels_adopt_a_pod(home: Home) -> None:
    """A pod without an owner that matches a ReplicaSet's selector counts as one of its pods."""
    labels = {"app": "orphan"}
    home.core.create_namespaced_pod(
        home.namespace,
        {"metadata": {"name": "stray", "labels": labels}, "spec": {"containers": [web()]}},
    )
    template = {"metadata": {"labels": labels}, "spec": {"containers": [web()]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    home.apps.create_namespaced_replica_set(
        home.namespace, {"metadata": {"name": "keeper"}, "spec": spec}
    )

    pod = home.until(lambda pod: pod.metadata.owner_references, "stray")

    assert pod.metadata.owner_references[0].name == "keeper"
    assert len(home.core.list_namespaced_pod(home.namespace).items) == 1
