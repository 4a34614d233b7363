"""The very Function App, laid out as it is deployed, over HTTPS, against the lab's Kubernetes."""

import socket
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from lab.azure.entra_service import Entra
from lab.azure.service import FunctionHost
from lab.azure.tenant import Registration
from lab.processes.folder import LabFolder
from lab.sites.certificates import Authority
from landbridge.adapters.http_probe import NoAnswerError, request_json
from landbridge.domain.callers import Role
from tests.adapters.lab_cluster import FUNCTION_TOKEN, LabCluster

ADDRESS = "127.83.1.7"
TENANT = "11111111-2222-3333-4444-555555555555"
APPLICATION = "aaaaaaaa-2222-3333-4444-555555555555"
ORCHESTRATOR = "bbbbbbbb-2222-3333-4444-555555555555"
DATABASE = "cccccccc-2222-3333-4444-555555555555"


class Azure(NamedTuple):
    """The Function App's host, the namespace of its workload, and tokens for it."""

    host: FunctionHost
    namespace: str
    token: str
    database_token: str


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
        at_home = authority.issue("entra", ["localhost"])
        entra = Entra(
            lab,
            certificate=at_home.certificate,
            private_key=at_home.private_key,
            tenant_id=TENANT,
            application_id=APPLICATION,
            registrations={
                ORCHESTRATOR: Registration(roles=[Role.ORCHESTRATOR]),
                DATABASE: Registration(roles=[Role.GATE_READER]),
            },
        )
        entra.start()
        host = FunctionHost(
            lab,
            certificate=certificate.certificate,
            private_key=certificate.private_key,
            authority=authority.path,
            settings=settings | entra.app_settings(),
            token=FUNCTION_TOKEN,
            address=ADDRESS,
        )
        host.start()
        # This process asks as a Lambda does, with the lab's authority trusted.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(authority.path))
            yield Azure(host, namespace, entra.token(ORCHESTRATOR), entra.token(DATABASE))
        host.stop()


def ask(azure: Azure, method: str, route: str, body: object = None, token: str = "") -> Any:
    """Ask the Function App over HTTPS."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return request_json(method, f"{azure.host.url}/api/{route}", body, headers, 20.0)


def test_a_failover_and_its_end(azure: Azure, lab_cluster: LabCluster) -> None:
    """Lock, gate, pods and probe work from end to end with the managed identity's token."""
    token = azure.token
    assert ask(azure, "GET", "gate/veto-aws") == (503, None)

    status, taken = ask(
        azure, "POST", "lock", {"action": "take", "holder": "run-1", "lease_seconds": 60}, token
    )
    assert (status, taken["epoch"]) == (200, 2)
    run = {"holder": "run-1", "epoch": taken["epoch"]}

    assert ask(azure, "POST", "gate", {"to": "engaged", **run}, token)[0] == 200
    assert ask(azure, "GET", "gate/veto-aws") == (200, None)
    assert ask(azure, "GET", "gate/veto-azure") == (200, None)
    scaled = ask(azure, "POST", "scale", {"replicas": 2, **run}, token)
    assert scaled == (200, {"desired": 2, "ready": 0})
    lab_cluster.pods(azure.namespace, 2)
    assert len(ask(azure, "GET", "standby", None, token)[1]["pods"]) == 2
    assert ask(azure, "POST", "probe", {}, token)[1]["vote"] == "down"
    assert ask(azure, "POST", "gate", {"to": "open", **run}, token)[1]["active_site"] == "azure"
    assert ask(azure, "GET", "gate/veto-azure") == (503, None)
    assert ask(azure, "GET", "gate", None, token)[1]["state"] == "open"
    released = ask(azure, "POST", "lock", {"action": "release", "holder": "run-1"}, token)
    assert (released[0], released[1]["holder"]) == (200, "")


@pytest.mark.parametrize("token", ["", "wrong"])
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
def test_without_a_token(azure: Azure, method: str, route: str, token: str) -> None:
    """Whoever has no token learns nothing, not even whether the body was right."""
    body = None if method == "GET" else {"replicas": -1}

    status, answered = ask(azure, method, route, body, token)
    assert (status, answered["error"]) == (401, "AccessDeniedError")
    assert "replicas" not in str(answered)


def test_a_database_may_read_the_gate_alone(azure: Azure) -> None:
    """Its role opens one route."""
    token = azure.database_token
    assert ask(azure, "GET", "gate", None, token)[0] == 200
    assert ask(azure, "POST", "scale", {}, token)[0] == 403
    assert ask(azure, "GET", "standby", None, token)[0] == 403


def test_named_error_over_http(azure: Azure) -> None:
    """An error comes over HTTP by its name, with its remedy."""
    status, answered = ask(
        azure, "POST", "scale", {"replicas": 1, "epoch": 1, "holder": "x"}, azure.token
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

    assert ask(azure, "GET", "gate", None, azure.token)[0] == 200


def test_listens_on_loopback_only(azure: Azure) -> None:
    """Neither the host nor the identity's endpoint listens anywhere but on loopback."""
    (process, *_) = azure.host.child.tree()
    listening = [one for one in process.net_connections("tcp") if one.status == "LISTEN"]

    assert {one.laddr.ip for one in listening} == {ADDRESS, "127.0.0.1"}
