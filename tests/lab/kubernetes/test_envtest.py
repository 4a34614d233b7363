"""How a real API server is started and used, shown with programs that stand in for it."""

import sys
from pathlib import Path

import pytest
from kubernetes import client

from lab.kubernetes import envtest
from lab.kubernetes.cluster import Options, User
from tests.lab.kubernetes.conftest import IMAGES, Home, is_ready, shell, web
from tests.lab.kubernetes.waiting import wait_for

STAND_IN = Path(__file__).with_name("stand_in_apiserver.py")


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder of programs like envtest's and name it in the environment."""
    folder = tmp_path / "assets"
    folder.mkdir()
    programs = {
        "etcd": "exec sleep 600",
        "kube-apiserver": f'exec {sys.executable} {STAND_IN} "$@"',
    }
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
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


@pytest.mark.usefixtures("assets")
def test_real_server_is_used_like_the_labs_own(tmp_path: Path) -> None:
    """A cluster with those programs runs Deployments over TLS, and knows its users."""
    assert envtest.missing() == ""
    users = (User("landbridge", ("operators",)),)
    options = Options(time_scale=0.02)
    with envtest.RealCluster("aws", tmp_path / "real", IMAGES, users, options) as cluster:
        home = Home(cluster, "home")
        labels = {"app": "orders"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [web()]}}
        spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
        home.apps.create_namespaced_deployment(
            "home", {"metadata": {"name": "orders"}, "spec": spec}
        )
        lister = home.apps.list_namespaced_deployment
        wait_for(lister, "home", lambda found: found["orders"].status.ready_replicas == 2)
        home.pods(lambda pods: sum(map(is_ready, pods.values())) == 2)

        assert len(cluster.pod_addresses("home", labels)) == 2
        home.pod(shell("echo hello"))
        home.ended()
        assert home.log() == "hello\n"
        api = client.AuthenticationV1Api(cluster.connection("landbridge").api_client())
        assert "operators" in api.create_self_subject_review({}).status.user_info.groups
