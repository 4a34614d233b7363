"""A pod's life on the node: started, restarted, ended, and what the API says meanwhile."""

from pathlib import Path
from typing import Any

import pytest

from lab.kubernetes.node.logs import kept_logs
from tests.lab.kubernetes.conftest import Home, is_ready, shell, web


def _state(pod: Any) -> Any:
    statuses = pod.status.container_statuses or []
    return statuses[0].state if statuses else None


def _waiting(pod: Any) -> str:
    state = _state(pod)
    return str(state.waiting.reason) if state and state.waiting else ""


def _restarts(statuses: Any) -> int:
    return sum(status.restart_count for status in statuses or [])


def test_pod_succeeds(home: Home) -> None:
    """A pod whose command ends well is Succeeded, its container Completed."""
    home.pod(shell("echo hello"))

    assert home.ended() == "Succeeded"
    ended = _state(home.core.read_namespaced_pod("one", home.namespace)).terminated
    assert (ended.exit_code, ended.reason) == (0, "Completed")


def test_pod_fails(home: Home) -> None:
    """A pod whose command ends badly is Failed, with the exit code."""
    home.pod(shell("exit 3"))

    assert home.ended() == "Failed"
    ended = _state(home.core.read_namespaced_pod("one", home.namespace)).terminated
    assert (ended.exit_code, ended.reason) == (3, "Error")


def test_signal_ends_as_in_a_shell(home: Home) -> None:
    """A command that is ended by a signal has 128 and its number as exit code."""
    home.pod(shell("kill -9 $$$$"))

    home.ended()

    pod = home.core.read_namespaced_pod("one", home.namespace)
    assert _state(pod).terminated.exit_code == 137


def test_pod_runs_on_the_node(home: Home) -> None:
    """A running pod has a node, an address of its own, and all its conditions are true."""
    home.pod(web())

    pod = home.until(is_ready)

    assert pod.spec.node_name == "aws-node"
    assert pod.status.phase == "Running"
    assert pod.status.pod_ip.startswith("127.40.")
    assert {(c.type, c.status) for c in pod.status.conditions} == {
        ("PodScheduled", "True"),
        ("Initialized", "True"),
        ("ContainersReady", "True"),
        ("Ready", "True"),
    }
    assert pod.status.container_statuses[0].started


def test_pods_share_a_port_on_their_own_addresses(home: Home) -> None:
    """Two pods serve the same containerPort, each on its address."""
    for name in ("one", "two"):
        home.pod(web(), name=name)

    pods = home.pods(lambda pods: sum(map(is_ready, pods.values())) == 2)

    assert len({pod.status.pod_ip for pod in pods.values()}) == 2


def test_missing_image_is_waited_for(home: Home) -> None:
    """An image that the registry lacks leaves the pod Pending, first ErrImagePull, then backed off.

    Once it is there the pod runs by itself.
    """
    registry = home.cluster.registry
    registry.withdraw("shell:1")
    home.pod(shell("true"))
    seen: list[str] = []

    def backs_off(pod: Any) -> bool:
        seen.append(_waiting(pod))
        return seen[-1] == "ImagePullBackOff"

    try:
        pod = home.until(backs_off)
        assert pod.status.phase == "Pending"
        assert "ErrImagePull" in seen
    finally:
        registry.offer("shell:1")
    assert home.ended() == "Succeeded"


def test_init_containers_run_in_order(home: Home) -> None:
    """Init containers run one after the other, each to its end, before the others start."""
    share = {"volumeMounts": [{"name": "share", "mountPath": "/share"}]}
    first = shell("sleep 0.05; echo first >> /share/order", "first", **share)
    second = shell("echo second >> /share/order", "second", **share)
    main = shell("cat /share/order", **share)
    volumes = [{"name": "share", "emptyDir": {}}]

    home.pod(main, initContainers=[first, second], volumes=volumes)

    assert home.ended() == "Succeeded"
    assert home.log() == "first\nsecond\n"


