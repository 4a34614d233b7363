"""Other workloads' starters, machines and topics, as the parent reaches them: by their names.

Each is in the parent's own account and region. The stacks do not refer to one another, so that one
workload can be deployed, or taken away, without the others.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from landbridge.adapters.executions import described_execution, running_among
from landbridge.adapters.notifications import publish_to
from landbridge.adapters.starter import ask_starter_named
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.plan import step_named
from landbridge.domain.wave_request import WAYS
from landbridge.domain.wave_settings import WaveSettings, wave_settings_from
from landbridge.domain.wave_turns import Outcome, run_outcome

__all__ = ["ask_workload", "running_run", "tell_workload", "wave_settings", "workload_outcome"]

# How their ARNs begin, up to "landbridge-".
MACHINES_VARIABLE = "LANDBRIDGE_MACHINES"
TOPICS_VARIABLE = "LANDBRIDGE_TOPICS"


@lru_cache(maxsize=1)
def wave_settings() -> WaveSettings:
    """Return what the functions know of the deployment; raise ConfigurationError."""
    return wave_settings_from(os.environ)


def ask_workload(workload: str, flow: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Hand the event to a workload's starter; return its ``{"started", "run", "reason"}``.

    Raises AccessDeniedError or SiteUnknownError.
    """
    return ask_starter_named(step_named(f"start_{flow}").live_name(workload), event)


def running_run(workload: str) -> str:
    """Return the workload's run that is on, of either way, or an empty text.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    return running_among(_machine(workload, flow) for flow in WAYS)


def workload_outcome(workload: str, flow: str, run: str) -> tuple[Outcome | None, str] | None:
    """Return how that run ended and why, no outcome while it is on; None where there is no such.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    seen = described_execution(_machine(workload, flow), run)
    if seen is None:
        return None
    return run_outcome(str(seen["status"]), str(seen.get("error", "")), str(seen.get("cause", "")))


def tell_workload(workload: str, subject: str, message: str) -> None:
    """Send a message to a workload's operators.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    publish_to(f"{_beginning(TOPICS_VARIABLE)}{workload}-operators", subject, message)


def _machine(workload: str, flow: str) -> str:
    return f"{_beginning(MACHINES_VARIABLE)}{workload}-{flow}"


def _beginning(variable: str) -> str:
    text = os.environ.get(variable)
    if not text:
        raise ConfigurationError(f"{variable} is not set", "deploy the stacks again")
    return text
