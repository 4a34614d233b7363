"""A rehearsal's Job in the standby's cluster: looked at, created and removed; nothing else is.

Its manifest is the operator's: ConfigMap ``orders-rehearsal``, keys ``job.json`` and
``workload.json``.
"""

from dataclasses import dataclass
from typing import Any

from landbridge.adapters.cluster_jobs import Api, Jobs, run_of, state_of, waiting_of
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.rehearsal import Begin, RehearsalLook, begin_act, removal_act
from landbridge.domain.rehearsal_job import CLONE, SMOKE, rehearsal_job

__all__ = ["RehearsalJob"]

_REMEDY = "apply deploy/azure/rehearsal.yaml"


@dataclass(frozen=True)
class RehearsalJob:
    """The Job ``name`` and the Deployment ``workload`` in one namespace."""

    api: Api
    namespace: str
    name: str
    workload: str

    def look(self, lock_holder: str) -> RehearsalLook:
        """Return the Job, its pods and what its containers said."""
        job = self._jobs.read(self.name)
        pods = self._jobs.pods(f"job-name={self.name}")
        names = tuple(sorted(pod["metadata"]["name"] for pod in pods))
        newest = max(pods, key=lambda pod: pod["metadata"]["creationTimestamp"], default=None)
        known = newest["metadata"]["name"] if newest else ""
        return RehearsalLook(
            job=state_of(job),
            job_run=run_of(job),
            pods=names,
            clone=self._jobs.lines(known, CLONE) if known else (),
            smoke=self._jobs.lines(known, SMOKE) if known else (),
            waiting=waiting_of(newest) if newest else "",
            lock_holder=lock_holder,
            where=f"{self.namespace}/{self.name}",
        )

    def begin(self, run: str, seconds: int, look: RehearsalLook) -> Begin:
        """Do what is left until ``run`` has its Job; return it."""
        act = begin_act(look, run)
        if act is Begin.REMOVE:
            self._jobs.remove(self.name)
        elif act is Begin.CREATE:
            self._jobs.create(self._manifest(run, seconds))
        return act

    def remove(self, look: RehearsalLook) -> Begin:
        """Do what is left until nothing is left; return it."""
        act = removal_act(look)
        if act is Begin.REMOVE:
            self._jobs.remove(self.name)
        return act

    @property
    def _jobs(self) -> Jobs:
        return Jobs(self.api, self.namespace)

    def _manifest(self, run: str, seconds: int) -> dict[str, Any]:
        path = f"apis/apps/v1/namespaces/{self.namespace}/deployments/{self.workload}"
        workload = self._jobs.get(path)
        if workload is None:
            raise ConfigurationError(
                f"Deployment {self.namespace}/{self.workload} is not there",
                "apply deploy/azure/orders.yaml",
            )
        return rehearsal_job(
            self._jobs.stored(self.name, "job.json", _REMEDY),
            workload,
            self._jobs.stored(self.name, "workload.json", _REMEDY),
            name=self.name,
            namespace=self.namespace,
            run=run,
            seconds=seconds,
        )
