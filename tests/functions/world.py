"""Two small clouds in memory, behind the real steps, their adapters and the real Function App.

Only the wires are replaced: PostgreSQL sessions, HTTP requests, name servers, EKS, DynamoDB, SNS
and Secrets Manager. A test sets what is broken, runs steps or the whole machine, and looks at the
world.
"""

import importlib
import json
import types
from collections.abc import Mapping
from typing import Any

import azure.functions as func
import pg8000.exceptions
import pytest

from azure_functions import aks, gate, lock, probe, standby
from landbridge.adapters import environment
from landbridge.adapters.http_probe import Probe
from landbridge.domain.errors import AccessDeniedError, ClusterUnavailableError, SiteUnknownError
from landbridge.domain.plan import FAILOVER, STANDALONE
from landbridge.domain.settings import VARIABLE, Database
from landbridge.domain.votes import ProbeOutcome
from tests.functions.fake_cluster import FakeCluster
from tests.functions.fake_database import FakeConnection, FakeDatabase
from tests.sample_settings import settings_document

_ADDRESSES = {"aws": "192.0.2.10", "azure": "198.51.100.10"}
_APP_SETTINGS = {
    "LANDBRIDGE_AKS_URL": "https://aks.shop.test",
    "LANDBRIDGE_GATE_NAMESPACE": "landbridge",
    "LANDBRIDGE_DEPLOYMENT_NAMESPACE": "orders",
    "LANDBRIDGE_DEPLOYMENT_NAME": "orders",
    "LANDBRIDGE_PRIMARY_PROBE_URL": "https://health.shop.test/ready",
    "LANDBRIDGE_PROBE_SECONDS": "1",
}
CONTEXT = types.SimpleNamespace(
    function_name="step",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:aws:lambda:eu-central-1:000000000000:function:step",
    aws_request_id="request-1",
)


def handler(step: str) -> types.ModuleType:
    """Return the module of a step's handler."""
    return importlib.import_module(f"functions.{step}.handler")


