"""Faults of Azure's side, one after the other in one lab: AWS serves all the while."""

import contextlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
from kubernetes import client

from lab.clouds import names
from lab.clouds.cluster_setup import SiteCluster
from lab.processes.waiting import wait_until
from landbridge.adapters.function_app import FunctionApp
from landbridge.domain.errors import AccessDeniedError, FunctionUnavailableError
from landbridge.domain.settings import FunctionApp as Settings
from landbridge.domain.votes import Vote
from tests.fixed_tokens import FixedTokens
from tests.lab.faults.scene import Played, playing

pytestmark = pytest.mark.timeout(600)  # of CPU a minute, on a machine that others use too
BACK_OFF_SECONDS = 60.0
TOKEN = re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.")


@pytest.fixture(scope="module", name="played")
def _played() -> Iterator[Played]:
    with playing() as played:
        yield played


@pytest.fixture(name="app")
def _app(played: Played, monkeypatch: pytest.MonkeyPatch) -> FunctionApp:
    """Give the Function App as the orchestrator calls it."""
    clouds = played.clouds
    monkeypatch.setenv("SSL_CERT_FILE", str(clouds.authority.path))
    settings = Settings(clouds.function_host.url, "", "", "")
    return FunctionApp(settings, FixedTokens(clouds.orchestrator_token()))


def assert_well(app: FunctionApp) -> None:
    """Check that the Function App answers, whatever was wrong with it; cold it is slow."""

    def answers() -> bool:
        try:
            return bool(app.gate()["state"] == "closed")
        except FunctionUnavailableError:
            return False

    wait_until(answers, "the Function App's answer", timeout_seconds=60.0)
    assert app.probe().vote is Vote.UP


def test_function_app_that_is_down(played: Played, app: FunctionApp) -> None:
    """Nobody answers, its vote is unknown, and it serves again after the end."""
    with played.fault("azure-function-down"):
        with pytest.raises(FunctionUnavailableError, match="refused"):
            app.gate()
        assert app.probe().vote is Vote.UNKNOWN
    assert_well(app)


def test_function_app_that_errs(played: Played, app: FunctionApp) -> None:
    """Every call is answered 500 or 503, by the same error; then all is well."""
    with played.fault("azure-function-erroring", "all"):
        for _ in range(5):
            with pytest.raises(FunctionUnavailableError, match=r"answered 50[03]"):
                app.gate()
        assert app.probe().vote is Vote.UNKNOWN
    assert_well(app)


def test_function_app_that_answers_something_else(played: Played, app: FunctionApp) -> None:
    """A 200 that is no answer is none to the orchestrator, and no veto to the health checkers."""
    host = played.clouds.function_host
    with played.fault("azure-function-wrong-answer", "all"):
        for _ in range(10):
            with pytest.raises(FunctionUnavailableError):
                app.gate()
        assert app.probe().vote is Vote.UNKNOWN
        asked = len(host.symptoms())

        def vetoes_asked() -> bool:
            routes = [one["route"] for one in host.symptoms()[asked:]]
            return routes.count("GET /api/gate/veto-aws") > 10

        wait_until(vetoes_asked, "the checkers' requests")
        checks = played.clouds.dns.state()["checks"].values()
        gate = [one for one in checks if one["label"].startswith("ChecksGateVetoesAws")]
        assert [one["healthy"] for one in gate] == [True]
        assert played.stage.dns() == "aws"
    assert_well(app)


def test_function_app_that_is_slow(played: Played, app: FunctionApp) -> None:
    """Some calls are later than the orchestrator waits: that is no answer, and no refusal."""

    def outcome(_call: int) -> str:
        try:
            app.gate()
        except FunctionUnavailableError as error:
            return "late" if "timed out" in error.message else error.message
        return "answered"

    # At once: a late one takes as long as the orchestrator waits.
    with played.fault("azure-function-slow"), ThreadPoolExecutor(max_workers=20) as pool:
        assert set(pool.map(outcome, range(20))) == {"late", "answered"}
    assert_well(app)


def test_token_that_aks_refuses(played: Played, app: FunctionApp) -> None:
    """The Function App says that it may not, by that name; a new token is taken without a restart.

    The old one would have been kept for a day.
    """
    assert_well(app)
    with played.fault("token-expired", "aks"):
        with pytest.raises(AccessDeniedError, match="401 Unauthorized"):
            app.gate()
        assert app.probe().vote is Vote.UP  # AKS has no part in it
        assert played.stage.dns() == "aws"
    assert_well(app)


