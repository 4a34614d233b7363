"""Step Functions, as starters and GameDays need it: what runs, what ran, and starting one."""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from landbridge.adapters.aws_clients import aws_client
from landbridge.adapters.aws_errors import aws_errors, error_code
from landbridge.adapters.replaceable import replaceable
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.gameday import Leg
from landbridge.domain.history import StepRecord, read_steps, seconds_of
from landbridge.domain.starting import StartDecision

__all__ = [
    "begin_decided",
    "described_execution",
    "execution_status",
    "execution_steps",
    "executions_since",
    "running_among",
    "running_execution",
    "start_execution",
]

VARIABLE = "LANDBRIDGE_STATE_MACHINE_ARN"
# The other machines, with commas between: one of them all runs at a time.
OTHER_VARIABLE = "LANDBRIDGE_OTHER_MACHINE_ARN"
# The alias of that machine that a start is asked of. Everything else is asked of the machine, for
# an alias lists the executions alone that it started.
ALIAS_VARIABLE = "LANDBRIDGE_STATE_MACHINE_ALIAS_ARN"
_NEWEST = 50  # of each machine; a GameDay sees a handful
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})


def _machine() -> tuple[Any, str]:
    arn = os.environ.get(VARIABLE)
    if not arn:
        raise ConfigurationError(f"{VARIABLE} is not set", "deploy the stacks again")
    return aws_client("stepfunctions", _CONFIG), arn


def _machines() -> tuple[Any, list[str]]:
    client, arn = _machine()
    return client, [arn, *filter(None, os.environ.get(OTHER_VARIABLE, "").split(","))]


def running_execution() -> str:
    """Return the name of the execution of any of the machines that is on, or an empty text.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    return running_among(_machines()[1])


def running_among(machines: Iterable[str]) -> str:
    """Return the same of the machines with those ARNs; raise as ``running_execution``."""
    client = aws_client("stepfunctions", _CONFIG)
    for one in machines:
        with aws_errors("ListExecutions"):
            answer = client.list_executions(
                stateMachineArn=one, statusFilter="RUNNING", maxResults=1
            )
        if answer["executions"]:
            return str(answer["executions"][0]["name"])
    return ""


def executions_since(began_at: float) -> list[Leg]:
    """Return the executions of the machines that began at that time (epoch seconds) or later.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    client, machines = _machines()
    with aws_errors("ListExecutions"):
        rows = [
            row
            for one in machines
            for row in client.list_executions(stateMachineArn=one, maxResults=_NEWEST)["executions"]
        ]
    return [
        Leg(str(row["name"]), str(row["status"]))
        for row in rows
        if seconds_of(row["startDate"]) >= began_at
    ]


def execution_status(name: str) -> str:
    """Return Step Functions' word for how the execution stands, empty where there is none.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    for one in _machines()[1]:
        seen = described_execution(one, name)
        if seen is not None:
            return str(seen["status"])
    return ""


def described_execution(machine: str, name: str) -> Mapping[str, Any] | None:
    """Return what DescribeExecution says of an execution of that machine (ARN); None: none is.

    Raises AccessDeniedError or SiteUnknownError.
    """
    client = aws_client("stepfunctions", _CONFIG)
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
    with aws_errors(f"run {name}"):
        try:
            answer: Mapping[str, Any] = client.describe_execution(executionArn=arn)
        except ClientError as error:
            if error_code(error) != "ExecutionDoesNotExist":
                raise
            return None
    return answer


def begin_decided(decision: StartDecision, delivery: str, had: str) -> dict[str, Any]:
    """Start what was decided; return a starter's answer, ``{"started", "run", "reason"}``.

    ``delivery`` is the invocation's id, and makes each copy's input differ: StartExecution would
    answer a second call with the same name and input as if that one had started the run. ``had``
    says what a copy had, as "this request had its run". Raises as ``start_execution``.
    """
    request = {**decision.request, "delivery": delivery}
    arn = start_execution(decision.name, request) if decision.start else None
    refused_as_a_copy = decision.start and arn is None
    reason = f"{had} already: {decision.name}" if refused_as_a_copy else decision.reason
    return {"started": arn is not None, "run": decision.name, "reason": reason}


def start_execution(name: str, request: Mapping[str, Any]) -> str | None:
    """Start the execution ``name`` of the version in use; its ARN, or None for a name used before.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    client, arn = _machine()
    with aws_errors("StartExecution"):
        try:
            answer = client.start_execution(
                stateMachineArn=os.environ.get(ALIAS_VARIABLE, arn),
                name=name,
                input=json.dumps(request, sort_keys=True),
            )
        except ClientError as error:
            if error_code(error) == "ExecutionAlreadyExists":
                return None
            raise
    return str(answer["executionArn"])


@replaceable
def execution_steps(arn: str) -> list[StepRecord]:
    """Return the steps of that execution so far, with their clocks.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    client = aws_client("stepfunctions", _CONFIG)
    with aws_errors("GetExecutionHistory"):
        pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
        return read_steps(event for page in pages for event in page["events"])
