"""How a real API server is started and used; programs stand in for it where there is none."""

import sys
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from lab.clouds.clouds import Clouds
from lab.clouds.options import LabOptions
from lab.kubernetes import envtest
from lab.kubernetes.cluster import Options, User
from lab.kubernetes.connection import Connection
from lab.kubernetes.plain import RefusedError, request
from lab.processes.waiting import wait_until
from landbridge.domain.errors import ConfigurationError
from tests.lab.kubernetes.conftest import IMAGES, Home, is_ready, shell, web
from tests.lab.kubernetes.listening import lab_processes, listening_addresses
from tests.lab.kubernetes.waiting import wait_for, wait_for_access

STAND_IN = Path(__file__).with_name("stand_in_apiserver.py")
LAB = "envtest-cases"
PROGRAMS = ["stand-in"] if envtest.missing() else ["stand-in", "real"]
OPERATORS_READ = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: read, namespace: default}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: read, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: read}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: operators}]
"""


def _write_stand_ins(folder: Path) -> Path:
    """Make a folder of programs like envtest's."""
    folder.mkdir()
    programs = {
        "etcd": "exec sleep 600",
        "kube-apiserver": f'exec {sys.executable} {STAND_IN} "$@"',
    }
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a folder of such programs in the environment."""
    folder = _write_stand_ins(tmp_path / "assets")
    monkeypatch.setenv(envtest.ASSETS, str(folder))
    return folder


def test_reason_without_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without KUBEBUILDER_ASSETS the reason says so."""
    monkeypatch.delenv(envtest.ASSETS, raising=False)

    assert envtest.missing().startswith("KUBEBUILDER_ASSETS is not set")


def test_reason_without_a_program(assets: Path) -> None:
    """A folder that lacks a program is no set of assets, and the reason names it."""
    (assets / "kube-apiserver").unlink()

    assert envtest.missing().endswith("has no kube-apiserver")


def test_reason_names_all_that_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder lacks every program, and the reason names each."""
    monkeypatch.setenv(envtest.ASSETS, str(tmp_path))

    assert envtest.missing().endswith("has no etcd and no kube-apiserver")


def test_lab_without_the_variable_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without KUBEBUILDER_ASSETS the lab uses its own server."""
    monkeypatch.delenv(envtest.ASSETS, raising=False)

    assert envtest.is_wanted() is False


def test_lab_with_incomplete_assets_does_not_start(assets: Path) -> None:
    """A lab that is told to use a real server and finds none says so, and starts nothing else."""
    (assets / "etcd").unlink()

    with pytest.raises(
        ConfigurationError, match=r"has no etcd\. Remedy: .*unset KUBEBUILDER_ASSETS"
    ):
        Clouds(LabOptions())


@pytest.fixture(scope="module", params=PROGRAMS)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[envtest.RealCluster]:
    """Run a cluster on these programs."""
    folder = tmp_path_factory.mktemp(request.param)
    users = (User("landbridge", ("operators",)), User("nobody"))
    with pytest.MonkeyPatch.context() as patched:
        if request.param == "stand-in":
            patched.setenv(envtest.ASSETS, str(_write_stand_ins(folder / "assets")))
        assert envtest.is_wanted()
        options = Options(time_scale=0.02, eks_user=User("eks"))
        with envtest.RealCluster("aws", folder / "real", IMAGES, users, options, LAB) as cluster:
            yield cluster


def test_real_server_runs_pods(cluster: envtest.RealCluster) -> None:
    """A cluster with those programs runs Deployments, and gives their logs over TLS."""
    home = Home(cluster, "home")
    labels = {"app": "orders"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [web()]}}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    home.apps.create_namespaced_deployment("home", {"metadata": {"name": "orders"}, "spec": spec})
    lister = home.apps.list_namespaced_deployment
    wait_for(lister, "home", lambda found: found["orders"].status.ready_replicas == 2)
    home.pods(lambda pods: sum(map(is_ready, pods.values())) == 2)

    assert len(cluster.pod_addresses("home", labels)) == 2
    home.pod(shell("echo hello"))
    home.ended()
    assert home.log() == "hello\n"


def test_real_server_knows_its_users(cluster: envtest.RealCluster) -> None:
    """A user may do there what roles allow its groups, and nothing that they don't."""
    cluster.apply(OPERATORS_READ)
    wanted = {"namespace": "default", "verb": "list", "resource": "configmaps"}
    spec = {"user": "any", "groups": ["operators"], "resourceAttributes": wanted}
    wait_for_access(client.AuthorizationV1Api(cluster.admin()), spec, allowed=True)

    member = client.CoreV1Api(cluster.connection("landbridge").api_client())
    assert member.list_namespaced_config_map("default").kind == "ConfigMapList"
    with pytest.raises(client.ApiException) as refusal:
        member.list_namespaced_secret("default")
    assert refusal.value.status == 403


def test_real_server_takes_a_new_token_and_the_old_one_no_more(
    cluster: envtest.RealCluster,
) -> None:
    """A user's token can change, and a user can be refused, while the server runs."""
    before = cluster.connection("nobody")
    cluster.renew("nobody")

    def refused(connection: Connection) -> bool:
        try:
            request(connection, "GET", "/api")
        except RefusedError as error:
            return error.code == 401
        return False

    wait_until(lambda: refused(before), "the end of the old token")
    wait_until(lambda: not refused(cluster.connection("nobody")), "the new token's begin")
    cluster.refuse("nobody", "a test")
    wait_until(lambda: refused(cluster.connection("nobody")), "the refusal")
    cluster.accept("nobody", "a test")
    wait_until(lambda: not refused(cluster.connection("nobody")), "the refusal's end")


def test_real_server_is_not_reached_from_outside(cluster: envtest.RealCluster) -> None:
    """Whatever the cluster's processes listen on is an address of loopback."""
    core = client.CoreV1Api(cluster.admin())

    @wraps(core.list_node)  # a watch reads there what it brings
    def all_nodes(_namespace: str, **options: Any) -> Any:
        return core.list_node(**options)

    wait_for(all_nodes, "", lambda nodes: "aws-node" in nodes)
    listening = [address for pid in lab_processes(LAB) for address in listening_addresses(pid)]

    assert cluster.url.startswith("https://127.0.0.1:")
    assert len(listening) >= 3  # the server, the webhook and the node
    assert [address for address in listening if not address.is_loopback] == []
