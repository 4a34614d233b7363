"""Takeovers' Jobs in AKS: which one is on, and starting one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.adapters.cluster_jobs import Api, Jobs, run_of, state_of
from landbridge.domain.database_rebuild import JobState
from landbridge.domain.takeover_job import LABEL, takeover_job

__all__ = ["TakeoverJobs"]

_REMEDY = "apply deploy/azure/takeover.yaml"
# A Job that is being removed still has its pod.
_ON = frozenset({JobState.RUNNING, JobState.REMOVING})


@dataclass(frozen=True)
class TakeoverJobs:
    """The Jobs in the gate's namespace."""

    api: Api
    namespace: str

    def running(self) -> str:
        """Return the run of the takeover that is on, empty where none is."""
        path = f"apis/batch/v1/namespaces/{self.namespace}/jobs?labelSelector=app%3D{LABEL}"
        found = self._jobs.get(path)
        on = [run_of(job) for job in (found or {}).get("items", []) if _state(job) in _ON]
        return next(iter(sorted(on)), "")

    def state(self, run: str) -> JobState:
        """Return how the run's Job is."""
        return _state(self._jobs.read(run))

    def start(self, run: str, request: Mapping[str, Any]) -> None:
        """Create the run's Job; one that is there already stays as it is."""
        self._jobs.create(self.job(run, request))

    def job(self, run: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the Job that would be created; raise ConfigurationError where it cannot be."""
        manifest = self._jobs.stored(LABEL, "job.json", _REMEDY)
        return takeover_job(manifest, namespace=self.namespace, run=run, request=request)

    @property
    def _jobs(self) -> Jobs:
        return Jobs(self.api, self.namespace)


def _state(job: dict[str, Any] | None) -> JobState:
    # A pod that was evicted or deleted counts as failed, and another takes its place: what ends a
    # Job is its condition (Kubernetes API reference, "JobStatus").
    if job is None:
        return JobState.ABSENT
    status = {name: value for name, value in job.get("status", {}).items() if name != "failed"}
    return state_of({**job, "status": status})
