"""Two small clouds in memory, behind the real steps, their adapters and the real Function App.

Only the wires are replaced: PostgreSQL sessions, HTTP requests, name servers, both Kubernetes APIs,
DynamoDB, SNS and Secrets Manager. A test sets what is broken, runs steps or the whole machine, and
looks at the world. After each thing that a step changed the world lives on for a moment: pods
start, ``users`` write, and ``listeners`` hear of it.
"""

import importlib
import json
import types
from collections.abc import Mapping
from typing import Any

import azure.functions as func
import pg8000.exceptions
import pytest

from azure_functions import aks, gate, lock, look, probe, rebuild, standby
from landbridge.adapters import environment
from landbridge.adapters.http_probe import Probe
from landbridge.adapters.polling import poll
from landbridge.domain.errors import AccessDeniedError, ClusterUnavailableError, SiteUnknownError
from landbridge.domain.plan import FAILBACK, FAILOVER, GAMEDAY, STANDALONE, Step
from landbridge.domain.settings import VARIABLE, Database
from landbridge.domain.votes import ProbeOutcome
from tests.fixed_tokens import FixedTokens
from tests.functions.fake_connection import FakeConnection
from tests.functions.sites import Sites

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


class World(Sites):
    """AWS is primary, Azure its synchronous standby, the gate closed, everybody in good health."""

    def lose_aws(self) -> None:
        """Take AWS's region away: database, pods, cluster and load balancer, after a last look."""
        self.run("record_look", {})
        self.aws.stop(clean=False)
        self.eks_up = False
        self.own_probe = self.azure_probe = ProbeOutcome.REFUSED

    def return_aws(self) -> None:
        """Let AWS's region come back: its pods start, the database's as its guard lets it."""
        self.eks_up = True
        self.own_probe = self.azure_probe = None
        self.settle()

    def break_health(self) -> None:
        """Let AWS's load balancer answer 503 while its database lives."""
        self.run("record_look", {})
        self.own_probe = self.azure_probe = 503

    def run(self, step: str, event: dict[str, Any]) -> dict[str, Any]:
        """Run one step's real handler."""
        answer: dict[str, Any] = handler(step).lambda_handler(event, CONTEXT)
        return answer

    def functions(self, steps: tuple[Step, ...] = FAILOVER) -> dict[str, Any]:
        """Return every step of a machine as a function of its event."""
        return {step.name: lambda event, name=step.name: self.run(name, event) for step in steps}

    # What the wires do from here on.

    def connect(self, wanted: Database, _secret: object, _seconds: float) -> FakeConnection:
        database = self.aws if wanted.host.startswith("aws.") else self.azure
        if not database.up:
            raise pg8000.exceptions.InterfaceError(f"can't connect to {wanted.host}")
        return FakeConnection(database, self.done)

    def request(
        self, method: str, url: str, body: Any = None, *_rest: Any, **options: Any
    ) -> tuple[int, Any]:
        if url.startswith(self.settings["function_app"]["url"]):
            shown = options["headers"]["Authorization"]
            return self._function_app(method, url.partition("/api/")[2], body, shown)
        host = url.split("/")[2].partition(":")[0]
        site = {"health.shop.test": "aws", "health-azure.shop.test": "azure"}.get(host, self.dns)
        return self._entry(site, method, url, body)

    def _function_app(self, method: str, route: str, body: Any, shown: str) -> tuple[int, Any]:
        if self.function_app_down:
            self.function_app_down -= 1
            return 503, None
        if shown != "Bearer right":
            return 401, None
        self.azure_serves  # noqa: B018 - lets the kubelet look at the database
        request = func.HttpRequest(
            method=method, url=f"/api/{route}", body=json.dumps(body or {}).encode()
        )
        answer = _ROUTES[method, route](request)
        if method == "POST" and answer.status_code == 200:
            self.done(f"{route}: {json.dumps(body)}")
        return answer.status_code, json.loads(answer.get_body())

    def _entry(self, site: str, method: str, url: str, body: Any) -> tuple[int, Any]:
        database = self.database(site)
        if not self.serves(site):
            return 503, {"error": "not ready"}
        if method == "POST":
            known, number = database.rows.get(body["id"]), len(database.rows) + 1
            order = {**body, "number": number, "site": site, "epoch": database.epoch}
            if known is None and not database.commit("row", body["id"], order):
                raise TimeoutError("the commit waits for its standby")
            return 201, known or order
        return 200, database.rows.get(url.rpartition("/")[2])

    def _ready(self) -> int:
        return 200 if self.serves("aws") else 503

    def probe_from_aws(self, *_arguments: Any) -> Probe:
        if self.next_own_probes:
            return Probe(self.next_own_probes.pop(0), "")
        return Probe(self._ready() if self.own_probe is None else self.own_probe, "")

    def probe_from_azure(self, *_arguments: Any) -> Probe:
        return Probe(self._ready() if self.azure_probe is None else self.azure_probe, "")

    def resolve(self, name: str, *_arguments: Any) -> list[str]:
        if not self.dns_answers:
            raise SiteUnknownError(f"{name}: no name server answered")
        return [_ADDRESSES["azure" if name.startswith("health-azure") else "aws"]]

    def answers(self, _name: str, servers: list[str], _seconds: float) -> dict[str, Any]:
        return dict.fromkeys(servers, (_ADDRESSES[self.dns],))

    def ask_eks(self, method: str, path: str, body: Any = None, *_rest: Any) -> tuple[int, str]:
        if not self.eks_up:
            raise ClusterUnavailableError("EKS shop: no route to host")
        answer = self.eks.request(method, path, body)
        if method != "GET":
            self.done(f"EKS: {method} {path}")
        return answer

    def put_item(self, item: dict[str, Any]) -> None:
        self.table[item["run"], item["kind"]] = item

    def get_item(self, key: dict[str, str]) -> dict[str, Any] | None:
        return self.table.get((key["run"], key["kind"]))

    def newest(self, _index: str, kind: str, _limit: int) -> list[dict[str, Any]]:
        found = [item for (_, one), item in self.table.items() if one == kind]
        return sorted(found, key=lambda item: float(item["at"]), reverse=True)

    def archive_run(self, run: str, document: Mapping[str, Any]) -> None:
        self.archive[run] = json.loads(json.dumps(document))

    def publish(self, subject: str, message: str) -> str:
        self.messages.append((subject, message))
        return f"message-{len(self.messages)}"

    def read_secret(self, name: str) -> dict[str, str]:
        if name == "denied":
            raise AccessDeniedError("secret denied: access denied")
        return {"username": "u", "password": "p"}

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put this world behind every wire, for the test's time."""
        monkeypatch.setenv(VARIABLE, json.dumps(self.settings))
        for name, value in _APP_SETTINGS.items():
            monkeypatch.setenv(name, value)
        for cached in (environment.settings, environment.function_app, aks.settings):
            cached.cache_clear()
        for step in FAILOVER + FAILBACK + GAMEDAY + STANDALONE:
            handler(step.name)  # imported before it is patched
        for target, double in self._wires().items():
            monkeypatch.setattr(target, double)
        # A rehearsal is in no run; what ends one is in the lock's own test.
        monkeypatch.setattr(lock, "make_way", lambda: None)
        monkeypatch.setattr(lock, "time", types.SimpleNamespace(time=lambda: self.now))
        # Waiting inside a step takes no time.
        monkeypatch.setitem(poll.__kwdefaults__, "clock", lambda: self.now)
        monkeypatch.setitem(poll.__kwdefaults__, "sleep", self.sleep)

    def _wires(self) -> Mapping[str, object]:
        return {
            "landbridge.adapters.postgres._open": self.connect,
            "landbridge.adapters.postgres.read_secret": self.read_secret,
            "landbridge.adapters.environment.caller_tokens": lambda *_: FixedTokens("right"),
            "landbridge.adapters.function_app.request_json": self.request,
            "landbridge.adapters.workload.request_json": self.request,
            "landbridge.adapters.zone.resolve": self.resolve,
            "landbridge.adapters.zone.answers": self.answers,
            "landbridge.adapters.runs._table": lambda: self,
            "landbridge.adapters.witnesses.probe": self.probe_from_aws,
            "landbridge.adapters.eks.EksApi.request": lambda _api, *request: self.ask_eks(*request),
            "functions.notify_operators.handler.publish": self.publish,
            "functions.request_approval.handler.publish": self.publish,
            "functions.record_run.handler.archive_run": self.archive_run,
            "landbridge.adapters.gameday_archive.archive_run": self.archive_run,
            "functions.rehearse_standby.handler.archive_run": self.archive_run,
            "functions.record_run.handler.execution_steps": lambda _arn: [],
            "azure_functions.gate.cluster": lambda: self.aks,
            "azure_functions.lock.cluster": lambda: self.aks,
            "azure_functions.standby.cluster": lambda: self.aks,
            "azure_functions.rebuild.cluster": lambda: self.aks,
            "azure_functions.look.cluster": lambda: self.aks,
            "azure_functions.probe.probe": self.probe_from_azure,
        }


_ROUTES: Mapping[tuple[str, str], Any] = {
    ("GET", "gate"): gate.read_gate,
    ("POST", "gate"): gate.move_gate,
    ("POST", "lock"): lock.change_lock,
    ("GET", "standby"): standby.read_standby,
    ("POST", "scale"): standby.scale_standby,
    ("GET", "rebuild"): rebuild.read_rebuild,
    ("POST", "rebuild"): rebuild.act_on_rebuild,
    ("POST", "probe"): probe.probe_primary,
    ("POST", "look"): look.keep_look,
}
