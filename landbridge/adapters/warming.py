"""Steps kept warm: loaded, with settings parsed, secrets and token at hand, before they are needed.

A cold start is part of the outage, and so is a secret that is first asked for in the middle of it.
Each minute every step is invoked with ``WARM_EVENT``, which does no step's work. What keeps a step
from being ready (a broken bundle, a wrong setting, a secret that may not be read, a token that
Entra does not give) shows in quiet times.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial, wraps
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from landbridge.adapters.aws_clients import aws_client
from landbridge.adapters.secrets import read_secret
from landbridge.adapters.tracing import Handler, traced
from landbridge.domain.settings import settings_from_environment

__all__ = ["SECRETS_VARIABLE", "WARM_EVENT", "invoke_steps", "warmable", "when_warmed"]

SECRETS_VARIABLE = "LANDBRIDGE_SECRETS"
WARM_EVENT: Mapping[str, Any] = {"warm": True}
_AT_ONCE = 6
_CONFIG = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 1})

# What a step's own modules want done: not every step asks the Function App.
_ALSO: list[Callable[[], None]] = []


def warmable(handler: Handler) -> Handler:
    """Let the handler answer ``WARM_EVENT`` with itself, doing nothing else than getting ready.

    Its work is traced under its run's id. Raises ConfigurationError, AccessDeniedError,
    SiteUnknownError or FunctionUnavailableError where it cannot get ready.
    """
    work = traced(handler)

    @wraps(handler)
    def answer(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if event != WARM_EVENT:
            return work(event, context)
        settings_from_environment(os.environ)
        for name in filter(None, os.environ.get(SECRETS_VARIABLE, "").split(",")):
            read_secret(name)
        for get_ready in _ALSO:
            get_ready()
        return dict(WARM_EVENT)

    return answer


def when_warmed(get_ready: Callable[[], None]) -> Callable[[], None]:
    """Have this called too whenever the step is warmed; it may raise what ``warmable`` may."""
    _ALSO.append(get_ready)
    return get_ready


def invoke_steps(functions: Iterable[str]) -> dict[str, str]:
    """Warm the Lambdas of those names, some at a time; return why, for each that is not ready."""
    names = list(functions)
    client = aws_client("lambda", _CONFIG)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        reasons = pool.map(partial(_invoke, client), names)
    return {name: reason for name, reason in zip(names, reasons, strict=True) if reason}


def _invoke(client: Any, name: str) -> str:
    try:
        answer = client.invoke(FunctionName=name, Payload=json.dumps(WARM_EVENT).encode())
        if not answer.get("FunctionError"):
            return ""
        error = json.loads(answer["Payload"].read())
        return f"{error.get('errorType')}: {error.get('errorMessage')}"
    except (ClientError, BotoCoreError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
