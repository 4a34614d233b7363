"""A takeover started and shown, on the lab's own Kubernetes API, with the deployed roles."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client

from azure_functions import look, takeover
from landbridge.adapters.azure_records import KEPT, AzureRecords
from landbridge.adapters.kubernetes import Cluster
from landbridge.adapters.takeover_jobs import TakeoverJobs
from landbridge.domain.database import DatabaseLook, StandbyConnection
from landbridge.domain.takeover_job import LABEL
from tests.adapters.lab_cluster import LabCluster
from tests.azure_functions.conftest import Answered, Call

MANIFEST = Path(__file__).parents[2] / "deploy" / "azure" / "takeover.yaml"
LOOK = DatabaseLook(
    "aws",
    reachable=True,
    in_recovery=False,
    current_lsn=100,
    standbys=(StandbyConnection("azure", "streaming", "sync", 100),),
)


@pytest.fixture(name="_deployed")
def _deploy(lab_cluster: LabCluster, namespace: str) -> None:
    deploy(lab_cluster, namespace)


def deploy(lab_cluster: LabCluster, namespace: str) -> None:
    """Apply the takeover's ConfigMap and service account, as they are deployed."""
    create = {
        "ConfigMap": lab_cluster.core.create_namespaced_config_map,
        "ServiceAccount": lab_cluster.core.create_namespaced_service_account,
    }
    for one in yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")):
        if one["kind"] in create:
            one["metadata"]["namespace"] = namespace
            create[one["kind"]](namespace, one)


@pytest.fixture(name="records")
def _records(lab_cluster: LabCluster, namespace: str) -> AzureRecords:
    return AzureRecords(Cluster(lab_cluster.url, lambda: "admin-token"), namespace)


def start(call: Call, **body: Any) -> Answered:
    """Ask for a takeover; what is None is left out."""
    body = {"incident": "fire", "occurred_at": 1_000.0, **body}
    body = {name: value for name, value in body.items() if value is not None}
    return call(takeover.start_takeover, {"reason": "AWS is dead", **body})


def jobs(lab_cluster: LabCluster, namespace: str) -> list[Any]:
    """Return the takeovers' Jobs."""
    batch = client.BatchV1Api(lab_cluster.core.api_client)
    return list(batch.list_namespaced_job(namespace, label_selector=f"app={LABEL}").items)


@pytest.mark.usefixtures("_deployed")
def test_asking_twice_starts_one_job(call: Call, lab_cluster: LabCluster, namespace: str) -> None:
    """202 and the run; while it is on, whoever asks is told of it."""
    first = start(call, incident="fire")
    assert first.status == 202
    assert first.body["run"].startswith("takeover-manual-")
    again = start(call, incident="another")
    assert again == (202, {"run": first.body["run"], "said": "this takeover is on already"})

    (job,) = jobs(lab_cluster, namespace)
    assert job.metadata.name == first.body["run"]
    (container,) = job.spec.template.spec.containers
    told = {one.name: one.value for one in container.env}
    assert told["LANDBRIDGE_RUN"] == first.body["run"]
    assert '"reason": "AWS is dead"' in told["LANDBRIDGE_REQUEST"]


