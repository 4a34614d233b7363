"""What the preflight is told of takeovers: their Job, its settings, and the timer of this app."""

import json
import os
from dataclasses import asdict
from typing import Any

from azure_functions.aks import cluster, settings
from azure_functions.timer_settings import timer_settings_from
from landbridge.adapters.cluster_jobs import Jobs
from landbridge.adapters.takeover_jobs import TakeoverJobs
from landbridge.domain.errors import ConfigurationError, LandbridgeError
from landbridge.domain.preflight.takeover import TakeoverFacts, settings_digest
from landbridge.domain.settings import VARIABLE, parse_settings
from landbridge.domain.takeover_job import LABEL

__all__ = ["takeover_facts"]

_SETTINGS = f"{LABEL}-settings"


def takeover_facts() -> dict[str, Any]:
    """Return the facts, JSON-safe; whatever cannot be seen is a reason."""
    job_reason, settings_reason, timer_reason = "", "", ""
    client_id, digest, automatic, timer_seconds = "", "", "", 0.0
    try:
        TakeoverJobs(cluster(), settings().gate_namespace).job("preflight", {})
    except LandbridgeError as error:
        job_reason = error.message
    try:
        client_id, digest = _job_settings()
    except LandbridgeError as error:
        settings_reason = error.message
    try:
        wanted = timer_settings_from(os.environ)
        automatic, timer_seconds = wanted.automatic.value, wanted.timer_seconds
    except LandbridgeError as error:
        timer_reason = error.message
    return asdict(
        TakeoverFacts(
            job_reason=job_reason,
            settings_reason=settings_reason,
            client_id=client_id,
            digest=digest,
            timer_reason=timer_reason,
            automatic=automatic,
            timer_seconds=timer_seconds,
        )
    )


def _job_settings() -> tuple[str, str]:
    namespace = settings().gate_namespace
    path = f"api/v1/namespaces/{namespace}/configmaps/{_SETTINGS}"
    found = Jobs(cluster(), namespace).get(path)
    if found is None:
        raise ConfigurationError(f"ConfigMap {_SETTINGS} is not there")
    data = found.get("data") or {}
    try:
        document = json.loads(data.get(VARIABLE, ""))
    except ValueError:
        raise ConfigurationError(f"ConfigMap {_SETTINGS}: {VARIABLE} is not JSON") from None
    return str(data.get("AZURE_CLIENT_ID", "")), settings_digest(parse_settings(document))
