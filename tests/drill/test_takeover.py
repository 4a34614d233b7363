"""All of AWS is dead, its APIs too: a Job in AKS fails over by the same steps, and nothing is lost.

The tests build on one lab and run in their order, from the outage to the way home.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from kubernetes import client
from typer.testing import CliRunner

from lab.clouds import names
from lab.clouds.identities import DATABASE_CLIENT
from lab.clouds.options import LabOptions
from lab.drill.evidence import find_in
from lab.faults.region import LOSS, inject, restore
from lab.processes.waiting import wait_until
from lab.users.verdict import judge
from landbridge.adapters.function_app import FunctionApp
from landbridge.adapters.kept_records import cloud_records, whole_record
from landbridge.adapters.status_look import Surroundings
from landbridge.cli import reconcile
from landbridge.cli.main import app as command
from landbridge.domain.plan import FAILOVER
from landbridge.domain.settings import Names
from landbridge.domain.takeover_job import LABEL
from tests.drill.stage import Stage, stage
from tests.drill.way_home import go_home

TIMER_SECONDS = 60.0
TAKEOVER_SECONDS = 90.0
STEPS = [step.name for step in FAILOVER if step.name != "undo_failover"]
WHY = {"reason": "nothing of AWS answers"}


@dataclass
class Alone:
    """A lab whose AWS is gone; ``app`` is the Function App, asked as a person."""

    stage: Stage
    app: FunctionApp
    fault_at: float = 0.0

    def jobs(self) -> list[Any]:
        """Return the takeovers' Jobs."""
        batch = client.BatchV1Api(self.stage.clouds.azure_cluster.admin())
        found = batch.list_namespaced_job(names.GATE_NAMESPACE, label_selector=f"app={LABEL}")
        return list(found.items)

    def kill_pod(self, run: str) -> None:
        """Take the run's pod away, once it has begun to act."""
        wait_until(lambda: self.app.takeover(run)["steps"], "the run's first steps")
        core = client.CoreV1Api(self.stage.clouds.azure_cluster.admin())
        found = core.list_namespaced_pod(names.GATE_NAMESPACE, label_selector=f"job-name={run}")
        for pod in found.items:
            core.delete_namespaced_pod(
                pod.metadata.name, names.GATE_NAMESPACE, grace_period_seconds=0
            )

    def ended(self, run: str) -> dict[str, Any]:
        """Return the run when its machine has ended."""
        seen: dict[str, Any] = {}

        def over() -> bool:
            seen.update(self.app.takeover(run))
            return bool(seen["ended"])

        wait_until(over, "the takeover's end", timeout_seconds=TAKEOVER_SECONDS)
        return seen


@pytest.fixture(scope="module")
def alone() -> Iterator[Alone]:
    """Bring a lab up with users on AWS, and take every API of AWS away."""
    with (
        stage(LabOptions(automatic="on", timer_seconds=10)) as up,
        pytest.MonkeyPatch.context() as told,
    ):
        told.setenv("SSL_CERT_FILE", str(up.clouds.authority.path))
        up.traffic.wait_for_writes("aws", 30, 30.0)
        up.clouds.aws.begin_outage()
        up.clouds.aws_cluster.refuse(names.ORCHESTRATOR_USER, "dead")
        yield Alone(up, up.clouds.person_function_app())


def status_of(alone: Alone, method: str, route: str, headers: dict[str, str]) -> int:
    """Return the code that a request gets from the Function App."""
    url = f"{alone.stage.clouds.function_host.url}/api/{route}"
    data = json.dumps(WHY).encode() if method == "POST" else None
    try:
        with urlopen(Request(url, data, headers, method=method), timeout=10.0) as answer:  # noqa: S310 - https
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_who_may_not_starts_nothing(alone: Alone) -> None:
    """Nobody, a key, and a database's own token: none of them begins a takeover or sees one."""
    entra = alone.stage.clouds.entra
    refused = {
        "nobody": {},
        "a key": {"x-functions-key": "a-key"},
        "the guard": {"Authorization": f"Bearer {entra.token(DATABASE_CLIENT)}"},
    }
    codes = {
        who: [
            status_of(alone, "POST", "takeover", headers),
            status_of(alone, "GET", "takeovers", headers),
        ]
        for who, headers in refused.items()
    }
    assert codes == {"nobody": [401, 401], "a key": [401, 401], "the guard": [403, 403]}
    assert alone.jobs() == []