@pytest.mark.usefixtures("_deployed")
@pytest.mark.parametrize("override", ["force", "accept_data_loss", ""])
def test_a_request_that_is_sent_again_is_the_same_run(
    call: Call,
    lab_cluster: LabCluster,
    namespace: str,
    override: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While it is on and when it has ended: whoever replays a request starts nothing with it."""
    body = {override: True} if override else {}
    first = start(call, **body)
    assert start(call, **body).body["run"] == first.body["run"]
    monkeypatch.setattr(TakeoverJobs, "running", lambda _: "")  # the lab's Jobs have no node
    assert start(call, **body).body["run"] == first.body["run"]
    assert len(jobs(lab_cluster, namespace)) == 1
    assert start(call, incident="the next one").body["run"] != first.body["run"]


@pytest.mark.usefixtures("_deployed")
def test_a_persons_word_on_the_lock_goes_to_the_pod(
    call: Call, lab_cluster: LabCluster, namespace: str
) -> None:
    """Why the other run is dead is a part of the request, which stays with the Job."""
    start(call, take_lock="its region burns")
    (job,) = jobs(lab_cluster, namespace)
    told = {one.name: one.value for one in job.spec.template.spec.containers[0].env}
    assert json.loads(told["LANDBRIDGE_REQUEST"])["take_lock"] == "its region burns"


@pytest.mark.usefixtures("_deployed")
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"reason": ""}, "reason: missing"),
        ({"reason": 3}, "reason"),
        ({"why": "x"}, "why: there is no such field"),
        ({"force": "yes"}, "force"),
        ({"incident": " "}, "incident: empty"),
        ({"take_lock": True}, "take_lock"),
        ({"take_lock": " "}, "take_lock: empty"),
        ({"occurred_at": True}, "occurred_at"),
        ({"force": True, "incident": None}, "incident, occurred_at: missing"),
        ({"accept_data_loss": True, "occurred_at": None}, "incident, occurred_at: missing"),
        ({"take_lock": "it burns", "occurred_at": None}, "incident, occurred_at: missing"),
    ],
)
def test_a_bad_request_starts_nothing(
    call: Call, lab_cluster: LabCluster, namespace: str, body: dict[str, Any], said: str
) -> None:
    """400, the field and the remedy; no Job."""
    answered = start(call, **body)
    assert answered.status == 400
    assert said in answered.body["message"]
    assert jobs(lab_cluster, namespace) == []


def test_without_the_manifest_the_remedy_is_named(call: Call) -> None:
    """What was never applied cannot be started, and the answer says what to apply."""
    answered = start(call)
    assert answered.status == 500
    assert answered.body["remedy"] == "apply deploy/azure/takeover.yaml"


@pytest.mark.usefixtures("_deployed")
def test_a_takeover_is_shown_with_its_steps_and_its_end(call: Call, records: AzureRecords) -> None:
    """What its pod kept is what one sees, without AWS."""
    run = start(call).body["run"]
    assert shown(call, run)["ending"] is None
    step = {"name": "take_lock", "title": "Take Lock", "result": "done", "output": "{}"}
    records.keep(run, 1.0, journal={"frame": {"state": "Engage Gate"}, "steps": [step]})
    records.keep(run, 2.0, document={"ending": {"outcome": "recovered"}, "state": {}})
    seen = shown(call, run)
    assert (seen["state"], seen["ending"]) == ("Engage Gate", {"outcome": "recovered"})
    assert seen["steps"] == [{**step, "output": ""}]
    assert seen["job"] == "running"
    assert seen["lease"] is None
    records.keep(run, 3.0, lease={"reason": "run failover-1 holds the lock"})
    assert shown(call, run)["lease"] == {"reason": "run failover-1 holds the lock"}


def shown(call: Call, run: str) -> dict[str, Any]:
    """Return what the route shows of the run."""
    answered = call(takeover.read_takeover, route_params={"run": run})
    assert answered.status == 200, answered
    return dict(answered.body)


@pytest.mark.usefixtures("namespace")
def test_a_name_that_is_no_runs_is_refused(call: Call) -> None:
    """It would become a part of a path at the API server."""
    answered = call(takeover.read_takeover, route_params={"run": "../secrets/x"})
    assert answered.status == 400


def test_the_last_look_is_kept_for_a_takeover(call: Call, records: AzureRecords) -> None:
    """It comes back as it was sent; the next one takes its place."""
    assert records.read_look() is None
    for at in (5.0, 6.0):
        answered = call(look.keep_look, {"look": asdict(LOOK), "at": at})
        assert answered == (200, {"kept": at})
    assert records.read_look() == LOOK


@pytest.mark.parametrize(
    "body",
    [{}, {"look": {}, "at": 5.0}, {"look": asdict(LOOK), "at": "now"}, {"look": 3, "at": 1}],
    ids=["nothing", "empty", "time", "number"],
)
def test_a_bad_look_leaves_the_last_one(
    call: Call, records: AzureRecords, body: dict[str, Any]
) -> None:
    """400, and what was kept stays."""
    call(look.keep_look, {"look": asdict(LOOK), "at": 5.0})
    assert call(look.keep_look, body).status == 400
    assert records.read_look() == LOOK


def test_the_newest_records_come_first_and_the_oldest_go(records: AzureRecords) -> None:
    """A cluster is no archive."""
    for number in range(KEPT + 2):
        records.keep(f"takeover-{number}", float(number), record={"run": number})
    assert [one["run"] for one in records.recent(2)] == [KEPT + 1, KEPT]
    assert records.prune() == 2
    assert records.read("takeover-1", "record") is None
    assert records.read("takeover-2", "record") == {"run": 2}


def test_runs_are_listed_and_read_whole_for_the_way_home(call: Call, records: AzureRecords) -> None:
    """Newest first; a run that is on has no record yet."""
    records.keep("takeover-1", 5.0, record={"outcome": "recovered"}, document={"a": 1}, whole={})
    records.keep("takeover-2", 6.5, journal={"steps": []})
    assert call(takeover.list_takeovers) == (200, {"runs": ["takeover-2", "takeover-1"]})
    first, second = (
        call(takeover.read_record, route_params={"run": run}).body
        for run in ("takeover-1", "takeover-2")
    )
    assert first == {
        "run": "takeover-1",
        "at": 5.0,
        "ended": "",
        "record": {"outcome": "recovered"},
        "document": {"a": 1},
        "whole": {},
    }
    assert (second["at"], second["record"], second["whole"]) == (6.5, None, None)
