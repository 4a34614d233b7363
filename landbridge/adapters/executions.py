"""Step Functions, as the starter needs it: what runs, and starting one execution by name."""

import json
import os
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from landbridge.domain.errors import ConfigurationError, SiteUnknownError

__all__ = ["running_execution", "start_execution"]

VARIABLE = "LANDBRIDGE_STATE_MACHINE_ARN"
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})


def _machine() -> tuple[Any, str]:
    arn = os.environ.get(VARIABLE)
    if not arn:
        raise ConfigurationError(f"{VARIABLE} is not set", "deploy the stacks again")
    return boto3.client("stepfunctions", config=_CONFIG), arn


def running_execution() -> str:
    """Return the name of the execution that is on, or an empty text."""
    client, arn = _machine()
    try:
        answer = client.list_executions(stateMachineArn=arn, statusFilter="RUNNING", maxResults=1)
    except (ClientError, BotoCoreError) as error:
        raise SiteUnknownError(f"ListExecutions: {error}") from error
    return str(answer["executions"][0]["name"]) if answer["executions"] else ""


def start_execution(name: str, request: Mapping[str, Any]) -> str | None:
    """Start the execution ``name``; return its ARN, or None where that name was used before."""
    client, arn = _machine()
    try:
        answer = client.start_execution(
            stateMachineArn=arn, name=name, input=json.dumps(request, sort_keys=True)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionAlreadyExists":
            return None
        raise SiteUnknownError(f"StartExecution: {error}") from error
    except BotoCoreError as error:
        raise SiteUnknownError(f"StartExecution: {error}") from error
    return str(answer["executionArn"])
