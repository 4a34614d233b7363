"""Both machines as the stack deploys them, executed by an interpreter inside this process.

Two independent interpreters: moto's, which is LocalStack's, and ministack's, which the lab runs.
Each step is a Python function of its event; what it raises becomes the task's error by its class's
name, as a Python Lambda reports it. Waits between attempts take no time.
"""

import json
import logging
import threading
import time
import types
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
from ministack.services import stepfunctions as ministack
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path

from lab.aws.map_concurrency import reading_the_concurrency
from landbridge.domain.history import StepRecord, read_steps
from landbridge.domain.plan import FAILBACK_STATES, FAILOVER, GAMEDAY_STATES, WAVES_STATES, Step
from tests.statemachines.scripted import Event, StepFunction

FOLDER = Path(__file__).parents[2] / "statemachines"
REGION = "us-east-1"
ACCOUNT = "000000000000"  # ministack's own, and moto takes any
DEADLINE_SECONDS = 60
POLL_SECONDS = 0.02
_MOTO = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
}


@dataclass(frozen=True)
class Run:
    """One execution that has ended; ``output`` is None where it failed."""

    status: str
    error: str
    cause: str
    output: Mapping[str, Any] | None
    calls: tuple[tuple[str, Event], ...]
    fetch_history: Callable[[], list[Mapping[str, Any]]]

    @cached_property
    def history(self) -> list[Mapping[str, Any]]:
        """Return every event; it takes as long as the run did, so only where it is looked at."""
        return self.fetch_history()

    @property
    def called(self) -> list[str]:
        """The steps in the order of their first call; the three branches' order is not fixed."""
        return list(dict.fromkeys(name for name, _ in self.calls))

    @property
    def steps(self) -> dict[str, StepRecord]:
        """The steps as landbridge itself reads them from the execution's history."""
        return {step.name: step for step in read_steps(self.history)}

    def attempts(self, step: str) -> int:
        """Return how often the step was called."""
        return [name for name, _ in self.calls].count(step)

    def event_of(self, step: str) -> Event:
        """Return the event that the step was last called with."""
        return [event for name, event in self.calls if name == step][-1]

    @property
    def ended_in(self) -> str:
        """The last state that was entered."""
        names = [event.get("stateEnteredEventDetails", {}).get("name") for event in self.history]
        return str([name for name in names if name][-1])


def function_name(step: Step) -> str:
    """Return a name for the step's function, as a stack may choose it."""
    return f"landbridge-{step.name.replace('_', '-')}"


@dataclass(frozen=True)
class Flow:
    """One machine: its name, which is its file's, and the steps that it calls."""

    name: str
    steps: tuple[Step, ...]

    @property
    def asl(self) -> Path:
        """Where its text is."""
        return FOLDER / f"{self.name}.asl.json"


FLOWS = {
    "failover": Flow("failover", FAILOVER),
    "failback": Flow("failback", FAILBACK_STATES),
    "gameday": Flow("gameday", GAMEDAY_STATES),
    "waves": Flow("waves", WAVES_STATES),
}
_STEPS = {function_name(step): step.name for flow in FLOWS.values() for step in flow.steps}


def definition(flow: Flow) -> str:
    """Return the machine's text with every placeholder filled in, as CloudFormation does it."""
    text = flow.asl.read_text(encoding="utf-8")
    for step in flow.steps:
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function_name(step)}"
        text = text.replace(f"${{{step.substitution}}}", arn)
    return text


class Machine(ABC):
    """Runs the machine: one execution at a time, one step at a time, so doubles need no lock."""

    reads_timeouts = True

    def __init__(self) -> None:
        self._functions: Mapping[str, StepFunction] = {}
        self._calls: list[tuple[str, Event]] = []
        self._one_at_a_time = threading.Lock()

    def invoke(self, function: str, event: Event) -> tuple[Any, bool]:
        """Return what a Lambda would answer, and whether it is an error."""
        step = _STEPS[function.rpartition(":")[2]]
        with self._one_at_a_time:
            self._calls.append((step, event))
            try:
                return json.loads(json.dumps(self._functions[step](event))), False
            except Exception as error:  # noqa: BLE001 - Lambda reports every error by its class
                name = getattr(error, "lambda_name", type(error).__name__)
                return {"errorType": name, "errorMessage": str(error)}, True

    def run(self, functions: Mapping[str, StepFunction], name: str, request: object) -> Run:
        """Execute the machine once under that name and return how it ended."""
        self._functions, self._calls = functions, []
        execution = self.start(name, json.dumps(request))
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not _ended(seen := self.describe(execution)):
            assert time.monotonic() < deadline, f"{name} still runs; called {self._calls}"
            time.sleep(POLL_SECONDS)
        return Run(
            status=seen["status"],
            error=seen.get("error") or "",
            cause=seen.get("cause") or "",
            output=json.loads(seen["output"]) if seen["status"] == "SUCCEEDED" else None,
            calls=tuple(self._calls),
            fetch_history=partial(self.history, execution),
        )

    @abstractmethod
    def start(self, name: str, text: str) -> str:
        """Start an execution; return its ARN."""

    @abstractmethod
    def answer(self, token: str, output: object) -> None:
        """Hand a waiting task its result."""

    @abstractmethod
    def describe(self, execution: str) -> Mapping[str, Any]:
        """Return what DescribeExecution answers."""

    @abstractmethod
    def history(self, execution: str) -> list[Mapping[str, Any]]:
        """Return every event that GetExecutionHistory answers."""