def test_main_containers_wait_for_init(home: Home, tmp_path: Path) -> None:
    """While an init container fails it is tried again, and the others are PodInitializing."""
    gate = tmp_path / "open"
    home.pod(
        shell("echo through"),
        initContainers=[shell(f"test -e {gate}", "wait")],
        restartPolicy="OnFailure",
    )
    pod = home.until(lambda pod: _restarts(pod.status.init_container_statuses))
    assert _waiting(pod) == "PodInitializing"
    assert ("Initialized", "False") in {(c.type, c.status) for c in pod.status.conditions}

    gate.touch()

    assert home.ended() == "Succeeded"


def test_failed_init_ends_a_pod_that_never_restarts(home: Home) -> None:
    """With restartPolicy Never, a failing init container fails the pod."""
    home.pod(shell("echo no"), initContainers=[shell("exit 1", "wait")])

    assert home.ended() == "Failed"


def test_crashing_container_backs_off(home: Home) -> None:
    """A container that keeps crashing is restarted at once and then less and less often."""
    home.pod(shell("echo crash; exit 1"), restartPolicy="Always")

    pod = home.until(lambda pod: _waiting(pod) == "CrashLoopBackOff")

    status = pod.status.container_statuses[0]
    assert pod.status.phase == "Running"
    assert status.restart_count >= 1
    assert status.last_state.terminated.exit_code == 1


def test_container_is_restarted_on_failure_alone(home: Home, tmp_path: Path) -> None:
    """With OnFailure, a container that ends well stays ended."""
    marker = tmp_path / "tried"
    home.pod(shell(f"test -e {marker} || {{ touch {marker}; exit 1; }}"), restartPolicy="OnFailure")

    assert home.ended() == "Succeeded"
    pod = home.core.read_namespaced_pod("one", home.namespace)
    assert pod.status.container_statuses[0].restart_count == 1


def test_readiness_comes_and_goes(home: Home, tmp_path: Path) -> None:
    """A pod is Ready while its probe succeeds, and keeps running while it doesn't."""
    (tmp_path / "ready").touch()
    home.pod(web(env=[{"name": "CONTROL", "value": str(tmp_path)}]))
    pod = home.until(lambda pod: pod.status.phase == "Running")
    assert not is_ready(pod)

    (tmp_path / "ready").unlink()
    home.until(is_ready)

    (tmp_path / "ready").touch()
    pod = home.until(lambda pod: not is_ready(pod))
    assert pod.status.phase == "Running"
    assert pod.status.container_statuses[0].restart_count == 0


def test_dead_container_is_restarted(home: Home, tmp_path: Path) -> None:
    """A container whose liveness probe fails is ended and started again."""
    liveness = {"httpGet": {"path": "/alive", "port": "http"}, "periodSeconds": 1}
    control = [{"name": "CONTROL", "value": str(tmp_path)}]
    home.pod(web(livenessProbe=liveness, env=control), restartPolicy="Always")
    home.until(is_ready)

    (tmp_path / "alive").touch()

    home.until(lambda pod: _restarts(pod.status.container_statuses))


def test_startup_comes_before_readiness(home: Home, tmp_path: Path) -> None:
    """Until its startup probe has succeeded, a container is not started and not ready."""
    (tmp_path / "started").touch()
    startup = {"httpGet": {"path": "/started", "port": 8080}, "failureThreshold": 10000}
    home.pod(web(startupProbe=startup, env=[{"name": "CONTROL", "value": str(tmp_path)}]))
    pod = home.until(lambda pod: pod.status.phase == "Running")
    assert not pod.status.container_statuses[0].started

    (tmp_path / "started").unlink()

    assert home.until(is_ready).status.container_statuses[0].started


@pytest.mark.parametrize(
    "probe",
    [{"tcpSocket": {"port": 8080}}, {"exec": {"command": ["sh", "-c", "test -n $HOST"]}}],
)
def test_other_probes(home: Home, probe: dict[str, Any]) -> None:
    """Readiness can be asked by TCP and by a command in the container's environment."""
    home.pod(web(readinessProbe=probe))

    assert home.until(is_ready)


