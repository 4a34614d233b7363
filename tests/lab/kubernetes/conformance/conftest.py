"""One API server of each sort for all cases: the lab's own, and a real one where there is one."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kubernetes import client

from lab.kubernetes import envtest
from lab.kubernetes.cluster import Cluster, Options, User
from lab.kubernetes.connection import Connection
from lab.kubernetes.plain import request

EKS_USER = User("eks", ("eks-operators",))
USERS = (User("reader"), User("operator", ("operators",)), User("nobody"))
Refusal = pytest.RaisesExc[client.ApiException]
Refused = Callable[[int], Refusal]
_names = itertools.count(1)


@dataclass
class Apis:
    """A cluster with a namespace of one's own and the official clients."""

    cluster: Cluster | envtest.RealCluster
    namespace: str

    def connection(self, user: str = "admin") -> Connection:
        return self.cluster.connection(user)

    def core(self, user: str = "admin") -> client.CoreV1Api:
        return client.CoreV1Api(self._client(user))

    def apps(self, user: str = "admin") -> client.AppsV1Api:
        return client.AppsV1Api(self._client(user))

    def batch(self) -> client.BatchV1Api:
        return client.BatchV1Api(self._client("admin"))

    def leases(self) -> client.CoordinationV1Api:
        return client.CoordinationV1Api(self._client("admin"))

    def rbac(self) -> client.RbacAuthorizationV1Api:
        return client.RbacAuthorizationV1Api(self._client("admin"))

    def authorization(self, user: str) -> client.AuthorizationV1Api:
        return client.AuthorizationV1Api(self._client(user))

    def _client(self, user: str) -> client.ApiClient:
        if user not in _clients:
            _clients[user] = self.cluster.connection(user).api_client()
        return _clients[user]

    def request(self, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        return request(self.connection(), method, path, body, **more)


_clients: dict[str, client.ApiClient] = {}


#: The real server's cases are there only where it is; test_real.py says so where it is not.
SERVERS = ["lab"] if envtest.missing() else ["lab", "real"]


@pytest.fixture(scope="session", params=SERVERS)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster | envtest.RealCluster]:
    """Start the server under test, without a node: what runs pods is tested elsewhere."""
    folder = tmp_path_factory.mktemp(request.param)
    _clients.clear()
    kind = envtest.RealCluster if request.param == "real" else Cluster
    started = kind(request.param, folder, {}, USERS, Options(eks_user=EKS_USER))
    try:
        started.start_server()
        yield started
    finally:
        started.stop()


@pytest.fixture
def apis(cluster: Cluster | envtest.RealCluster) -> Apis:
    """Make a namespace for one case."""
    name = f"case-{next(_names)}"
    apis = Apis(cluster, name)
    apis.core().create_namespace({"metadata": {"name": name}})
    return apis


@pytest.fixture
def refused() -> Refused:
    """Give a context that takes a refusal with the given code and shows it."""

    def expect(code: int) -> Refusal:
        def is_it(error: BaseException) -> bool:
            return isinstance(error, client.ApiException) and error.status == code

        return pytest.raises(client.ApiException, check=is_it)

    return expect


def make_deployment(name: str = "orders", **spec: Any) -> dict[str, Any]:
    """Give a small valid Deployment, with changes to its spec."""
    labels = {"app": name}
    containers = [
        {"name": "orders", "image": "orders:1", "env": [{"name": "SITE", "value": "aws"}]}
    ]
    base = {
        "replicas": 0,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
    }
    return {"metadata": {"name": name, "labels": labels}, "spec": base | spec}


def make_pod(name: str = "one", **labels: str) -> dict[str, Any]:
    """Give a small valid Pod that no scheduler takes."""
    spec = {"schedulerName": "nobody", "containers": [{"name": "main", "image": "orders:1"}]}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec}
