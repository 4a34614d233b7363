"""One site's database pod and its rebuild Job, over any way to reach the cluster's API.

The Job's manifest is the operator's: ConfigMap ``orders-rebuild``, key ``job.json``. The Job is
made as it stands there, with the run's name and the operator's choice added to its environment.

Source: Kubernetes API reference, "StatefulSet".
"""

from dataclasses import dataclass
from typing import Any

from landbridge.adapters.cluster_jobs import RUN_ANNOTATION, Api, Jobs, run_of, state_of
from landbridge.domain.database_rebuild import Action, RebuildLook
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.settings import DatabasePod

__all__ = ["MERGE_PATCH", "Api", "RebuildJob"]

MERGE_PATCH = "application/merge-patch+json"
_REMEDY = "apply deploy/both/rebuild.yaml"


@dataclass(frozen=True)
class RebuildJob:
    """What a rebuild looks at and does in one cluster."""

    api: Api
    pod: DatabasePod

    def look(self) -> RebuildLook:
        """Return the StatefulSet, its pods, the Job and what the Job said so far."""
        found = self._stateful_set()
        job = self._jobs.read(self.pod.job)
        return RebuildLook(
            wanted_replicas=_wanted(found),
            pods=len(self._jobs.pods(f"app={self._set}")),
            database_ready=int(found.get("status", {}).get("readyReplicas") or 0) > 0,
            job=state_of(job),
            job_run=run_of(job),
            lines=self._lines() if job else (),
        )

    def stopped(self) -> bool:
        """Tell whether no pod of the database is wished for and none is left."""
        return not _wanted(self._stateful_set()) and not self._jobs.pods(f"app={self._set}")

    def act(self, action: Action, run: str, *, discard_forked_rows: bool = False) -> None:
        """Do one action of a rebuild; the ones that wait do nothing. Each may be done twice."""
        if action is Action.STOP_DATABASE:
            self.scale(0)
        elif action is Action.START_DATABASE:
            self.scale(1)
        elif action is Action.REMOVE_JOB:
            self._jobs.remove(self.pod.job)
        elif action is Action.CREATE_JOB:
            self._jobs.create(self._manifest(run, discard_forked_rows=discard_forked_rows))

    def scale(self, replicas: int) -> None:
        """Let the database run (1) or stop it cleanly (0)."""
        path = f"apis/apps/v1/namespaces/{self.pod.namespace}/statefulsets/{self._set}/scale"
        body = {"spec": {"replicas": replicas}}
        self._jobs.change("PATCH", path, body, content_type=MERGE_PATCH)

    @property
    def _jobs(self) -> Jobs:
        return Jobs(self.api, self.pod.namespace)

    @property
    def _set(self) -> str:
        return self.pod.stateful_set

    def _stateful_set(self) -> dict[str, Any]:
        path = f"apis/apps/v1/namespaces/{self.pod.namespace}/statefulsets/{self._set}"
        found = self._jobs.get(path)
        if found is None:
            raise ConfigurationError(
                f"StatefulSet {self.pod.namespace}/{self._set} is not there",
                "apply deploy/both/database.yaml",
            )
        return found

    def _lines(self) -> tuple[dict[str, Any], ...]:
        pods = self._jobs.pods(f"job-name={self.pod.job}")
        if not pods:
            return ()
        newest = max(pods, key=lambda pod: pod["metadata"]["creationTimestamp"])
        return self._jobs.lines(newest["metadata"]["name"])

    def _manifest(self, run: str, *, discard_forked_rows: bool) -> dict[str, Any]:
        body: dict[str, Any] = self._jobs.stored(self.pod.job, "job.json", _REMEDY)
        try:
            body["metadata"] |= {"name": self.pod.job, "namespace": self.pod.namespace}
            body["metadata"].setdefault("annotations", {})[RUN_ANNOTATION] = run
            for container in body["spec"]["template"]["spec"]["containers"]:
                container["env"] = [
                    *container.get("env", []),
                    {"name": "RUN", "value": run},
                    {"name": "DISCARD_FORKED_ROWS", "value": str(discard_forked_rows).lower()},
                ]
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(
                f"ConfigMap {self.pod.job}: job.json: {error!r}", _REMEDY
            ) from error
        return body


def _wanted(stateful_set: dict[str, Any]) -> int:
    # A real API server leaves replicas out where they are zero.
    return int(stateful_set["spec"].get("replicas") or 0)
