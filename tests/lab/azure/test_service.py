"""The very Function App, laid out as it is deployed, over HTTPS, against the lab's Kubernetes."""

import socket
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from lab.azure.service import FunctionHost
from lab.processes.folder import LabFolder
from lab.sites.certificates import Authority
from landbridge.adapters.http_probe import NoAnswerError, request_json
from tests.adapters.lab_cluster import FUNCTION_TOKEN, LabCluster

ADDRESS = "127.83.1.7"


class Azure(NamedTuple):
    """The Function App's host and the namespace of its workload."""

    host: FunctionHost
    namespace: str


@pytest.fixture(scope="module", name="azure")
def _azure(lab_cluster: LabCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed_port = taken.getsockname()[1]
    authority = Authority(tmp_path_factory.mktemp("authority"))
    certificate = authority.issue("function-app", [ADDRESS])
    namespace = lab_cluster.namespace("landbridge")
    lab_cluster.deployment(namespace)
    settings = {
        "LANDBRIDGE_AKS_URL": lab_cluster.url,
        "LANDBRIDGE_AKS_CA": "",
        "LANDBRIDGE_GATE_NAMESPACE": namespace,
        "LANDBRIDGE_DEPLOYMENT_NAMESPACE": namespace,
        "LANDBRIDGE_DEPLOYMENT_NAME": "orders",
        "LANDBRIDGE_PRIMARY_PROBE_URL": f"https://127.0.0.1:{closed_port}/ready",
        "LANDBRIDGE_NAME_SERVERS": "",
        "LANDBRIDGE_PROBE_SECONDS": "2",
    }
    with LabFolder() as lab:
        host = FunctionHost(
            lab,
            certificate=certificate.certificate,
            private_key=certificate.private_key,
            authority=authority.path,
            settings=settings,
            token=FUNCTION_TOKEN,
            address=ADDRESS,
        )
        host.start()
        # This process asks as a Lambda does, with the lab's authority trusted.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(authority.path))
            yield Azure(host, namespace)
        host.stop()


def ask(azure: Azure, method: str, route: str, body: object = None, key: str = "") -> Any:
    """Ask the Function App over HTTPS."""
    headers = {"x-functions-key": key} if key else {}
    return request_json(method, f"{azure.host.url}/api/{route}", body, headers, 20.0)


def test_a_failover_and_its_end(azure: Azure, lab_cluster: LabCluster) -> None:
    """Lock, gate, pods and probe work from end to end with the managed identity's token."""
    key = azure.host.key
    assert ask(azure, "GET", "gate/veto-aws") == (503, None)

    status, taken = ask(
        azure, "POST", "lock", {"action": "take", "holder": "run-1", "lease_seconds": 60}, key
    )
    assert (status, taken["epoch"]) == (200, 2)
    run = {"holder": "run-1", "epoch": taken["epoch"]}

    assert ask(azure, "POST", "gate", {"to": "engaged", **run}, key)[0] == 200
    assert ask(azure, "GET", "gate/veto-aws") == (200, None)
    assert ask(azure, "GET", "gate/veto-azure") == (200, None)
    scaled = ask(azure, "POST", "scale", {"replicas": 2, **run}, key)
    assert scaled == (200, {"desired": 2, "ready": 0})
    lab_cluster.pods(azure.namespace, 2)
    assert len(ask(azure, "GET", "standby", None, key)[1]["pods"]) == 2
    assert ask(azure, "POST", "probe", {}, key)[1]["vote"] == "down"
    assert ask(azure, "POST", "gate", {"to": "open", **run}, key)[1]["active_site"] == "azure"
    assert ask(azure, "GET", "gate/veto-azure") == (503, None)
    assert ask(azure, "GET", "gate", None, key)[1]["state"] == "open"
    released = ask(azure, "POST", "lock", {"action": "release", "holder": "run-1"}, key)
    assert (released[0], released[1]["holder"]) == (200, "")


@pytest.mark.parametrize("key", ["", "wrong"])
@pytest.mark.parametrize(
    ("method", "route"),
    [
        ("GET", "gate"),
        ("POST", "gate"),
        ("POST", "lock"),
        ("POST", "probe"),
        ("POST", "scale"),
        ("GET", "standby"),
    ],
)
def test_without_the_key(azure: Azure, method: str, route: str, key: str) -> None:
    """Whoever has no key learns nothing, not even whether the body was right."""
    body = None if method == "GET" else {"replicas": -1}

    assert ask(azure, method, route, body, key) == (401, None)


def test_named_error_over_http(azure: Azure) -> None:
    """An error comes over HTTP by its name, with its remedy."""
    status, answered = ask(
        azure, "POST", "scale", {"replicas": 1, "epoch": 1, "holder": "x"}, azure.host.key
    )

    assert status == 409
    assert set(answered) == {"error", "message", "remedy"}
    assert answered["error"] == "StaleEpochError"


def test_only_what_is_deployed(azure: Azure) -> None:
    """The app runs from a folder with its own modules and the adapters it names, no others."""
    folder = azure.host.child.log.parents[1] / "function-app"
    top = {path.name for path in folder.iterdir()}
    adapters = {path.name for path in (folder / "landbridge" / "adapters").glob("*.py")}

    assert {"function_app.py", "host.json", "requirements.txt", "azure_functions"} <= top
    assert "postgres.py" not in adapters
    assert "kubernetes.py" in adapters


def test_restart_on_the_same_port(azure: Azure) -> None:
    """A host that was killed is gone, and one that starts again answers at the same address."""
    azure.host.child.kill()
    with pytest.raises(NoAnswerError, match="refused"):
        ask(azure, "GET", "gate/veto-aws")

    azure.host.start()

    assert ask(azure, "GET", "gate", None, azure.host.key)[0] == 200


def test_listens_on_loopback_only(azure: Azure) -> None:
    """Neither the host nor the identity's endpoint listens anywhere but on loopback."""
    (process, *_) = azure.host.child.tree()
    listening = [one for one in process.net_connections("tcp") if one.status == "LISTEN"]

    assert {one.laddr.ip for one in listening} == {ADDRESS, "127.0.0.1"}
