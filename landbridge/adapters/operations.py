"""What the command line asks of the deployed half in AWS: start a run, follow it, read its end."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from landbridge.adapters.aws_errors import aws_errors, error_code
from landbridge.adapters.runs import EXPIRES, KEPT_DAYS, RECORD
from landbridge.domain.errors import ConfigurationError, SiteUnknownError, error_named
from landbridge.domain.history import StepRecord, read_steps, seconds_of
from landbridge.domain.manual_steps import BY_HAND

__all__ = ["FAILBACK", "FAILOVER", "GAMEDAY", "WAVES", "Execution", "Operations"]

FAILOVER, FAILBACK, GAMEDAY, WAVES = "failover", "failback", "gameday", "waves"
_STARTERS = {
    FAILOVER: "StarterName",
    FAILBACK: "FailbackStarterName",
    GAMEDAY: "GamedayStarterName",
    WAVES: "WavesStarterName",
}
_FUNCTION_SECONDS = 60.0  # no function of the command line's works for longer
_EVENTS_A_PAGE = 1_000  # as many as there may be: a GameDay of hours has thousands
_MACHINES = {
    FAILOVER: "StateMachineArn",
    FAILBACK: "FailbackMachineArn",
    GAMEDAY: "GamedayMachineArn",
    WAVES: "WavesMachineArn",
}


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

    ``endpoint_url`` is None for AWS itself. With ``patience_seconds`` each call is tried once and
    waits no longer for its answer, a function's own work apart; None: as boto3 does, for minutes.
    Every method raises AccessDeniedError, ConfigurationError (not deployed, no credentials), or
    SiteUnknownError: AWS did not answer.
    """

    def __init__(
        self,
        stack: str,
        region: str,
        endpoint_url: str | None = None,
        credentials: Mapping[str, str] | None = None,
        patience_seconds: float | None = None,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._arguments: dict[str, Any] = {
            "region_name": region,
            "endpoint_url": endpoint_url,
            **(credentials or {}),
        }
        self._stack = stack
        self._states: Any = self.client("stepfunctions")
        self._outputs: dict[str, str] | None = None

    def client(self, service: str) -> Any:
        """Return boto3's client of a service where the orchestrator is."""
        with aws_errors(service):
            return boto3.client(service, config=self._config(service), **self._arguments)  # type: ignore[call-overload,unused-ignore]

    def _config(self, service: str) -> Config | None:
        patience = self._patience_seconds
        if patience is None:
            return None
        work = _FUNCTION_SECONDS if service == "lambda" else 0.0
        once = {"total_max_attempts": 1}
        return Config(connect_timeout=patience, read_timeout=patience + work, retries=once)

    def outputs(self) -> dict[str, str]:
        """Return the stack's outputs; raise ConfigurationError where it is not deployed."""
        if self._outputs is None:
            answer = self._description()
            rows = answer["Stacks"][0].get("Outputs", [])
            self._outputs = {row["OutputKey"]: row["OutputValue"] for row in rows}
        return self._outputs

    def _output(self, name: str) -> str:
        value = self.outputs().get(name)
        if value is None:
            remedy = "deploy this version: cdk deploy --all"
            raise ConfigurationError(f"stack {self._stack} has no output {name}", remedy)
        return value

    def _description(self) -> dict[str, Any]:
        with aws_errors(f"stack {self._stack}"):
            client = self.client("cloudformation")
            try:
                answer: dict[str, Any] = client.describe_stacks(StackName=self._stack)
            except ClientError as error:
                # CloudFormation's word for a stack that is not there.
                if error_code(error) != "ValidationError":
                    raise
                remedy = "deploy it: cdk deploy --all"
                raise ConfigurationError(f"stack {self._stack}: {error}", remedy) from None
            return answer

    def start(self, event: Mapping[str, Any], flow: str = FAILOVER) -> dict[str, Any]:
        """Hand an event to the flow's starter; return its ``{"started", "run", "reason"}``."""
        return self.invoke(_STARTERS[flow], event)

    def invoke(self, output: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Call the function whose name is in that output; return its answer.

        Raises the error of landbridge's tree that it names, SiteUnknownError for any other.
        """
        with aws_errors(output):
            answer = self.client("lambda").invoke(
                FunctionName=self._output(output), Payload=json.dumps(event)
            )
            document: dict[str, Any] = json.loads(answer["Payload"].read())
        if "errorType" in document:
            kind, said = str(document["errorType"]), str(document.get("errorMessage"))
            raise (error_named(kind) or SiteUnknownError)(f"{output}: {kind}: {said}")
        return document

    def preflight(self) -> dict[str, Any]:
        """Look now whether a failover would work; return the report with its checks."""
        return self.invoke("PreflightName", {})

    def kept_preflight(self) -> dict[str, Any] | None:
        """Return the report that the last preflight kept, or None where there never was one."""
        table = self._output("RunsTableName")
        key = {"run": {"S": "last-preflight"}, "kind": {"S": "preflight"}}
        with aws_errors("the last preflight"):
            answer = self.client("dynamodb").get_item(TableName=table, Key=key)
        item = answer.get("Item")
        return json.loads(item["document"]["S"]) if item else None

    def rehearsal(self, action: str, **fields: object) -> dict[str, Any]:
        """Ask for one thing of a rehearsal, as ``parse_rehearsal_request`` has it."""
        return self.invoke("RehearsalName", {"action": action, **fields})

    def resequence(self, site: str, *, dry_run: bool) -> dict[str, Any]:
        """Bring a site's sequences up to their columns; return what the step returns."""
        return self.invoke("ResequenceName", {"site": site, "dry_run": dry_run})

    def note_by_hand(self, step: Mapping[str, Any]) -> None:
        """Keep what a person did beside all runs, ``{"at", "text"}``, for the history."""
        at = f"{step['at']:.3f}"
        item = {
            "run": {"S": f"{BY_HAND}-{at}"},
            "kind": {"S": BY_HAND},
            "at": {"N": at},
            EXPIRES: {"N": str(int(step["at"]) + KEPT_DAYS * 86_400)},
            RECORD: {"S": json.dumps(dict(step))},
        }
        table = self._output("RunsTableName")
        with aws_errors("the note of a step by hand"):
            self.client("dynamodb").put_item(TableName=table, Item=item)

    def decide(self, run: str, *, approved: bool, by: str) -> None:
        """Answer a failback that waits for a person.

        Raises ConfigurationError where that run waits for nobody, or not any more.
        """
        with aws_errors(f"the approval of {run}"):
            table = self.client("dynamodb")
            key = {"run": {"S": run}, "kind": {"S": "approval"}}
            answer = table.get_item(TableName=self.outputs()["RunsTableName"], Key=key)
            remedy = "see `landbridge failback --watch`"
            if "Item" not in answer:
                raise ConfigurationError(f"run {run} waits for nobody's approval", remedy)
            token = json.loads(answer["Item"]["document"]["S"])["token"]
            try:
                if approved:
                    output = json.dumps({"approved_by": by})
                    self._states.send_task_success(taskToken=token, output=output)
                else:
                    self._states.send_task_failure(
                        taskToken=token, error="ApprovalDeniedError", cause=f"rejected by {by}"
                    )
            except ClientError as error:
                if error_code(error) not in {"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"}:
                    raise
                why = f"run {run} does not wait for an approval any more"
                raise ConfigurationError(why, remedy) from None

    def running_gameday(self) -> str:
        """Return the name of the GameDay that is on, empty where none is."""
        machine = self._output(_MACHINES[GAMEDAY])
        with aws_errors("the GameDay"):
            answer = self._states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")
        return str(answer["executions"][0]["name"]) if answer["executions"] else ""

    def abort_gameday(self, *, by: str, reason: str) -> str:
        """Ask the GameDay that is on to end at the nearest safe state; return its name.

        Raises ConfigurationError where none is on.
        """
        name = self.running_gameday()
        if not name:
            raise ConfigurationError("no GameDay is on", "see landbridge status")
        with aws_errors("the GameDay"):
            item = {
                "run": {"S": name},
                "kind": {"S": "abort"},
                "at": {"N": f"{time.time():.3f}"},
                "document": {"S": json.dumps({"by": by, "reason": reason})},
            }
            self.client("dynamodb").put_item(TableName=self._output("RunsTableName"), Item=item)
        return name

    def executions(self, flow: str = FAILOVER) -> list[str]:
        """Return the names of a flow's newest executions, a hundred at most, newest first."""
        return [name for name, _ in self.begun(flow)]

    def begun(self, flow: str) -> list[tuple[str, float]]:
        """Return the same with the moment at which each began, in epoch seconds."""
        arn = self._output(_MACHINES[flow])
        with aws_errors("ListExecutions"):
            answer = self._states.list_executions(stateMachineArn=arn, maxResults=100)
        return [(row["name"], seconds_of(row["startDate"])) for row in answer["executions"]]

    def execution(self, name: str) -> Execution:
        """Return one run with its steps so far; its name begins with its flow."""
        flow = name.partition("-")[0]
        machine = self._output(_MACHINES.get(flow, _MACHINES[FAILOVER]))
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        with aws_errors(f"run {name}"):
            seen = self._states.describe_execution(executionArn=arn)
            pages = self._states.get_paginator("get_execution_history").paginate(
                executionArn=arn,
                includeExecutionData=True,
                PaginationConfig={"PageSize": _EVENTS_A_PAGE},
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
