"""The roles in the manifests are what the code uses, as an API server of the lab recorded it.

It enforces the roles, so whatever the code does and no role allows fails here; and what a role
allows and nobody did is found by comparing.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import azure.functions as func
import pytest
import yaml

from azure_functions import (
    aks,
    gate,
    lock,
    look,
    preflight,
    rebuild,
    rehearsal,
    standby,
    takeover,
    timer,
)
from lab.kubernetes.connection import Connection
from lab.kubernetes.manifests import apply_manifests
from lab.processes.children import python
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_for_file, wait_until
from landbridge.adapters.cluster_facts import Questions, cluster_facts
from landbridge.adapters.database_stop import stop_database
from landbridge.adapters.eks import EksApi, scale_deployment
from landbridge.adapters.eks_rollout import eks_rollout
from landbridge.adapters.rebuild_job import RebuildJob
from landbridge.domain.database import unreachable
from landbridge.domain.database_rebuild import ACTS, Action
from landbridge.domain.preflight.clusters import permissions
from landbridge.domain.settings import DatabasePod, Deployment, Eks
from tests.azure_functions.conftest import forget

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
FUNCTION, ORCHESTRATOR = "landbridge-function", "landbridge-orchestrator"
DEPLOYMENT = Deployment("orders", "orders", 2)
POD = DatabasePod("orders", "orders-database", "orders-rebuild")
NONCE = bytes(16)


class Used(NamedTuple):
    """One thing that was done, or may be: in which namespace ('' for all), to which object."""

    namespace: str
    group: str
    resource: str
    verb: str
    name: str


class Site(NamedTuple):
    """A cluster with the site's manifests: its URL, and what was recorded."""

    url: str
    record: Path

    def used(self, user: str) -> set[Used]:
        """Return what the user was allowed so far."""
        found = set()
        for line in self.record.read_text().splitlines():
            one = json.loads(line)
            if one["user"] == user and one["resource"] and one["resource"] not in REVIEWS:
                resource = "/".join(filter(None, (one["resource"], one["subresource"])))
                found.add(Used(one["namespace"], one["group"], resource, one["verb"], one["name"]))
        return found


# Asking what one may needs no role.
REVIEWS = {"selfsubjectaccessreviews"}


def documents(site: str) -> list[dict[str, Any]]:
    """Return the site's manifests and those of both sites, namespaces first."""
    files = [*sorted((DEPLOY / site).glob("*.yaml")), *sorted((DEPLOY / "both").glob("*.yaml"))]
    every = [one for file in files for one in yaml.safe_load_all(file.read_text()) if one]
    return sorted(every, key=lambda one: one["kind"] != "Namespace")


@contextmanager
def cluster(site: str, manifests: Sequence[dict[str, Any]] | None = None) -> Iterator[Site]:
    """Run a cluster that records, with no node; it has ``manifests``, else all of the site's."""
    tokens = {
        "admin-token": {"user": "admin", "groups": ["system:masters"]},
        "function-token": {"user": FUNCTION},
        "k8s-aws-v1.": {"user": ORCHESTRATOR},
    }
    with LabFolder() as lab:
        files = [lab.path / name for name in ("tokens", "token", "port", "record")]
        tokens_file, token, port, record = files
        tokens_file.write_text(json.dumps(tokens))
        token.write_text("admin-token")
        command = ["-m", "lab.kubernetes.server", f"--name={site}", "--port=0"]
        command += [f"--tokens={tokens_file}", f"--controllers={token}"]
        command += [f"--port-file={port}", f"--record={record}"]
        child = lab.spawn("kubernetes", python(*command))
        wait_for_file(port, child=child)
        url = f"http://127.0.0.1:{port.read_text()}"
        wanted = documents(site) if manifests is None else manifests
        apply_manifests(Connection(url, "admin-token"), wanted)
        yield Site(url, record)


def allowed(site: str, user: str) -> set[Used]:
    """Return each thing that the user's roles allow, by the names that they have."""
    every = documents(site)
    roles = {
        (one["metadata"].get("namespace", ""), one["metadata"]["name"]): one["rules"]
        for one in every
        if one["kind"] in {"Role", "ClusterRole"}
    }
    return {
        Used(namespace, group, resource, verb, name)
        for binding in every
        if binding["kind"].endswith("RoleBinding") and binding["subjects"][0]["name"] == user
        for namespace in [binding["metadata"].get("namespace", "")]
        for rule in roles[namespace, binding["roleRef"]["name"]]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames", [""])
    }


def unused(site: str, user: str, used: set[Used]) -> set[Used]:
    """Return what the roles allow and nobody did; a role without names is for any name."""
    anyhow = {one._replace(name="") for one in used}
    return {one for one in allowed(site, user) if one not in used and one not in anyhow}


