"""Each minute: load every step and its secrets, so that no failover waits for a cold start.

Running it twice warms twice; it changes nothing else.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.warming import invoke_steps
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.plan import WARMED

logger = Logger()


@logger.inject_lambda_context
def lambda_handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"warm": n}``; raise ConfigurationError, which names each step that is not ready."""
    functions = [step.live_name(settings().workload) for step in WARMED]
    failures = invoke_steps(functions)
    if failures:
        reasons = "; ".join(f"{name}: {why}" for name, why in failures.items())
        raise ConfigurationError(f"steps that are not ready: {reasons}", "mend them before 3 am")
    return {"warm": len(functions)}
