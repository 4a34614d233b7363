"""Every step of a failover as a takeover calls it: the Lambda's own handler, among other places."""

import importlib
import os
import time
from functools import cache
from typing import Any

from landbridge.domain.plan import FAILOVER
from landbridge.takeover.order import order_from

__all__ = ["MODULES", "lambda_handler"]

_FOLDER = "functions"
# The Kubernetes client imports its parts when they are first used, which takes a second.
_LAZY = tuple(f"kubernetes.client.api.{part}_v1_api" for part in ("core", "apps", "coordination"))
MODULES = (*(f"{_FOLDER}.{step.name}.handler" for step in FAILOVER), *_LAZY)


@cache
def _install() -> None:
    order_from(os.environ, time.time()).places().install()


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Return what the step's own handler returns; raise what it raises."""
    _install()
    module = importlib.import_module(f"{_FOLDER}.{context.function_name}.handler")
    answer: dict[str, Any] = module.lambda_handler(event, context)
    return answer
