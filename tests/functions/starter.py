"""A starter with its machine, the other flow's machine and the runs table, as moto has them."""

import json
import types
from typing import Any

import boto3
import pytest

from landbridge.adapters import environment, executions, runs
from landbridge.domain.settings import VARIABLE
from tests.sample_settings import settings_document

REGION = "eu-central-1"
NOW = 1795424600.0
FAILOVER, FAILBACK = "landbridge-failover", "landbridge-failback"
_DEFINITION = '{"StartAt": "Wait", "States": {"Wait": {"Type": "Succeed"}}}'


class Starter:
    """The starter of one flow; ``other`` is the other flow's machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, handler: Any, own: str = FAILOVER) -> None:
        self._handler = handler
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            runs.VARIABLE: "runs",
            VARIABLE: json.dumps(settings_document()),
        }.items():
            monkeypatch.setenv(name, value)
        self._states: Any = boto3.client("stepfunctions", region_name=REGION)
        self.machine = self._make(own)
        self.other = self._make(FAILBACK if own == FAILOVER else FAILOVER)
        monkeypatch.setenv(executions.VARIABLE, self.machine)
        monkeypatch.setenv(executions.OTHER_VARIABLE, self.other)
        self._table: Any = boto3.resource("dynamodb", region_name=REGION).create_table(
            TableName="runs",
            KeySchema=[
                {"AttributeName": "run", "KeyType": "HASH"},
                {"AttributeName": "kind", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "run", "AttributeType": "S"},
                {"AttributeName": "kind", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        monkeypatch.setattr(handler, "time", types.SimpleNamespace(time=lambda: NOW))
        environment.settings.cache_clear()
        runs._table.cache_clear()
        self._requests = 0

    def look_at_too(self, monkeypatch: pytest.MonkeyPatch, name: str) -> str:
        """Make another machine that the starter looks at; return its ARN."""
        arn = self._make(name)
        monkeypatch.setenv(executions.OTHER_VARIABLE, f"{self.other},{arn}")
        return arn

    def _make(self, name: str) -> str:
        made = self._states.create_state_machine(
            name=name, definition=_DEFINITION, roleArn="arn:aws:iam::123456789012:role/machine"
        )
        return str(made["stateMachineArn"])

    def begin_other(self, name: str) -> None:
        """Let an execution of the other machine be on."""
        self._states.start_execution(stateMachineArn=self.other, name=name, input="{}")

    def hand(self, event: Any) -> dict[str, Any]:
        """Invoke the starter with an event, as a request of its own."""
        self._requests += 1
        context = types.SimpleNamespace(
            function_name="start_failover",
            memory_limit_in_mb=128,
            invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:start",
            aws_request_id=f"request-{self._requests}",
        )
        answer: dict[str, Any] = self._handler.lambda_handler(event, context)
        return answer

    def executions(self) -> list[str]:
        """Return the names of all executions; in moto, with no interpreter, they all run on."""
        listed = self._states.list_executions(stateMachineArn=self.machine)["executions"]
        return [row["name"] for row in listed]

    def end(self, name: str) -> None:
        """End an execution."""
        arn = self.machine.replace(":stateMachine:", ":execution:")
        self._states.stop_execution(executionArn=f"{arn}:{name}")

    def input_of(self, name: str) -> dict[str, Any]:
        """Return what the execution was started with."""
        arn = self.machine.replace(":stateMachine:", ":execution:")
        text = self._states.describe_execution(executionArn=f"{arn}:{name}")["input"]
        return dict(json.loads(text))

    def refusals(self) -> list[str]:
        """Return the recorded reasons, in the order of the requests."""
        rows = [row for row in self._table.scan()["Items"] if row["kind"] == "refusal"]
        rows.sort(key=lambda row: int(row["run"].rpartition("-")[2]))
        return [json.loads(row["document"])["reason"] for row in rows]