def ask(function: Any, body: object = None) -> Any:
    """Call a function of the app; return its answer, which must be one."""
    data = b"" if body is None else json.dumps(body).encode()
    answer = function(func.HttpRequest("POST", "/api", body=data))
    assert answer.status_code < 300, answer.get_body()
    return json.loads(answer.get_body())


@pytest.fixture(name="azure")
def _azure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with cluster("azure") as site:
        settings = {
            "LANDBRIDGE_AKS_URL": site.url,
            "LANDBRIDGE_GATE_NAMESPACE": "landbridge",
            "LANDBRIDGE_DEPLOYMENT_NAMESPACE": "orders",
            "LANDBRIDGE_DEPLOYMENT_NAME": "orders",
            "LANDBRIDGE_PRIMARY_PROBE_URL": "https://127.0.0.1:1/ready",
            "LANDBRIDGE_PROBE_SECONDS": "1",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(aks, "_token", lambda: "function-token")
        forget()
        yield site
    forget()


def rehearse() -> None:
    """Begin a rehearsal, watch it, and remove it."""
    wish = {"run": "rehearsal-1", "seconds": 600}
    wait_until(
        lambda: ask(rehearsal.act_on_rehearsal, {"action": "begin", **wish})["left"] == "done",
        "the rehearsal's Job",
    )
    wait_until(lambda: ask(rehearsal.read_rehearsal)["pods"], "the rehearsal's pod")
    ask(rehearsal.act_on_rehearsal, {"action": "watch", **wish})
    ask(rehearsal.act_on_rehearsal, {"action": "remove", **wish})


def take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a look at the primary, let the timer look, start a takeover and see how it goes."""
    ask(look.keep_look, {"look": asdict(unreachable("aws", "away")), "at": 1.0})
    monkeypatch.setenv("LANDBRIDGE_AUTOMATIC", "on")
    nobody: Any = None
    timer.watch_aws(nobody)
    run = ask(takeover.start_takeover, {"reason": "AWS is dead"})["run"]
    asked = func.HttpRequest("GET", "/api", body=b"", route_params={"run": run})
    assert takeover.read_takeover(asked).status_code == 200
    ask(takeover.list_takeovers)


def test_the_function_app_uses_all_that_it_may(
    azure: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its routes, each doing its work once, do in AKS all that its roles allow, nothing else."""
    rehearse()
    take = {"action": "take", "holder": "run-1", "lease_seconds": 60}
    run = {"holder": "run-1", "epoch": ask(lock.change_lock, take)["epoch"]}
    ask(lock.change_lock, {"action": "renew", **run})
    ask(gate.read_gate)
    for state in ("engaged", "open"):
        ask(gate.move_gate, {"to": state, **run})
    ask(standby.scale_standby, {"replicas": 2, **run})
    wait_until(lambda: len(ask(standby.read_standby)["pods"]) == 2, "the standby's pods")
    for action in (Action.STOP_DATABASE, Action.CREATE_JOB):
        ask(rebuild.act_on_rebuild, {"action": action, "discard_forked_rows": False, **run})
    wait_until(lambda: ask(rebuild.read_rebuild)["job"] == "running", "the rebuild's Job")
    for action in ACTS - {Action.STOP_DATABASE, Action.CREATE_JOB}:
        ask(rebuild.act_on_rebuild, {"action": action, "discard_forked_rows": False, **run})
    take_over(monkeypatch)
    ask(preflight.look_ahead, {"replicas": 2, "nonce": NONCE.hex()})

    assert unused("azure", FUNCTION, azure.used(FUNCTION)) == set()


@pytest.fixture(name="aws")
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of nobody")
    with cluster("aws") as site:
        yield site


def test_the_orchestrator_uses_all_that_it_may(aws: Site) -> None:
    """Fence, return, rebuild and preflight do in EKS all that its roles allow, nothing else."""
    eks = Eks(aws.url, "shop", "eu-west-1")
    api = EksApi(eks, 10.0)
    database = RebuildJob(api, POD)
    scale_deployment(eks, DEPLOYMENT, 2, 10.0)
    wait_until(lambda: len(eks_rollout(api, DEPLOYMENT).pods) == 2, "the workload's pods")
    stop_database(database, 10.0)
    database.act(Action.CREATE_JOB, "run-1")
    wait_until(lambda: database.look().job.value == "running", "the rebuild's Job")
    for action in sorted(ACTS):
        database.act(action, "run-1")
    asked = Questions("aws", DEPLOYMENT, POD, permissions("aws", DEPLOYMENT, POD), (0, 2), NONCE)
    assert cluster_facts(api, asked).reachable

    assert unused("aws", ORCHESTRATOR, aws.used(ORCHESTRATOR)) == set()