def test_deleted_pod_is_asked_to_end(home: Home, tmp_path: Path) -> None:
    """A deleted pod gets SIGTERM, and is gone when its containers have ended."""
    said, up = tmp_path / "said", tmp_path / "up"
    home.pod(
        shell(f"trap 'echo term > {said}; exit' TERM; touch {up}; while :; do sleep 0.02; done")
    )
    ready = {"exec": {"command": ["test", "-e", str(up)]}}
    home.pod(shell("sleep 60", readinessProbe=ready), name="witness")
    home.until(is_ready, "witness")

    home.core.delete_namespaced_pod("one", home.namespace)
    home.pods(lambda pods: "one" not in pods)

    assert said.read_text() == "term\n"


def test_deaf_pod_is_killed_after_its_grace(home: Home) -> None:
    """A container that ignores SIGTERM is killed when the pod's grace is over."""
    home.pod(shell("trap '' TERM; echo up; while :; do sleep 0.05; done"))
    home.until(lambda pod: pod.status.phase == "Running")

    home.core.delete_namespaced_pod("one", home.namespace, grace_period_seconds=1)

    home.pods(lambda pods: "one" not in pods)


def test_pre_stop_comes_before_the_signal(home: Home, tmp_path: Path) -> None:
    """A preStop command runs to its end before the container is asked to end."""
    said = tmp_path / "said"
    hook = {"preStop": {"exec": {"command": ["sh", "-c", f"echo hook >> {said}"]}}}
    home.pod(web(lifecycle=hook))
    home.until(is_ready)

    home.core.delete_namespaced_pod("one", home.namespace)
    home.pods(lambda pods: "one" not in pods)

    assert said.read_text() == "hook\n"


def test_pod_for_another_node_waits(home: Home) -> None:
    """A pod whose nodeSelector suits no node is Unschedulable."""
    home.pod(shell("true"), nodeSelector={"disk": "fast"})

    pod = home.until(lambda pod: pod.status.conditions)

    assert pod.spec.node_name is None
    assert pod.status.conditions[0].reason == "Unschedulable"


def test_a_log_outlives_its_pod(home: Home) -> None:
    """What each start of a container said is kept when the pod is deleted."""
    home.pod(shell("echo said $$(date +%s%N); exit 1"), restartPolicy="OnFailure")
    home.until(lambda pod: _restarts(pod.status.container_statuses) >= 3)
    home.core.delete_namespaced_pod("one", home.namespace, grace_period_seconds=0)
    home.pods(lambda pods: not pods)

    logs = kept_logs(home.cluster.folder / "node", home.namespace, "one", "main")

    assert len(logs) >= 3
    assert all(log.read_text().split()[1] == "said" for log in logs[:3])


def test_pod_waits_for_room(home: Home) -> None:
    """A pod that asks for more CPU than is left waits with the scheduler's words, then runs."""
    most = {"resources": {"requests": {"cpu": "63900m"}}}
    home.pod(shell("sleep 60", **most), name="first")
    home.until(lambda pod: pod.status.phase == "Running", "first")
    home.pod(shell("true", **most), name="second")
    home.pod(shell("true"), name="asks-for-nothing")

    pod = home.until(lambda pod: pod.status.conditions, "second")
    assert pod.status.conditions[0].reason == "Unschedulable"
    assert pod.status.conditions[0].message == (
        "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: "
        "1 No preemption victims found for incoming pod."
    )
    assert home.ended("asks-for-nothing") == "Succeeded"
    home.core.delete_namespaced_pod("first", home.namespace, grace_period_seconds=0)
    assert home.ended("second") == "Succeeded"


def test_cordoned_node_takes_no_pod(home: Home) -> None:
    """What waits is bound when the node is let take pods again."""
    home.core.patch_node("aws-node", {"spec": {"unschedulable": True}})
    try:
        home.pod(shell("true"))
        pod = home.until(lambda pod: pod.status.conditions or pod.spec.node_name)
        assert pod.spec.node_name is None
        assert "node(s) were unschedulable" in pod.status.conditions[0].message
    finally:
        home.core.patch_node("aws-node", {"spec": {"unschedulable": False}})
    assert home.ended() == "Succeeded"
