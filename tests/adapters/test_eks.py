"""Scaling on the primary's cluster: a real API server that takes EKS tokens, and failing ones."""

import socketserver
from collections.abc import Iterator

import pytest
from kubernetes import client

from lab.kubernetes.api.users import user_of
from lab.kubernetes.cluster import Cluster, Options
from lab.processes.folder import LabFolder
from landbridge.adapters.aws_clients import aws_session
from landbridge.adapters.eks import scale_deployment
from landbridge.domain.errors import (
    AccessDeniedError,
    ClusterUnavailableError,
    ConfigurationError,
    LandbridgeError,
)
from landbridge.domain.settings import Deployment, Eks
from tests.adapters.serving import answering, running

ORDERS = Deployment("orders", "orders", 2)
LIMIT_SECONDS = 10.0
SHORT_SECONDS = 0.2


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def scale(url: str, replicas: int, **changes: str) -> int:
    """Scale on the cluster at that URL; ``changes`` are fields of Eks."""
    eks = Eks(**{"endpoint": url, "cluster": "shop", "region": "eu-west-1", **changes})
    return scale_deployment(eks, ORDERS, replicas, LIMIT_SECONDS)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Run a cluster that lets in whoever has an EKS token."""
    with LabFolder() as lab:
        options = Options(eks_user=user_of("orchestrator", ["system:masters"]))
        cluster = Cluster("aws", lab.folder("cluster"), {}, options=options, marker=lab.id)
        cluster.start_server()
        yield cluster
        cluster.stop()


@pytest.fixture(scope="module")
def apps(cluster: Cluster) -> client.AppsV1Api:
    """Create the workload's Deployment at two pods; return its API."""
    api = cluster.admin()
    client.CoreV1Api(api).create_namespace({"metadata": {"name": "orders"}})
    labels = {"app": "orders"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "orders", "image": "orders"}]},
    }
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    apps = client.AppsV1Api(api)
    apps.create_namespaced_deployment("orders", {"metadata": {"name": "orders"}, "spec": spec})
    return apps


def test_scaling_twice_is_one_change(cluster: Cluster, apps: client.AppsV1Api) -> None:
    """To zero and to zero again changes the Deployment once; and back to two."""
    assert scale(cluster.url, 0) == 0
    first = apps.read_namespaced_deployment("orders", "orders")
    assert first.spec.replicas == 0
    assert scale(cluster.url, 0) == 0
    second = apps.read_namespaced_deployment("orders", "orders")
    assert second.metadata.generation == first.metadata.generation
    assert scale(cluster.url, 2) == 2


def test_a_deployment_that_is_not_there_is_a_setting_to_mend(cluster: Cluster) -> None:
    """The cluster answered, and running the step again would not make a Deployment."""
    eks = Eks(cluster.url, "shop", "eu-west-1")
    with pytest.raises(ConfigurationError, match="elsewhere/orders"):
        scale_deployment(eks, Deployment("elsewhere", "orders", 2), 0, LIMIT_SECONDS)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AccessDeniedError),
        (403, AccessDeniedError),
        (404, ConfigurationError),
        (409, ClusterUnavailableError),
        (429, ClusterUnavailableError),
        (500, ClusterUnavailableError),
        (503, ClusterUnavailableError),
    ],
)
def test_each_status_has_its_error(status: int, error: type[LandbridgeError]) -> None:
    """A denial is permanent; a server that is busy or failing may be asked again."""
    with answering(status, b"{}") as (url, asked), pytest.raises(error, match=str(status)):
        scale(url, 0)
    assert asked == ["PATCH /apis/apps/v1/namespaces/orders/deployments/orders/scale"]


class _Nonsense(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.rfile.readline()
        self.wfile.write(b"this is not HTTP\r\n")


class _Silence(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.rfile.read()  # until the other side gives up


@pytest.mark.parametrize("handler", [_Nonsense, _Silence])
def test_what_is_no_answer_is_unavailable(
    handler: type[socketserver.StreamRequestHandler],
) -> None:
    """A server that says nothing, or nonsense, may be asked again."""
    with running(server := socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)):
        eks = Eks(f"http://127.0.0.1:{server.server_address[1]}", "shop", "eu-west-1")
        with pytest.raises(ClusterUnavailableError, match=r"EKS shop: \S"):
            scale_deployment(eks, ORDERS, 0, SHORT_SECONDS)


def test_nobody_listens() -> None:
    """A refused connection is an unavailable cluster."""
    with pytest.raises(ClusterUnavailableError, match="refused"):
        scale("http://127.0.0.1:1", 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "eks.shop.test"},
        {"endpoint": "https://127.0.0.1:1", "certificate_authority": "?"},
        {"endpoint": "https://127.0.0.1:1", "certificate_authority": "bm8gUEVN"},
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, str]) -> None:
    """An endpoint that is no URL, and an authority that is no PEM, name their field."""
    field = list(changes)[-1]
    with pytest.raises(ConfigurationError, match=f"eks.{field}"):
        scale("", 0, **changes)


def test_no_credentials_are_a_setting_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token cannot be made without them, and AWS is not to blame."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    aws_session.cache_clear()
    with pytest.raises(ConfigurationError, match="credentials"):
        scale("http://127.0.0.1:1", 0)