def test_no_token_is_in_a_log_or_an_argument(played: Played, app: FunctionApp) -> None:
    """A Lambda, a pod and a stranger showed theirs: no log and no process's arguments have one."""
    clouds = played.clouds
    assert_well(app)
    clouds.run_preflight()
    token = clouds.orchestrator_token()
    forged = FunctionApp(
        Settings(clouds.function_host.url, "", "", ""), FixedTokens(f"{token[:-8]}AAAAAAAA")
    )
    with pytest.raises(AccessDeniedError, match="a valid access token is needed"):
        forged.gate()
    logs = [file for file in clouds.lab.path.rglob("*.log") if file.is_file()]
    texts = {file: file.read_text(errors="replace") for file in logs}
    assert any("no true token: InvalidSignatureError" in text for text in texts.values())
    assert [file for file, text in texts.items() if TOKEN.search(text)] == []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            assert not TOKEN.search(" ".join(process.cmdline()))


@contextmanager
def scaling(cluster: SiteCluster) -> Iterator[Callable[[int], None]]:
    """Give what sets how many pods are wanted; at the end there are none."""
    apps, core = client.AppsV1Api(cluster.admin()), client.CoreV1Api(cluster.admin())

    def scale(replicas: int) -> None:
        body = {"spec": {"replicas": replicas}}
        apps.patch_namespaced_deployment_scale(names.DEPLOYMENT, names.NAMESPACE, body)

    try:
        yield scale
    finally:
        scale(0)
        listed = core.list_namespaced_pod
        wait_until(lambda: not listed(names.NAMESPACE, label_selector=names.PODS).items, "no pods")


def pods_of(cluster: SiteCluster) -> list[Any]:
    """Return the workload's pods."""
    core = client.CoreV1Api(cluster.admin())
    return list(core.list_namespaced_pod(names.NAMESPACE, label_selector=names.PODS).items)


def waiting_of(pod: Any) -> list[str]:
    """Return what the pod's containers wait for."""
    every = (*(pod.status.init_container_statuses or ()), *(pod.status.container_statuses or ()))
    return [one.state.waiting.reason for one in every if one.state.waiting]


def test_no_room_in_aks(played: Played, app: FunctionApp) -> None:
    """New pods stay Pending with the scheduler's words, and are bound when there is room again."""
    cluster = played.clouds.azure_cluster
    with scaling(cluster) as scale:
        with played.fault("aks-quota"):
            scale(1)
            wait_until(lambda: any(pod.waiting for pod in app.rollout().pods), "a pod that waits")
            (pod,) = app.rollout().pods
            assert (pod.phase, pod.ready) == ("Pending", False)
            insufficient = "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu."
            assert pod.waiting.startswith(insufficient)
            assert [one.spec.node_name for one in pods_of(cluster)] == [None]
        wait_until(lambda: any(one.spec.node_name for one in pods_of(cluster)), "a bound pod")


def test_image_that_is_gone(played: Played) -> None:
    """Pods that start cannot pull it; when it is back they start by themselves."""
    cluster = played.clouds.azure_cluster

    def backs_off() -> bool:
        return any("ImagePullBackOff" in waiting_of(pod) for pod in pods_of(cluster))

    def waits_for_the_database() -> bool:
        inits = [one for pod in pods_of(cluster) for one in pod.status.init_container_statuses]
        return any(one.state.running for one in inits)

    with scaling(cluster) as scale:
        with played.fault("image-pull"):
            scale(1)
            wait_until(backs_off, "ImagePullBackOff")
        wait_until(waits_for_the_database, "a started pod", timeout_seconds=BACK_OFF_SECONDS)


def test_pods_that_crash(played: Played) -> None:
    """A pod that starts ends at once, again and again; mended, it becomes ready by itself."""
    cluster = played.clouds.aws_cluster
    core = client.CoreV1Api(cluster.admin())
    with played.fault("pods-crash-loop", "aws"):
        old = pods_of(cluster)[0].metadata.name
        core.delete_namespaced_pod(old, names.NAMESPACE)

        def crashes() -> bool:
            return any("CrashLoopBackOff" in waiting_of(pod) for pod in pods_of(cluster))

        wait_until(crashes, "CrashLoopBackOff")
        played.stage.traffic.wait_for_writes("aws", 5, 30.0)  # by the pod that runs

    def all_ready() -> bool:
        ready = [
            one.ready for pod in pods_of(cluster) for one in pod.status.container_statuses or ()
        ]
        return len(ready) == played.clouds.options.replicas and all(ready)

    wait_until(all_ready, "all pods", timeout_seconds=BACK_OFF_SECONDS)


def test_none_of_them_moved_anything(played: Played) -> None:
    """AWS served through all of this, in DNS and to its users, and nothing was failed over.

    An alarm may have asked, as on a machine that is too busy to answer checkers: it was refused.
    """
    runs = [played.stage.end_of(run) for run in played.stage.executions()]
    assert [run.error for run in runs] == ["OutageNotConfirmedError"] * len(runs)
    assert played.stage.gate()["state"] == "closed"
    assert played.stage.dns() == "aws"
    played.stage.traffic.wait_for_writes("aws", 5, 30.0)
