"""The parent's own steps against two workloads' starters, machines and topics as moto has them."""

import json
import os
import types
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.report_waves import handler as report_waves
from functions.start_waves import handler as start_waves
from functions.start_workload import handler as start_workload
from functions.watch_workload import handler as watch_workload
from landbridge.adapters import executions, workload_runs
from landbridge.domain.errors import GateConflictError, SiteUnknownError
from landbridge.domain.starting import parse_request
from landbridge.domain.wave_request import WAYS, workload_event, workload_run
from landbridge.domain.wave_settings import VARIABLE, WaveSettings

REGION, ACCOUNT = "eu-central-1", "123456789012"
NOW = 1795424600.0
AT = "2026-11-23T09:03:20.000Z"
REQUEST = {
    "reason": "AWS is lost",
    "planned": False,
    "accept_data_loss": False,
    "force": False,
    "discard_forked_rows": False,
}
PARENT = "waves-manual-1"
CONTEXT = types.SimpleNamespace(
    function_name="waves",
    memory_limit_in_mb=128,
    invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:waves",
    aws_request_id="request",
)
OWN = workload_run("failover", workload_event(PARENT, REQUEST, AT), NOW)
_DEFINITION = '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}'


class Clouds:
    """Machines of orders and billing, and the parent's; ``asked`` is what starters were asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        arns = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:landbridge-"
        settings = WaveSettings({"orders": (), "billing": ("orders",)}, 5)
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            VARIABLE: settings.text(),
            workload_runs.MACHINES_VARIABLE: arns,
            workload_runs.TOPICS_VARIABLE: f"arn:aws:sns:{REGION}:{ACCOUNT}:landbridge-",
            executions.VARIABLE: f"{arns}waves",
        }.items():
            monkeypatch.setenv(name, value)
        workload_runs.wave_settings.cache_clear()
        self.states: Any = boto3.client("stepfunctions", region_name=REGION)
        ways = product(("orders", "billing"), WAYS)
        names = (*(f"{workload}-{way}" for workload, way in ways), "waves")
        self._machines = {name: self._make(f"landbridge-{name}") for name in names}
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.answer: dict[str, Any] = {"started": True, "run": "x", "reason": "manual: x"}
        monkeypatch.setattr(workload_runs, "ask_starter_named", self._ask)

    def _make(self, name: str) -> str:
        role = f"arn:aws:iam::{ACCOUNT}:role/machine"
        made = self.states.create_state_machine(name=name, definition=_DEFINITION, roleArn=role)
        return str(made["stateMachineArn"])

    def _ask(self, name: str, event: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append((name, event))
        return self.answer

    def begin(self, machine: str, name: str) -> str:
        """Let an execution be on; without an interpreter moto never ends it."""
        arn = self._machines[machine]
        return str(self.states.start_execution(stateMachineArn=arn, name=name)["executionArn"])


@pytest.fixture
def clouds(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clouds]:
    """Give two workloads in an AWS of their own."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": False}}):
        yield Clouds(monkeypatch)


def start(flow: str = "failover", workload: str = "orders") -> dict[str, Any]:
    """Run the step for a workload, as the machine calls it."""
    event = {"run": PARENT, "flow": flow, "request": REQUEST, "workload": workload, "at": AT}
    return dict(start_workload.lambda_handler(event, CONTEXT))


def test_a_workload_is_asked_for_its_run_by_its_own_starter(clouds: Clouds) -> None:
    """By the alias, with what a person would ask; the run's name is the starter's own."""
    begun = start()
    ((name, event),) = clouds.asked
    assert name == "landbridge-orders-start-failover:live"
    assert parse_request(event, NOW).incident == PARENT
    assert (begun["run"], begun["ended"]) == (OWN, False)
    start("failback", "billing")
    assert clouds.asked[1][0] == "landbridge-billing-start-failback:live"


def test_a_run_that_is_on_is_waited_for_and_no_second_one_is_asked_for(clouds: Clouds) -> None:
    """The alarm was quicker than the wave."""
    clouds.begin("orders-failover", "failover-alarm-1")
    assert start()["run"] == "failover-alarm-1"
    assert clouds.asked == []


def test_a_run_of_the_other_way_is_the_starters_refusal(clouds: Clouds) -> None:
    """Its reason is the workload's ending."""
    clouds.begin("orders-failback", "failback-manual-1")
    reason = "another run, failback-manual-1, is on already"
    clouds.answer = {"started": False, "run": "", "reason": reason}
    begun = start()
    assert (begun["run"], begun["ended"], begun["outcome"]) == ("", True, "refused")
    assert begun["reason"] == reason


