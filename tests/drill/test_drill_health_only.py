"""AWS looks ill while its database lives, and much of what carries the failover breaks once."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pg8000.exceptions
import pg8000.native
import pytest
from kubernetes import client

from lab.azure.ailments import Ailment
from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.clouds.options import LabOptions
from lab.faults.region import inject
from lab.processes.waiting import wait_until
from lab.sites.postgres import DATABASE
from landbridge.adapters.operations import Execution
from landbridge.domain.plan import FAILOVER
from tests.drill.ready_pods import ReadyPods
from tests.drill.stage import Stage, stage

OPTIONS = LabOptions(promotion_delay_seconds=3.0)
STEPS = {step for step in FAILOVER if step.name != "undo_failover"}
READ_ONLY = "25006"  # SQLSTATE


@dataclass(frozen=True)
class Ended:
    """A lab after its failover, and what was seen on the way."""

    stage: Stage
    fault_at: float
    run: Execution
    pods: ReadyPods
    stranger: Any


def connect_to_aws(clouds: Clouds) -> Any:
    """Open a session of the workload's role, as any forgotten client of the database may have."""
    server = clouds.aws_database
    return pg8000.native.Connection(
        "orders",
        host=server.host,
        port=server.port,
        database=DATABASE,
        password=clouds.databases.passwords.orders,
        ssl_context=clouds.authority.client_context(),
        timeout=10,
    )


def functions(clouds: Clouds) -> dict[str, str]:
    """Return the Lambda of each step of the failover, by the step's name."""
    return {step.name: step.function_name(clouds.configuration.workload) for step in STEPS}


def crash_every_step(clouds: Clouds) -> None:
    """Let each step's worker be killed in its next work, as it waits for its first answer.

    The one that promotes dies while the standby's promotion is on.
    """
    for step, function in functions(clouds).items():
        clouds.aws.crash_next(function, sent="pg_promote" if step == "promote_standby" else "")


@pytest.fixture(scope="module")
def ended() -> Iterator[Ended]:
    """Fail over from an AWS that only looks ill; every step's worker dies once on the way."""
    with ExitStack() as opened:
        up = opened.enter_context(stage(OPTIONS))
        pods = opened.enter_context(ReadyPods(up.clouds))
        stranger = connect_to_aws(up.clouds)
        opened.callback(stranger._usock.close)  # the fence has ended it: there is no farewell
        up.traffic.wait_for_writes("aws", 60, 30.0)
        up.clouds.let_a_minute_pass()
        crash_every_step(up.clouds)
        up.clouds.function_host.suffer(Ailment.FIRST_TWO_FAIL)
        before = up.executions()
        fault_at = inject("health-only", up.clouds)
        run = up.end_of(up.new_run(before))
        yield Ended(up, fault_at, run, pods, stranger)


def test_a_worker_killed_in_each_step_does_not_stop_the_failover(ended: Ended) -> None:
    """Every step's worker is killed in its work and the run recovers, with nothing missing."""
    crashes = ended.stage.clouds.aws.crashes()
    assert crashes.keys() == set(functions(ended.stage.clouds).values())
    assert [error for error in crashes.values() if "signal: killed" not in error] == []
    assert ended.run.status == "SUCCEEDED", ended.run.state
    assert {step.name: step.attempts for step in ended.run.steps if step.attempts < 2} == {}
    ended.stage.traffic.wait_for_writes("azure", 20, 30.0)
    verdict = ended.stage.verdict(ended.fault_at)
    assert verdict.missing_ids == ()
    assert verdict.acknowledged_by_both_sites_in_one_epoch == 0


def test_a_function_app_that_fails_twice_does_not_stop_the_failover(ended: Ended) -> None:
    """Each route loses an answer, then says 503, then works: one epoch and one change of each."""
    failed: dict[str, list[bool]] = {}
    for one in ended.stage.clouds.function_host.symptoms():
        failed.setdefault(one["route"], []).append(one["answer_lost"])
    for route in ("GET /api/gate", "POST /api/gate", "POST /api/lock", "POST /api/scale"):
        assert failed[route] == [True, False], route
    assert ended.run.status == "SUCCEEDED", ended.run.state
    standing = ended.stage.standing()
    assert standing.epochs == [[1, "aws"], [2, "azure"]]
    assert (standing.gate["state"], standing.gate["epoch"]) == ("open", "2")
    assert standing.gate["holder"] == ended.run.name
    assert (standing.azure_replicas, standing.dns) == (OPTIONS.replicas, "azure")
    assert ended.stage.lock_holder() == ""


