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
        on = [run_of(job) for job in (found or {}).get("items", []) if state_of(job) in _ON]
        return next(iter(sorted(on)), "")

    def state(self, run: str) -> JobState:
        """Return how the run's Job is."""
        return state_of(self._jobs.read(run))

    def start(self, run: str, request: Mapping[str, Any]) -> None:
        """Create the run's Job; one that is there already stays as it is."""
        manifest = self._jobs.stored(LABEL, "job.json", _REMEDY)
        job = takeover_job(manifest, namespace=self.namespace, run=run, request=request)
        self._jobs.create(job)

    @property
    def _jobs(self) -> Jobs:
        return Jobs(self.api, self.namespace)