def test_the_timer_recovers_with_no_api_of_aws(alone: Alone) -> None:
    """Two vantages see it; the users write again, and AWS was asked for nothing.

    Its pod is killed on the way, and whoever asks meanwhile is told of that run.
    """
    up = alone.stage
    alone.fault_at = inject(LOSS, up.clouds)
    wait_until(alone.jobs, "the timer's takeover", timeout_seconds=TIMER_SECONDS)
    run = alone.app.start_takeover(WHY)["run"]
    assert run.startswith("takeover-timer-")
    alone.kill_pod(run)
    seen = alone.ended(run)
    assert seen["ending"]["outcome"] == "recovered", seen["ending"]
    # The ending is kept by the step before the last two.
    assert {step["name"] for step in seen["steps"]} >= set(STEPS[: STEPS.index("record_run")])
    up.traffic.wait_for_writes("azure", 30, 30.0)
    assert up.gate()["state"] == "open"
    assert up.dns() == "azure"
    # What was asked of AWS and refused is the alarm's own way to the orchestrator, which is dead.
    asked = up.clouds.aws.denied()
    assert all("start-failover" in what for what in asked), asked
    verdict = up.verdict(alone.fault_at)
    assert (verdict.missing, verdict.acknowledged > 0) == (0, True)


def test_its_record_is_in_aks(alone: Alone) -> None:
    """What happened can be read without AWS: the ending, the steps, and who held the lock."""
    wait_until(lambda: alone.stage.lock_holder() == "", "a free lock")
    core = client.CoreV1Api(alone.stage.clouds.azure_cluster.admin())
    (kept,) = core.list_namespaced_config_map(
        names.GATE_NAMESPACE, label_selector="landbridge/kind=run"
    ).items
    assert json.loads(kept.data["record"])["outcome"] == "recovered"
    assert json.loads(kept.data["lease"])["reason"] == "nobody holds the run lock"
    journal = json.loads(kept.data["journal"])
    assert (journal["frame"]["state"], journal["started"]) == ("Recovered", 2)


def test_asked_again_it_finds_azure_serving(alone: Alone) -> None:
    """A second takeover changes nothing and ends well."""
    # Whoever asks while the first one's pod is still there is told of that run.
    wait_until(lambda: all(job.status.succeeded for job in alone.jobs()), "the first Job's end")
    before = alone.stage.gate()
    run = alone.app.start_takeover({"reason": "once more"})["run"]
    assert alone.ended(run)["state"] == "Already On Azure"
    assert alone.stage.gate() == before


def test_with_aws_back_its_record_comes_home(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    """History finds it beside AWS's own runs, and gate, DNS and epoch agree."""
    clouds = alone.stage.clouds
    clouds.aws_cluster.accept(names.ORCHESTRATOR_USER, "dead")
    clouds.aws.end_outage()
    around = Surroundings(
        Names(names.DOMAIN, names.WORKLOAD, names.HEALTH_AWS, names.HEALTH_AZURE),
        (clouds.name_server,),
        clouds.function_host.url,
        lambda: clouds.operations,
    )
    monkeypatch.setattr(reconcile, "function_app", lambda **_: alone.app)
    monkeypatch.setattr(reconcile, "operations_of", lambda **_: clouds.operations)
    monkeypatch.setattr(reconcile, "surroundings_of", lambda **_: around)
    answer = CliRunner().invoke(command, ["reconcile", "--json"], catch_exceptions=False)
    rows = {row["name"]: row for row in json.loads(answer.output)}
    assert (rows["dns"]["result"], rows["epoch"]["result"]) == ("yes", "yes"), rows
    (run,) = [name for name, row in rows.items() if row["result"] == "copy"]
    records = {record["run"]: record for record in cloud_records(clouds.operations, 10)}
    assert records[run]["outcome"] == "recovered"
    assert "steps" in whole_record(clouds.operations, run)


def test_the_way_home_is_as_after_any_failover(alone: Alone) -> None:
    """AWS is a standby of Azure, then serves again; every acknowledged write is there."""
    up = alone.stage
    restore(up.clouds, LOSS)
    up.clouds.warm_steps()
    run = go_home(up)
    assert run.status == "SUCCEEDED", (run.error, run.cause, [one.name for one in run.steps])
    up.traffic.wait_for_writes("aws", 20, 30.0)
    assert (up.gate()["state"], up.dns()) == ("closed", "aws")
    up.traffic.stop()
    verdict = judge(up.history(), find_in(up.clouds, "aws"), fault_at=alone.fault_at)
    assert verdict.missing == 0
