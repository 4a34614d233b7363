"""Faults of AWS and of its orchestrator, one after the other in one lab, the failover last."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lab.clouds import names
from lab.faults.region import inject
from lab.processes.waiting import wait_until
from landbridge.adapters.eks import EksApi
from landbridge.adapters.operations import Execution
from landbridge.domain.errors import AccessDeniedError, SiteUnknownError
from landbridge.domain.plan import FAILOVER, step_named
from landbridge.domain.settings import Eks
from tests.drill.way_home import end_lease
from tests.lab.faults.scene import Played, playing

pytestmark = pytest.mark.timeout(600)  # of CPU a minute, on a machine that others use too


@pytest.fixture(scope="module", name="played")
def _played() -> Iterator[Played]:
    with playing() as played:
        yield played


def invoke(played: Played, step: str, event: dict[str, Any]) -> dict[str, Any]:
    """Invoke a step as the machine does; return its answer, or Lambda's error."""
    clouds = played.clouds
    functions = clouds.aws.client("lambda", clouds.configuration.orchestrator_region)
    name = step_named(step).function_name(clouds.configuration.workload)
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event))
    return dict(json.loads(answer["Payload"].read()))


def votes_logged(played: Played) -> int:
    """Return how often the votes were counted, by the step's own log."""
    logs = (played.clouds.lab.path / "aws" / "lambda").glob("*confirm-outage-*.log")
    return sum(log.read_text().count('"message":"votes"') for log in logs)


FORCED = {
    "request": {"trigger": "manual", "reason": "a look", "planned": False, "force": True},
    "settle": "",
}


def test_step_that_crashes(played: Played) -> None:
    """Its worker is killed in the next invocation; the one after that does its work."""
    with played.fault("step-crash", "confirm_outage"):
        assert invoke(played, "confirm_outage", FORCED)["errorType"] == "Runtime.ExitError"
        assert invoke(played, "confirm_outage", FORCED)["confirmed"] is True
    (error,) = played.clouds.aws.crashes().values()
    assert "signal: killed" in error


def test_step_that_is_spared(played: Played) -> None:
    """A crash that nobody came to is over with the fault."""
    with played.fault("step-crash", "confirm_outage"):
        pass
    assert invoke(played, "confirm_outage", FORCED)["confirmed"] is True


def test_step_that_is_run_twice(played: Played) -> None:
    """One invocation, one answer, and the step's work done two times; then once again."""
    with played.fault("step-twice", "confirm_outage"):
        before = votes_logged(played)
        assert invoke(played, "confirm_outage", FORCED)["confirmed"] is True
        assert votes_logged(played) == before + 2
    invoke(played, "confirm_outage", FORCED)
    assert votes_logged(played) == before + 3


def test_drawn_step_is_its_way_s(played: Played) -> None:
    """The argument "any" is one step of the way that the drill is on, to the fault's end."""
    scene = played.scene
    with played.fault("step-twice", "any"):
        drawn = scene.kept[f"step-twice@{scene.leg}"]
        assert drawn in {step.name for step in FAILOVER}
        before = votes_logged(played)
        invoke(played, "confirm_outage", FORCED)
        assert votes_logged(played) == before + (2 if drawn == "confirm_outage" else 1)
    assert scene.kept[f"step-twice@{scene.leg}"] == drawn


def start(played: Played) -> Execution:
    """Start a failover by hand while AWS serves; return it as it ended."""
    return played.stage.start("somebody was too quick")


def test_run_that_is_stopped(played: Played) -> None:
    """The execution is aborted after the step, and the next one begins from what is true."""
    with played.fault("state-machine-restart", "observe_sites"):
        run = start(played)
    assert run.status == "ABORTED"
    assert [step.name for step in run.steps] == ["observe_sites"]
    end_lease_if_any(played)
    assert start(played).error == "OutageNotConfirmedError"


def end_lease_if_any(played: Played) -> None:
    """Let a stopped run's lock be free."""
    if played.stage.lock_holder():
        end_lease(played.stage)


def eks(played: Played) -> EksApi:
    """Return EKS as a step asks it."""
    clouds = played.clouds
    settings = Eks(
        endpoint=clouds.eks_url,
        cluster="shop",
        region="eu-west-1",
        certificate_authority=clouds.aws_cluster.ca_base64,
    )
    return EksApi(settings, 5.0)


@pytest.fixture(name="_signing")
def _signing_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "key")


@pytest.mark.usefixtures("_signing")
def test_token_that_eks_refuses(played: Played) -> None:
    """EKS answers 401, which is a refusal by name; later the orchestrator is known again."""
    path = f"/apis/apps/v1/namespaces/{names.NAMESPACE}/deployments/{names.DEPLOYMENT}"
    with (
        played.fault("token-expired", "eks"),
        pytest.raises(AccessDeniedError, match="answered 401"),
    ):
        eks(played).request("GET", path)
    assert eks(played).request("GET", path)[0] == 200


def test_control_plane_that_is_away(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators get no answer and calls are counted; users, DNS and the databases go on."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    operations, aws = played.clouds.operations, played.clouds.aws
    with played.fault("aws-control-plane-down"):
        with pytest.raises(SiteUnknownError, match="ServiceUnavailable"):
            operations.executions()
        event = {"trigger": "manual", "reason": "a look", "occurred_at": time.time()}
        with pytest.raises(SiteUnknownError, match="ServiceUnavailable"):
            operations.start(event)
        answer = invoke(played, "confirm_outage", FORCED)
        assert answer["errorType"] == "Lambda.ServiceException"
        played.stage.traffic.wait_for_writes("aws", 5, 30.0)
        assert played.stage.dns() == "aws"
        denied = aws.denied()
    assert {"lambda Invoke landbridge-orders-confirm-outage"} < set(denied)
    assert sum(denied.values()) >= 3
    assert operations.executions()
    assert invoke(played, "confirm_outage", FORCED)["confirmed"] is True


def test_region_that_returns_in_the_failover_stays_out(played: Played) -> None:
    """AWS comes back when the gate is engaged: the run ends in Azure, and AWS's database waits."""
    up, clouds = played.stage, played.clouds
    clouds.let_a_minute_pass()
    before = up.executions()
    fault_at = inject("region-loss", clouds)
    run = up.new_run(before)
    wait_until(lambda: up.gate()["state"] != "closed", "the gate", timeout_seconds=60.0)
    with played.fault("aws-returns"):
        assert clouds.aws_entry.child.running
    ended = up.end_of(run)

    assert ended.status == "SUCCEEDED", (ended.error, ended.cause)
    up.traffic.wait_for_writes("azure", 20, 60.0)
    assert (up.gate()["state"], up.dns()) == ("open", "azure")
    assert not clouds.aws_database.answers()
    verdict = up.verdict(fault_at)
    assert verdict.missing_ids == ()
    assert verdict.acknowledged_by_both_sites_in_one_epoch == 0
