"""One site's database pod and its rebuild Job, over any way to reach the cluster's API.

The Job's manifest is the operator's: ConfigMap ``orders-rebuild``, key ``job.json``. The Job is
made as it stands there, with the run's name and the operator's choice added to its environment.

Source: Kubernetes API reference, "StatefulSet", "Job", "Pod", "DeleteOptions".
"""

import json
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from landbridge.domain.database_rebuild import Action, JobState, RebuildLook
from landbridge.domain.errors import ClusterUnavailableError, ConfigurationError
from landbridge.domain.settings import DatabasePod

__all__ = ["Api", "RebuildJob"]

MERGE_PATCH = "application/merge-patch+json"
_RUN_LABEL = "landbridge/run"
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
class RebuildJob:
    """What a rebuild looks at and does in one cluster."""

    api: Api
    pod: DatabasePod

    def look(self) -> RebuildLook:
        """Return the StatefulSet, its pods, the Job and what the Job said so far."""
        found = self._stateful_set()
        job = self._get(self._jobs(self.pod.job))
        return RebuildLook(
            wanted_replicas=_wanted(found),
            pods=len(self._pods(f"app={self._set}")),
            database_ready=int(found.get("status", {}).get("readyReplicas") or 0) > 0,
            job=_state_of(job),
            job_run=_run_of(job),
            lines=self._lines() if job else (),
        )

    def stopped(self) -> bool:
        """Tell whether no pod of the database is wished for and none is left."""
        return not _wanted(self._stateful_set()) and not self._pods(f"app={self._set}")

    def act(self, action: Action, run: str, *, discard_forked_rows: bool = False) -> None:
        """Do one action of a rebuild; the ones that wait do nothing. Each may be done twice."""
        if action is Action.STOP_DATABASE:
            self.scale(0)
        elif action is Action.START_DATABASE:
            self.scale(1)
        elif action is Action.REMOVE_JOB:
            body = {"propagationPolicy": "Foreground"}
            self._change("DELETE", self._jobs(self.pod.job), body, also={_NOT_FOUND})
        elif action is Action.CREATE_JOB:
            body = self._manifest(run, discard_forked_rows=discard_forked_rows)
            self._change("POST", self._jobs(), body, also={_CONFLICT})

    def scale(self, replicas: int) -> None:
        """Let the database run (1) or stop it cleanly (0)."""
        path = f"apis/apps/v1/namespaces/{self.pod.namespace}/statefulsets/{self._set}/scale"
        self._change("PATCH", path, {"spec": {"replicas": replicas}}, content_type=MERGE_PATCH)

    @property
    def _set(self) -> str:
        return self.pod.stateful_set

    def _stateful_set(self) -> dict[str, Any]:
        found = self._get(f"apis/apps/v1/namespaces/{self.pod.namespace}/statefulsets/{self._set}")
        if found is None:
            raise ConfigurationError(
                f"StatefulSet {self.pod.namespace}/{self._set} is not there",
                "apply deploy/both/database.yaml",
            )
        return found

    def _jobs(self, name: str = "") -> str:
        path = f"apis/batch/v1/namespaces/{self.pod.namespace}/jobs"
        return f"{path}/{name}" if name else path

    def _pods(self, selector: str) -> list[dict[str, Any]]:
        query = urlencode({"labelSelector": selector})
        found = self._get(f"api/v1/namespaces/{self.pod.namespace}/pods?{query}")
        return list(found["items"]) if found else []

    def _lines(self) -> tuple[dict[str, Any], ...]:
        pods = self._pods(f"job-name={self.pod.job}")
        if not pods:
            return ()
        name = max(pods, key=lambda pod: pod["metadata"]["creationTimestamp"])["metadata"]["name"]
        path = f"/api/v1/namespaces/{self.pod.namespace}/pods/{name}/log?tailLines={_LOG_LINES}"
        status, text = self.api.request("GET", path)
        # A container that has not begun has no log yet: the server answers 400.
        return tuple(_json_lines(text)) if status < 300 else ()  # noqa: PLR2004 - HTTP's success

    def _manifest(self, run: str, *, discard_forked_rows: bool) -> dict[str, Any]:
        path = f"api/v1/namespaces/{self.pod.namespace}/configmaps/{self.pod.job}"
        stored = self._get(path)
        remedy = "apply deploy/both/rebuild.yaml"
        if stored is None or "job.json" not in stored.get("data", {}):
            raise ConfigurationError(f"ConfigMap {self.pod.job}: no job.json in it", remedy)
        try:
            body: dict[str, Any] = json.loads(stored["data"]["job.json"])
            body["metadata"] |= {"name": self.pod.job, "namespace": self.pod.namespace}
            body["metadata"].setdefault("annotations", {})[_RUN_LABEL] = run
            for container in body["spec"]["template"]["spec"]["containers"]:
                container["env"] = [
                    *container.get("env", []),
                    {"name": "RUN", "value": run},
                    {"name": "DISCARD_FORKED_ROWS", "value": str(discard_forked_rows).lower()},
                ]
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(
                f"ConfigMap {self.pod.job}: job.json: {error!r}", remedy
            ) from error
        return body

    def _get(self, path: str) -> dict[str, Any] | None:
        status, text = self.api.request("GET", f"/{path}")
        if status == _NOT_FOUND:
            return None
        return dict(self._read(f"GET {path}", status, text))

    def _change(
        self,
        method: str,
        path: str,
        body: object,
        *,
        content_type: str = "application/json",
        also: set[int] = frozenset(),  # type: ignore[assignment]
    ) -> None:
        status, text = self.api.request(method, f"/{path}", body, content_type)
        if status not in also:
            self._read(f"{method} {path}", status, text)

    def _read(self, what: str, status: int, text: str) -> dict[str, Any]:
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


def _wanted(stateful_set: dict[str, Any]) -> int:
    # A real API server leaves replicas out where they are zero.
    return int(stateful_set["spec"].get("replicas") or 0)


def _state_of(job: dict[str, Any] | None) -> JobState:
    if job is None:
        return JobState.ABSENT
    if job["metadata"].get("deletionTimestamp"):
        return JobState.REMOVING
    status = job.get("status", {})
    if status.get("succeeded"):
        return JobState.SUCCEEDED
    ended = {one["type"] for one in status.get("conditions") or [] if one["status"] == "True"}
    return JobState.FAILED if "Failed" in ended or status.get("failed") else JobState.RUNNING


def _run_of(job: dict[str, Any] | None) -> str:
    return "" if job is None else job["metadata"].get("annotations", {}).get(_RUN_LABEL, "")


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
