"""Jobs in one namespace of a cluster, over any way to reach its API.

Source: Kubernetes API reference, "Job", "Pod", "DeleteOptions".
"""

import json
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from landbridge.domain.database_rebuild import JobState
from landbridge.domain.errors import ClusterUnavailableError, ConfigurationError

__all__ = ["RUN_ANNOTATION", "Api", "Jobs", "run_of", "state_of", "waiting_of"]

RUN_ANNOTATION = "landbridge/run"
_NOT_FOUND, _CONFLICT = 404, 409
_LOG_LINES = 200


class Api(Protocol):
    """A cluster's API: the answer's status and text; denied and unavailable are errors."""

    def request(
        self, method: str, path: str, body: object = None, content_type: str = "application/json"
    ) -> tuple[int, str]:
        """Make one bounded request."""
        ...


@dataclass(frozen=True)
class Jobs:
    """What is asked of a namespace, and done in it; each act may be done twice."""

    api: Api
    namespace: str

    def read(self, name: str) -> dict[str, Any] | None:
        """Return a Job, or None where there is none."""
        return self.get(self._path(name))

    def create(self, body: object) -> None:
        """Create a Job; one that is there already stays as it is."""
        self.change("POST", self._path(), body, also={_CONFLICT})

    def remove(self, name: str) -> None:
        """Delete a Job, its pods first."""
        body = {"propagationPolicy": "Foreground"}
        self.change("DELETE", self._path(name), body, also={_NOT_FOUND})

    def patch(self, name: str, changes: object) -> None:
        """Change some fields of a Job; one that has gone stays gone."""
        kind = "application/merge-patch+json"
        self.change("PATCH", self._path(name), changes, content_type=kind, also={_NOT_FOUND})

    def pods(self, selector: str) -> list[dict[str, Any]]:
        """Return the pods that have these labels."""
        query = urlencode({"labelSelector": selector})
        found = self.get(f"api/v1/namespaces/{self.namespace}/pods?{query}")
        return list(found["items"]) if found else []

    def lines(self, pod: str, container: str = "") -> tuple[dict[str, Any], ...]:
        """Return the events among a container's last lines; none where it has not begun."""
        query: dict[str, object] = {"tailLines": _LOG_LINES}
        if container:
            query["container"] = container
        path = f"/api/v1/namespaces/{self.namespace}/pods/{pod}/log?{urlencode(query)}"
        status, text = self.api.request("GET", path)
        # A container that has not begun has no log yet: the server answers 400.
        return tuple(_json_lines(text)) if status < 300 else ()  # noqa: PLR2004 - HTTP's success

    def stored(self, config_map: str, key: str, remedy: str) -> Any:
        """Return the JSON under a ConfigMap's key; raise ConfigurationError where it has none."""
        found = self.get(f"api/v1/namespaces/{self.namespace}/configmaps/{config_map}")
        if found is None or key not in found.get("data", {}):
            raise ConfigurationError(f"ConfigMap {config_map}: no {key} in it", remedy)
        try:
            return json.loads(found["data"][key])
        except ValueError as error:
            raise ConfigurationError(f"ConfigMap {config_map}: {key}: {error!r}", remedy) from error

    def get(self, path: str) -> dict[str, Any] | None:
        """Return an object, or None where there is none."""
        status, text = self.api.request("GET", f"/{path}")
        if status == _NOT_FOUND:
            return None
        return _read(f"GET {path}", status, text)

    def change(
        self,
        method: str,
        path: str,
        body: object,
        *,
        content_type: str = "application/json",
        also: AbstractSet[int] = frozenset(),
    ) -> None:
        """Make one change; ``also`` are the statuses that are as good as success."""
        status, text = self.api.request(method, f"/{path}", body, content_type)
        if status not in also:
            _read(f"{method} {path}", status, text)

    def _path(self, name: str = "") -> str:
        path = f"apis/batch/v1/namespaces/{self.namespace}/jobs"
        return f"{path}/{name}" if name else path


def state_of(job: dict[str, Any] | None) -> JobState:
    """Return how the Job is."""
    if job is None:
        return JobState.ABSENT
    if job["metadata"].get("deletionTimestamp"):
        return JobState.REMOVING
    status = job.get("status", {})
    if status.get("succeeded"):
        return JobState.SUCCEEDED
    ended = {one["type"] for one in status.get("conditions") or [] if one["status"] == "True"}
    return JobState.FAILED if "Failed" in ended or status.get("failed") else JobState.RUNNING


def run_of(job: dict[str, Any] | None) -> str:
    """Return the run that the Job was made for, empty for none."""
    return "" if job is None else job["metadata"].get("annotations", {}).get(RUN_ANNOTATION, "")


def waiting_of(pod: dict[str, Any]) -> str:
    """Return what keeps a container of the pod from starting, empty where nothing does."""
    status = pod.get("status", {})
    for one in status.get("conditions") or []:
        if one["type"] == "PodScheduled" and one["status"] == "False":
            return str(one.get("message") or one.get("reason") or "no node takes the pod")
    for one in status.get("containerStatuses") or []:
        waiting = one.get("state", {}).get("waiting")
        if waiting:
            return f"container {one['name']}: {waiting.get('reason') or 'waiting'}"
    return ""


def _read(what: str, status: int, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ClusterUnavailableError(f"{what}: the answer is no JSON") from error
    if status >= 300:  # noqa: PLR2004 - HTTP's success ends there
        said = document.get("message") if isinstance(document, dict) else ""
        raise ConfigurationError(
            f"{what}: {status} {said}", "check the manifests against this version of landbridge"
        )
    return dict(document)


def _json_lines(text: str) -> list[dict[str, Any]]:
    lines = []
    for line in text.splitlines():
        try:
            document = json.loads(line)
        except ValueError:
            continue  # PostgreSQL's programs print to the same log
        if isinstance(document, dict):
            lines.append(document)
    return lines
