"""The Function App's functions on a cluster of the lab; each test has a namespace of its own."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import azure.functions as func
import pytest

from azure_functions import aks, callers, gate, vetoes
from landbridge.adapters.kubernetes import Cluster
from tests.adapters.lab_cluster import FUNCTION_TOKEN, LabCluster, running_cluster


class Answered(NamedTuple):
    """What a function answered; ``body`` is the JSON, or the text where it is none."""

    status: int
    body: Any


Call = Callable[..., Answered]


@pytest.fixture(scope="session", name="lab_cluster")
def _lab_cluster() -> Iterator[LabCluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(name="namespace")
def _namespace(lab_cluster: LabCluster) -> str:
    return lab_cluster.namespace(f"test-{secrets.token_hex(4)}")


@pytest.fixture(name="app_settings")
def _app_settings(lab_cluster: LabCluster, namespace: str) -> dict[str, str]:
    return {
        "LANDBRIDGE_AKS_URL": lab_cluster.url,
        "LANDBRIDGE_AKS_CA": "",
        "LANDBRIDGE_GATE_NAMESPACE": namespace,
        "LANDBRIDGE_DEPLOYMENT_NAMESPACE": namespace,
        "LANDBRIDGE_DEPLOYMENT_NAME": "orders",
        "LANDBRIDGE_PRIMARY_PROBE_URL": "https://127.0.0.1:1/ready",
        "LANDBRIDGE_NAME_SERVERS": "",
        "LANDBRIDGE_PROBE_SECONDS": "2",
    }


def forget() -> None:
    """Make the Function App read its settings anew."""
    aks.settings.cache_clear()
    aks.cluster.cache_clear()
    gate.latest.forget()
    vetoes.admission.cache_clear()
    callers.forget()


@pytest.fixture(name="call")
def _call(app_settings: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Give what calls a function with a body, as bytes or to be made JSON."""
    for name, value in app_settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aks, "_token", lambda: FUNCTION_TOKEN)
    forget()

    def call(
        function: Callable[..., func.HttpResponse],
        body: object = None,
        route_params: Mapping[str, str] | None = None,
    ) -> Answered:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = func.HttpRequest(
            "POST",
            "https://app/api",
            body=b"" if body is None else sent,
            route_params=dict(route_params or {}),
        )
        response = function(req=request)
        text = response.get_body().decode()
        parsed = json.loads(text) if response.mimetype == "application/json" else text
        return Answered(response.status_code, parsed)

    yield call
    forget()


@pytest.fixture(name="cluster")
def _cluster(lab_cluster: LabCluster, namespace: str) -> Cluster:
    """Give the gate and the lock as another client of the cluster sees and writes them."""
    return Cluster(lab_cluster.url, lambda: FUNCTION_TOKEN, namespace=namespace)