def evidence_of(run: Execution) -> dict[str, Any]:
    """Return the fence's layers by name, as the run's record keeps them."""
    layers = [*run.state["moved"]["fence"]["evidence"], *run.state["stopped"]["evidence"]]
    return {one["layer"]: one for one in layers}


def test_a_database_that_lives_is_fenced(ended: Ended) -> None:
    """Read-only, sessions ended, pods at zero and the database stopped: each left its evidence."""
    evidence = evidence_of(ended.run)
    assert {layer: one["result"] for layer, one in evidence.items()} == {
        "sql": "done",
        "pods": "done",
        "database": "done",
    }
    assert evidence["sql"]["detail"].startswith("read-only, ")
    assert " sessions ended, final LSN " in evidence["sql"]["detail"]
    with pytest.raises(pg8000.exceptions.Error):
        ended.stranger.run("SELECT 1")


def test_the_stopped_database_was_shut_down_cleanly(ended: Ended) -> None:
    """No process of it is left, and its control file says that nothing has to be recovered."""
    aws = ended.stage.clouds.aws_database
    assert aws.processes() == []
    said = aws.run_program("pg_controldata", "-D", aws.data)
    assert re.search(r"^Database cluster state: +shut down$", said, re.MULTILINE)


def test_a_database_that_somebody_lets_run_again_is_held_by_the_guard(ended: Ended) -> None:
    """The stopped database's pod, wished for again, waits: Azure is active in a newer epoch."""
    clouds = ended.stage.clouds
    admin = clouds.aws_cluster.admin()
    apps, core = client.AppsV1Api(admin), client.CoreV1Api(admin)

    def scale(replicas: int) -> None:
        body = {"spec": {"replicas": replicas}}
        apps.patch_namespaced_stateful_set_scale(names.DATABASE, names.NAMESPACE, body)

    def said() -> str:
        try:
            pod = f"{names.DATABASE}-0"
            return str(core.read_namespaced_pod_log(pod, names.NAMESPACE, container="guard"))
        except client.ApiException:
            return ""

    scale(1)
    wait_until(lambda: "it waits to be rebuilt" in said(), "the guard's word", timeout_seconds=60.0)
    assert clouds.aws_database.processes() == []
    scale(0)


def test_a_fenced_database_is_read_only_however_it_is_started(ended: Ended) -> None:
    """Started past its pod and the guard, AWS's database still takes nobody's writes."""
    aws = ended.stage.clouds.aws_database
    aws.start()
    newcomer = connect_to_aws(ended.stage.clouds)
    with pytest.raises(pg8000.exceptions.DatabaseError) as refused:
        newcomer.run(
            "INSERT INTO public.orders (id, item, quantity, site)"
            " VALUES (gen_random_uuid(), 'late', 1, 'aws')"
        )
    newcomer.close()
    aws.stop()
    assert refused.value.args[0]["C"] == READ_ONLY


def test_aws_has_no_pods_after_the_fence(ended: Ended) -> None:
    """The Deployment in EKS wishes for none, and none is left."""
    admin = ended.stage.clouds.aws_cluster.admin()
    apps, core = client.AppsV1Api(admin), client.CoreV1Api(admin)
    deployment = apps.read_namespaced_deployment(names.DEPLOYMENT, names.NAMESPACE)
    assert not deployment.spec.replicas

    def pods() -> list[Any]:
        return list(core.list_namespaced_pod(names.NAMESPACE, label_selector=names.PODS).items)

    wait_until(lambda: not pods(), "end of AWS's pods")


def test_no_pod_serves_before_the_promoted_database_takes_writes(ended: Ended) -> None:
    """Promotion takes 3 s more: until writes work no pod is Ready and no order is acknowledged."""
    assert len(ended.pods.recovering) == OPTIONS.replicas
    assert set(ended.pods.recovering.values()) == {False}
    early = ended.stage.clouds.azure_database.query(
        "SELECT count(*) FROM public.orders WHERE site = 'azure' AND created_at <"
        " (SELECT written_at FROM landbridge.epoch WHERE epoch = 2)"
    )
    assert early == [[0]]
    ended.stage.traffic.wait_for_writes("azure", 1, 30.0)
    writes = [one for one in ended.stage.history().writes if one.site == "azure"]
    assert {write.epoch for write in writes} == {2}