def _ended(seen: Mapping[str, Any]) -> bool:
    # Both interpreters write the status first and the rest an instant later.
    if seen["status"] == "SUCCEEDED":
        return seen.get("output") not in {None, "null"}
    return seen["status"] != "RUNNING" and "error" in seen and "cause" in seen


class MotoMachine(Machine):
    """The machine in moto's Step Functions, called through boto3."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._client: Any = boto3.client("stepfunctions", region_name=REGION)
        self._arn = self._client.create_state_machine(
            name=f"landbridge-{flow.name}",
            definition=definition(flow),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/machine",
        )["stateMachineArn"]

    def start(self, name: str, text: str) -> str:
        """Start an execution; return its ARN."""
        answer = self._client.start_execution(stateMachineArn=self._arn, name=name, input=text)
        return str(answer["executionArn"])

    def answer(self, token: str, output: object) -> None:
        """Hand a waiting task its result."""
        self._client.send_task_success(taskToken=token, output=json.dumps(output))

    def describe(self, execution: str) -> Mapping[str, Any]:
        """Return what DescribeExecution answers."""
        return dict(self._client.describe_execution(executionArn=execution))

    def history(self, execution: str) -> list[Mapping[str, Any]]:
        """Return every event that GetExecutionHistory answers."""
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=execution, includeExecutionData=True
        )
        return [event for page in pages for event in page["events"]]


class MinistackMachine(Machine):
    """The machine in ministack's Step Functions, called without its HTTP server."""

    reads_timeouts = False

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        created = _answer(
            ministack._create_state_machine(
                {
                    "name": f"landbridge-{flow.name}",
                    "definition": definition(flow),
                    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/machine",
                }
            )
        )
        self._arn = created["stateMachineArn"]

    def start(self, name: str, text: str) -> str:
        """Start an execution; return its ARN."""
        request = {"stateMachineArn": self._arn, "name": name, "input": text}
        return str(_answer(ministack._start_execution(request))["executionArn"])

    def answer(self, token: str, output: object) -> None:
        """Hand a waiting task its result."""
        _answer(ministack._send_task_success({"taskToken": token, "output": json.dumps(output)}))

    def describe(self, execution: str) -> Mapping[str, Any]:
        """Return what DescribeExecution answers."""
        return _answer(ministack._describe_execution({"executionArn": execution}))

    def history(self, execution: str) -> list[Mapping[str, Any]]:
        """Return every event that GetExecutionHistory answers."""
        request = {"executionArn": execution, "maxResults": 1000}
        events = _answer(ministack._get_execution_history(request))["events"]
        return [
            {**event, "timestamp": datetime.fromisoformat(event["timestamp"])} for event in events
        ]

    def call(self, function: str, event: Event) -> object:
        """Stand in for ministack's own call of a Lambda."""
        answer, failed = self.invoke(function, event)
        if failed:
            raise ministack._ExecutionError(answer["errorType"], json.dumps(answer))
        return answer


def no_wait(_seconds: float) -> None:
    """Stand in for time.sleep."""


def _answer(response: Any) -> dict[str, Any]:
    status, _headers, body = response
    assert status == 200, body
    return dict(json.loads(body))


@contextmanager
def machine_on_moto(flow: Flow) -> Iterator[Machine]:
    """Deploy the machine into moto; it is gone after the block."""
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    with (
        mock.patch.dict("os.environ", _CREDENTIALS),
        mock_aws(config=_MOTO),
        mock.patch.object(retrier_decl, "time", types.SimpleNamespace(sleep=no_wait)),
    ):
        machine = MotoMachine(flow)

        def invoke(
            _backend: object, name: str, _qualifier: object, body: Any, *headers: Any
        ) -> bytes:
            answer, failed = machine.invoke(name, json.loads(body))
            if failed:
                headers[1]["x-amz-function-error"] = "Unhandled"
            return json.dumps(answer).encode()

        # moto makes a client for each call, and parses each path and the machine for each use:
        # most of a run's time.
        client = boto3.client("lambda", region_name=REGION)
        with (
            mock.patch.object(WaitFunction, "_wait_interval", return_value=None),
            mock.patch.object(LambdaSimpleBackend, "invoke", invoke),
            mock.patch.object(lambda_eval_utils, "boto_client_for", return_value=client),
            mock.patch.object(json_path, "parse", cache(json_path.parse)),
            mock.patch.object(
                AmazonStateLanguageParser, "parse", cache(AmazonStateLanguageParser.parse)
            ),
        ):
            yield machine


@contextmanager
def machine_on_ministack(flow: Flow) -> Iterator[Machine]:
    """Put the machine into ministack's interpreter; it is gone after the block."""
    machine = MinistackMachine(flow)
    try:
        with (
            mock.patch.object(ministack, "_call_lambda", machine.call),
            mock.patch.object(
                ministack, "_run_map_items", reading_the_concurrency(ministack._run_map_items)
            ),
            mock.patch.object(ministack, "time", types.SimpleNamespace(sleep=no_wait)),
        ):
            yield machine
    finally:
        ministack._state_machines.clear()
        ministack._executions.clear()
