"""What the command line asks of the deployed half in AWS: start a run, follow it, read its end."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from landbridge.domain.errors import ConfigurationError, SiteUnknownError
from landbridge.domain.history import StepRecord, read_steps, seconds_of

__all__ = ["Execution", "Operations"]


@dataclass(frozen=True)
class Execution:
    """One run: ``status`` is Step Functions' own word; times in epoch seconds."""

    name: str
    arn: str
    status: str
    started_at: float
    ended_at: float | None
    steps: tuple[StepRecord, ...]
    state: Mapping[str, Any]
    error: str
    cause: str


class Operations:
    """The orchestrator as its CloudFormation stack names it.

    ``endpoint_url`` is None for AWS itself. Raises SiteUnknownError where AWS does not answer.
    """

    def __init__(
        self,
        stack: str,
        region: str,
        endpoint_url: str | None = None,
        credentials: Mapping[str, str] | None = None,
    ) -> None:
        self._arguments: dict[str, Any] = {
            "region_name": region,
            "endpoint_url": endpoint_url,
            **(credentials or {}),
        }
        self._stack = stack
        self._states: Any = self._client("stepfunctions")
        self._outputs: dict[str, str] | None = None

    def _client(self, service: str) -> Any:
        return boto3.client(service, **self._arguments)  # type: ignore[call-overload,unused-ignore]

    def outputs(self) -> dict[str, str]:
        """Return the stack's outputs; raise ConfigurationError where it is not deployed."""
        if self._outputs is None:
            try:
                answer = self._client("cloudformation").describe_stacks(StackName=self._stack)
            except ClientError as error:
                raise ConfigurationError(
                    f"stack {self._stack}: {error}", "deploy it: cdk deploy --all"
                ) from None
            except BotoCoreError as error:
                raise SiteUnknownError(f"CloudFormation did not answer: {error}") from error
            rows = answer["Stacks"][0].get("Outputs", [])
            self._outputs = {row["OutputKey"]: row["OutputValue"] for row in rows}
        return self._outputs

    def start(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Hand an event to the starter; return its ``{"started", "run", "reason"}``."""
        try:
            answer = self._client("lambda").invoke(
                FunctionName=self.outputs()["StarterName"], Payload=json.dumps(event)
            )
        except (ClientError, BotoCoreError) as error:
            raise SiteUnknownError(f"the starter did not answer: {error}") from error
        document: dict[str, Any] = json.loads(answer["Payload"].read())
        if "errorType" in document:
            raise SiteUnknownError(
                f"the starter failed: {document['errorType']}: {document.get('errorMessage')}"
            )
        return document

    def executions(self) -> list[str]:
        """Return the names of all executions, newest first."""
        arn = self.outputs()["StateMachineArn"]
        answer = self._states.list_executions(stateMachineArn=arn, maxResults=100)
        return [row["name"] for row in answer["executions"]]

    def execution(self, name: str) -> Execution:
        """Return one run with its steps so far."""
        arn = self.outputs()["StateMachineArn"].replace(":stateMachine:", ":execution:")
        arn = f"{arn}:{name}"
        seen = self._states.describe_execution(executionArn=arn)
        pages = self._states.get_paginator("get_execution_history").paginate(
            executionArn=arn, includeExecutionData=True
        )
        events = [event for page in pages for event in page["events"]]
        ended = seen.get("stopDate")
        return Execution(
            name=name,
            arn=arn,
            status=seen["status"],
            started_at=seconds_of(seen["startDate"]),
            ended_at=seconds_of(ended) if ended else None,
            steps=tuple(read_steps(events)),
            state=_last_state(seen, events),
            error=str(seen.get("error", "")),
            cause=str(seen.get("cause", "")),
        )


def _last_state(seen: Mapping[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    if seen.get("output"):
        return dict(json.loads(seen["output"]))
    for event in reversed(events):
        entered = event.get("stateEnteredEventDetails")
        if entered and entered.get("input"):
            return dict(json.loads(entered["input"]))
    return {}