class World:
    """AWS is primary, Azure its synchronous standby, the gate closed, everybody in good health."""

    def __init__(self, *, replication: str = "sync") -> None:
        synchronous = replication == "sync"
        self.settings = settings_document(replication=replication)
        self.aws = FakeDatabase("aws", in_recovery=False)
        self.azure = FakeDatabase("azure", in_recovery=True)
        self.aws.synchronous_standby_names = "azure" if synchronous else ""
        state = "sync" if synchronous else "async"
        self.aws.standbys = [("azure", "streaming", state, "0/3E8")]
        self.aks = FakeCluster()
        self.eks_up = True
        self.eks_replicas = 2
        self.aws_database_pods = 1
        self.now = 1_000_000.0
        self.function_app_down = 0
        self.function_key = "right"
        self.dns_follows = True
        self.dns_answers = True
        self.own_probe: int | ProbeOutcome = 200
        self.next_own_probes: list[int | ProbeOutcome] = []
        self.azure_probe: int | ProbeOutcome = 200
        self.orders: dict[str, dict[str, Any]] = {}
        self.table: dict[tuple[str, str], dict[str, Any]] = {}
        self.messages: list[tuple[str, str]] = []

    def lose_aws(self) -> None:
        """Take AWS's region away: database, pods, cluster and load balancer, after a last look."""
        self.run("record_look", {})
        self.aws.up = self.eks_up = False
        self.own_probe = self.azure_probe = ProbeOutcome.REFUSED

    def break_health(self) -> None:
        """Let AWS's load balancer answer 503 while its database lives."""
        self.run("record_look", {})
        self.own_probe = self.azure_probe = 503

    def run(self, step: str, event: dict[str, Any]) -> dict[str, Any]:
        """Run one step's real handler."""
        answer: dict[str, Any] = handler(step).lambda_handler(event, CONTEXT)
        return answer

    def functions(self) -> dict[str, Any]:
        """Return every step of the machine as a function of its event."""
        return {step.name: lambda event, name=step.name: self.run(name, event) for step in FAILOVER}

    @property
    def dns(self) -> str:
        """Which site the name servers answer, by what the health checkers see."""
        vetoed = self.aks.gate.vetoes_aws
        admitted = not self.aks.gate.vetoes_azure and self.azure_serves
        return "azure" if vetoed and admitted and self.dns_follows else "aws"

    @property
    def azure_serves(self) -> bool:
        """Whether Azure's pods are ready: their init container waits for a writable database."""
        self.aks.writable = self.azure.takes_writes
        return self.aks.ready > 0

    def summary(self) -> dict[str, Any]:
        """Return what a failover changes, without who changed it and when."""
        return {
            "gate": self.aks.gate.state.value,
            "active": self.aks.gate.active_site,
            "locked": bool(self.aks.lock and self.aks.lock.holder),
            "dns": self.dns,
            "promotions": self.azure.promotions,
            "azure_pods": self.aks.desired,
            "aws_pods": self.eks_replicas,
            "aws_read_only": self.aws.read_only,
            "aws_database_pods": self.aws_database_pods,
        }

    # What the wires do from here on.

    def connect(self, wanted: Database, _secret: object, _seconds: float) -> FakeConnection:
        database = self.aws if wanted.host.startswith("aws.") else self.azure
        if not database.up:
            raise pg8000.exceptions.InterfaceError(f"can't connect to {wanted.host}")
        return FakeConnection(database)

    def request(
        self, method: str, url: str, body: Any = None, *_rest: Any, **options: Any
    ) -> tuple[int, Any]:
        if url.startswith(self.settings["function_app"]["url"]):
            key = options["headers"]["x-functions-key"]
            return self._function_app(method, url.partition("/api/")[2], body, key)
        host = url.split("/")[2].partition(":")[0]
        site = {"health.shop.test": "aws", "health-azure.shop.test": "azure"}.get(host, self.dns)
        return self._entry(site, method, url, body)

    def _function_app(self, method: str, route: str, body: Any, key: str) -> tuple[int, Any]:
        if self.function_app_down:
            self.function_app_down -= 1
            return 503, None
        if key != self.function_key:
            return 401, None
        self.azure_serves  # noqa: B018 - lets the kubelet look at the database
        request = func.HttpRequest(
            method=method, url=f"/api/{route}", body=json.dumps(body or {}).encode()
        )
        answer = _ROUTES[method, route](request)
        return answer.status_code, json.loads(answer.get_body())

    def _entry(self, site: str, method: str, url: str, body: Any) -> tuple[int, Any]:
        database = self.aws if site == "aws" else self.azure
        serves = self.eks_replicas > 0 if site == "aws" else self.azure_serves
        if not (serves and database.takes_writes):
            return 503, {"error": "not ready"}
        if method == "POST":
            new = {**body, "number": len(self.orders) + 1, "site": site}
            order = self.orders.setdefault(body["id"], {**new, "epoch": max(database.epochs)})
            return 201, order
        return 200, self.orders.get(url.rpartition("/")[2])

    def probe_from_aws(self, *_arguments: Any) -> Probe:
        answer = self.next_own_probes.pop(0) if self.next_own_probes else self.own_probe
        return Probe(answer, "")

    def probe_from_azure(self, *_arguments: Any) -> Probe:
        return Probe(self.azure_probe, "")

    def resolve(self, name: str, *_arguments: Any) -> list[str]:
        if not self.dns_answers:
            raise SiteUnknownError(f"{name}: no name server answered")
        return [_ADDRESSES["azure" if name.startswith("health-azure") else "aws"]]

    def answers(self, _name: str, servers: list[str], _seconds: float) -> dict[str, Any]:
        return dict.fromkeys(servers, (_ADDRESSES[self.dns],))

    def scale_eks(self, _eks: Any, _deployment: Any, replicas: int, _seconds: float) -> int:
        if not self.eks_up:
            raise ClusterUnavailableError("EKS shop: no route to host")
        self.eks_replicas = replicas
        return replicas

    def put_item(self, Item: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - DynamoDB's name
        self.table[Item["run"], Item["kind"]] = Item
        return {}

    def get_item(self, Key: dict[str, str], **_options: Any) -> dict[str, Any]:  # noqa: N803
        item = self.table.get((Key["run"], Key["kind"]))
        return {"Item": item} if item else {}

    def publish(self, subject: str, message: str) -> str:
        self.messages.append((subject, message))
        return f"message-{len(self.messages)}"

    def read_secret(self, name: str) -> dict[str, str]:
        if name == "denied":
            raise AccessDeniedError("secret denied: access denied")
        return {"key": "right"} if name == "key" else {"username": "u", "password": "p"}

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put this world behind every wire, for the test's time."""
        monkeypatch.setenv(VARIABLE, json.dumps(self.settings))
        for name, value in _APP_SETTINGS.items():
            monkeypatch.setenv(name, value)
        for cached in (environment.settings, environment.function_app, aks.settings):
            cached.cache_clear()
        for step in FAILOVER + STANDALONE:
            handler(step.name)  # imported before it is patched
        for target, double in self._wires().items():
            monkeypatch.setattr(target, double)
        monkeypatch.setattr(lock, "time", types.SimpleNamespace(time=lambda: self.now))

    def _wires(self) -> Mapping[str, object]:
        return {
            "landbridge.adapters.postgres._open": self.connect,
            "landbridge.adapters.postgres.read_secret": self.read_secret,
            "landbridge.adapters.function_app.read_secret": self.read_secret,
            "landbridge.adapters.function_app.request_json": self.request,
            "landbridge.adapters.workload.request_json": self.request,
            "landbridge.adapters.zone.resolve": self.resolve,
            "landbridge.adapters.zone.answers": self.answers,
            "landbridge.adapters.runs._table": lambda: self,
            "landbridge.adapters.witnesses.probe": self.probe_from_aws,
            "functions.fence_primary.handler.scale_deployment": self.scale_eks,
            "functions.undo_failover.handler.scale_deployment": self.scale_eks,
            "functions.stop_primary.handler.RebuildJob": lambda _api, _pod: FakeStatefulSet(self),
            "functions.notify_operators.handler.publish": self.publish,
            "azure_functions.gate.cluster": lambda: self.aks,
            "azure_functions.lock.cluster": lambda: self.aks,
            "azure_functions.standby.cluster": lambda: self.aks,
            "azure_functions.probe.probe": self.probe_from_azure,
        }


class FakeStatefulSet:
    """AWS's database in EKS, as the fence's last layer sees it: ``RebuildJob``'s part of it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def stopped(self) -> bool:
        """Tell whether no pod is left."""
        if not self._world.eks_up:
            raise ClusterUnavailableError("EKS shop: no route to host")
        return self._world.aws_database_pods == 0

    def scale(self, replicas: int) -> None:
        """Let it run or stop it."""
        self._world.aws_database_pods = replicas
        self._world.aws.up = replicas > 0


_ROUTES: Mapping[tuple[str, str], Any] = {
    ("GET", "gate"): gate.read_gate,
    ("POST", "gate"): gate.move_gate,
    ("POST", "lock"): lock.change_lock,
    ("GET", "standby"): standby.read_standby,
    ("POST", "scale"): standby.scale_standby,
    ("POST", "probe"): probe.probe_primary,
}
