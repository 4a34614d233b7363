"""A starter, as another function asks it for a run."""

import json
import os
from collections.abc import Mapping
from typing import Any

from botocore.config import Config

from landbridge.adapters.aws_clients import aws_client
from landbridge.adapters.aws_errors import aws_errors
from landbridge.domain.errors import ConfigurationError, SiteUnknownError

__all__ = ["ask_starter", "ask_starter_named"]

VARIABLE = "LANDBRIDGE_STARTER_NAME"
FAILBACK_VARIABLE = "LANDBRIDGE_FAILBACK_STARTER_NAME"
# Once: the starter takes copies of one event for one, but the next minute asks again by itself.
_CONFIG = Config(connect_timeout=2, read_timeout=12, retries={"total_max_attempts": 1})


def ask_starter(event: Mapping[str, Any], flow: str = "failover") -> dict[str, Any]:
    """Hand the event to the flow's starter; return its ``{"started", "run", "reason"}``.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    variable = FAILBACK_VARIABLE if flow == "failback" else VARIABLE
    name = os.environ.get(variable)
    if not name:
        raise ConfigurationError(f"{variable} is not set", "deploy the stacks again")
    return ask_starter_named(name, event)


def ask_starter_named(name: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Do the same with the function of that name; raise AccessDeniedError or SiteUnknownError."""
    client = aws_client("lambda", _CONFIG)
    with aws_errors("the starter"):
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
        document = dict(json.loads(answer["Payload"].read()))
    if answer.get("FunctionError"):
        raise SiteUnknownError(
            f"the starter: {document.get('errorType')}: {document.get('errorMessage')}"
        )
    return document