def test_a_step_that_ran_before_finds_its_own_run(clouds: Clouds) -> None:
    """Its first attempt was never heard of: the run may even be over."""
    arn = clouds.begin("orders-failover", OWN)
    clouds.states.stop_execution(executionArn=arn)
    clouds.answer = {"started": False, "run": OWN, "reason": f"had its run already: {OWN}"}
    assert (start()["run"], start()["ended"]) == (OWN, False)


def test_a_run_that_got_in_between_is_found_by_the_next_attempt(
    clouds: Clouds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm started one after the look: the step is tried again, and waits for that one."""

    def late(_workload: str, _flow: str, _event: Mapping[str, Any]) -> dict[str, Any]:
        clouds.begin("orders-failover", "failover-alarm-1")
        return {"started": False, "run": "", "reason": "another run is on already"}

    monkeypatch.setattr(start_workload, "ask_workload", late)
    with pytest.raises(GateConflictError):
        start()
    assert start()["run"] == "failover-alarm-1"


def test_a_run_is_watched_to_its_end(clouds: Clouds, monkeypatch: pytest.MonkeyPatch) -> None:
    """On: the next look. Ended: its outcome. Unknown to Step Functions: an error, tried again."""
    monkeypatch.setattr(watch_workload, "LOOK_SECONDS", 0.0)
    arn = clouds.begin("billing-failover", "failover-manual-2")
    begun = {"run": "failover-manual-2", "at": NOW}
    event = {"flow": "failover", "workload": "billing", "begun": begun}
    assert watch_workload.lambda_handler(event, CONTEXT)["ended"] is False
    clouds.states.stop_execution(executionArn=arn)
    seen = watch_workload.lambda_handler(event, CONTEXT)
    assert (seen["ended"], seen["outcome"], seen["run"]) == (True, "failed", "failover-manual-2")
    with pytest.raises(SiteUnknownError, match="billing: there is no run x"):
        watch_workload.lambda_handler({**event, "begun": {**begun, "run": "x"}}, CONTEXT)


@pytest.mark.usefixtures("clouds")
def test_whoever_did_not_arrive_has_the_list_told() -> None:
    """Billing's operators hear that it was not begun, and why; those of orders heard of its run."""
    topics: Any = boto3.client("sns", region_name=REGION)
    queues: Any = boto3.client("sqs", region_name=REGION)
    heard = {}
    for name in ("orders", "billing"):
        topic = topics.create_topic(Name=f"landbridge-{name}-operators")["TopicArn"]
        heard[name] = queues.create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    arrived = {"workload": "orders", "run": "r", "outcome": "arrived", "reason": ""}
    lacking = {"workload": "billing", "run": "", "outcome": "not_begun", "reason": "it waits"}
    plan = {"flow": "failover", "endings": [arrived, lacking]}
    ending = report_waves.lambda_handler({"run": PARENT, "plan": plan}, CONTEXT)
    assert (ending["arrived"], ending["error"]) == (False, "WavesIncomplete")

    def messages(name: str) -> list[str]:
        got = queues.receive_message(QueueUrl=heard[name]).get("Messages", [])
        return [json.loads(one["Body"])["Message"] for one in got]

    assert messages("billing") == [ending["message"]]
    assert messages("orders") == []
    assert "billing: not begun: it waits" in ending["message"]


def hand(event: Any) -> dict[str, Any]:
    """Hand the parent's starter an event."""
    return dict(start_waves.lambda_handler(event, CONTEXT))


def test_a_second_parent_is_not_started_beside_the_first(
    clouds: Clouds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request is one parent, and another one is refused while it is on."""
    monkeypatch.setattr(start_waves, "time", types.SimpleNamespace(time=lambda: NOW))
    event = {"reason": "AWS is lost", "occurred_at": NOW, "flow": "failback"}
    first = hand(event)
    assert (first["started"], first["run"].partition("-")[0]) == (True, "waves")
    again, other = hand(event), hand({**event, "incident": "other"})
    assert (again["started"], other["started"]) == (False, False)
    assert other["reason"] == f"another run, {first['run']}, is on already"
    machine = os.environ[executions.VARIABLE]
    (row,) = clouds.states.list_executions(stateMachineArn=machine)["executions"]
    given = json.loads(clouds.states.describe_execution(executionArn=row["executionArn"])["input"])
    assert (given["flow"], given["reason"]) == ("failback", "AWS is lost")


@pytest.mark.parametrize(
    ("event", "words"),
    [([], "not an object"), ({"reason": "x", "flow": "up"}, "flow"), ({}, "reason: missing")],
)
def test_what_is_no_request_starts_no_parent(clouds: Clouds, event: Any, words: str) -> None:
    """The answer says why."""
    answer = hand(event)
    assert answer["started"] is False
    assert words in answer["reason"]
    assert clouds.asked == []
