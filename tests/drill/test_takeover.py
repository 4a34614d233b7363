"""All of AWS is dead, its APIs too: a Job in AKS fails over by the same steps, and nothing is lost.

The tests build on one lab and run in their order.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
from kubernetes import client
from typer.testing import CliRunner

from lab.clouds import names
from lab.clouds.options import LabOptions
from lab.faults.region import LOSS, inject
from lab.processes.waiting import wait_until
from landbridge.adapters.function_app import FunctionApp
from landbridge.adapters.function_app_answers import begun_takeover
from landbridge.adapters.kept_records import cloud_records, whole_record
from landbridge.adapters.status_look import Surroundings
from landbridge.cli import reconcile
from landbridge.cli.main import app as command
from landbridge.domain.plan import FAILOVER
from landbridge.domain.settings import FunctionApp as Where
from landbridge.domain.settings import Names
from landbridge.domain.takeover_job import LABEL
from tests.drill.stage import Stage, stage

TAKEOVER_SECONDS = 90.0
STEPS = [step.name for step in FAILOVER if step.name != "undo_failover"]


@pytest.fixture(scope="module")
def up() -> Iterator[Stage]:
    """Bring a lab up with users on AWS, and take all of AWS away."""
    with stage(LabOptions()) as up:
        up.traffic.wait_for_writes("aws", 30, 30.0)
        up.clouds.aws.begin_outage()
        up.clouds.aws_cluster.refuse(names.ORCHESTRATOR_USER, "dead")
        yield up


def ask(up: Stage, method: str, route: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask the Function App, as a person with its key does."""
    host = up.clouds.function_host
    headers = {"x-functions-key": host.key}
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{host.url}/api/{route}", data, headers, method=method)  # noqa: S310 - https
    context = up.clouds.authority.client_context()
    with urlopen(request, timeout=10.0, context=context) as answer:  # noqa: S310 - https
        return dict(json.load(answer))


def test_a_takeover_recovers_with_no_api_of_aws(up: Stage) -> None:
    """The users write again, no acknowledged write is missing, and AWS was asked for nothing."""
    fault_at = inject(LOSS, up.clouds)
    run = begun_takeover(ask(up, "POST", "takeover", {"reason": "nothing of AWS answers"}))
    wait_until(
        lambda: ask(up, "GET", f"takeover/{run}")["ending"],
        "the takeover's end",
        timeout_seconds=TAKEOVER_SECONDS,
    )
    seen = ask(up, "GET", f"takeover/{run}")
    assert seen["ending"]["outcome"] == "recovered", seen["ending"]
    # The ending is kept by the step before the last two.
    assert {step["name"] for step in seen["steps"]} >= set(STEPS[: STEPS.index("record_run")])
    up.traffic.wait_for_writes("azure", 30, 30.0)
    assert up.gate()["state"] == "open"
    assert up.dns() == "azure"
    # What was asked of AWS and refused is the alarm's own way to the orchestrator, which is dead.
    asked = up.clouds.aws.denied()
    assert all("start-failover" in what for what in asked), asked
    up.traffic.stop()
    verdict = up.verdict(fault_at)
    assert (verdict.missing, verdict.acknowledged > 0) == (0, True)


def test_its_record_is_in_aks(up: Stage) -> None:
    """What happened can be read without AWS: the ending, the steps, and who held the lock."""
    wait_until(lambda: up.lock_holder() == "", "a free lock")
    core = client.CoreV1Api(up.clouds.azure_cluster.admin())
    found = core.list_namespaced_config_map(
        names.GATE_NAMESPACE, label_selector="landbridge/kind=run"
    ).items
    (kept,) = found
    assert json.loads(kept.data["record"])["outcome"] == "recovered"
    assert json.loads(kept.data["lease"])["reason"] == "nobody holds the run lock"
    assert json.loads(kept.data["journal"])["frame"]["state"] == "Recovered"


def takeovers(up: Stage) -> list[Any]:
    """Return the takeovers' Jobs."""
    batch = client.BatchV1Api(up.clouds.azure_cluster.admin())
    selector = f"app={LABEL}"
    return list(batch.list_namespaced_job(names.GATE_NAMESPACE, label_selector=selector).items)


def test_asked_again_it_finds_azure_serving(up: Stage) -> None:
    """A second takeover changes nothing and ends well."""
    # Whoever asks while the first one's pod is still there is told of that run.
    wait_until(lambda: all(job.status.succeeded for job in takeovers(up)), "the first Job's end")
    before = up.gate()
    run = begun_takeover(ask(up, "POST", "takeover", {"reason": "once more"}))
    wait_until(
        lambda: ask(up, "GET", f"takeover/{run}")["state"] == "Already On Azure",
        "the second takeover's end",
        timeout_seconds=TAKEOVER_SECONDS,
    )
    assert up.gate() == before


def test_with_aws_back_its_record_comes_home(up: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """History finds it beside AWS's own runs, and gate, DNS and epoch agree."""
    clouds = up.clouds
    clouds.aws_cluster.accept(names.ORCHESTRATOR_USER, "dead")
    clouds.aws.end_outage()
    host = clouds.function_host
    monkeypatch.setenv("SSL_CERT_FILE", str(clouds.authority.path))
    app = FunctionApp(Where(host.url, ""), key=host.key)
    around = Surroundings(
        Names(names.DOMAIN, names.WORKLOAD, names.HEALTH_AWS, names.HEALTH_AZURE),
        (clouds.name_server,),
        host.url,
        lambda: clouds.operations,
    )
    monkeypatch.setattr(reconcile, "function_app", lambda **_: app)
    monkeypatch.setattr(reconcile, "operations_of", lambda **_: clouds.operations)
    monkeypatch.setattr(reconcile, "surroundings_of", lambda **_: around)
    answer = CliRunner().invoke(command, ["reconcile", "--json"], catch_exceptions=False)
    rows = {row["name"]: row for row in json.loads(answer.output)}
    assert (rows["dns"]["result"], rows["epoch"]["result"]) == ("yes", "yes"), rows
    (run,) = [name for name, row in rows.items() if row["result"] == "copy"]
    records = {record["run"]: record for record in cloud_records(clouds.operations, 10)}
    assert records[run]["outcome"] == "recovered"
    assert "steps" in whole_record(clouds.operations, run)
