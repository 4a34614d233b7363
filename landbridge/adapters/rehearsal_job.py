"""A rehearsal's Job in the standby's cluster: looked at, created and removed; nothing else is.

Its manifest is the operator's: ConfigMap ``orders-rehearsal``, keys ``job.json`` and
``workload.json``.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from landbridge.adapters.cluster_jobs import Api, Jobs, run_of, state_of, waiting_of
from landbridge.domain.database_rebuild import JobState
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.rehearsal import (
    Begin,
    RehearsalLook,
    begin_act,
    deadline_seconds,
    removal_act,
)
from landbridge.domain.rehearsal_job import CLONE, SMOKE, WATCHED_ANNOTATION, rehearsal_job

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
        """Return the Job, its pods with their disks, and what its containers said."""
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
            claims=self._claims(),
            watched_seconds=_watched_seconds(job),
        )

    def begin(self, run: str, seconds: int, look: RehearsalLook) -> Begin:
        """Do what is left until ``run`` has its Job; return it."""
        act = begin_act(look, run)
        if act is Begin.REMOVE:
            self._jobs.remove(self.name)
        elif act is Begin.CREATE:
            self._jobs.create(self._manifest(run, seconds))
        return act

    def watch(self, run: str, seconds: int, look: RehearsalLook) -> None:
        """Let ``run``'s Job go on for a lease more; one that is another's, or none, is left alone.

        Kubernetes takes a new ``activeDeadlineSeconds`` of a Job that runs.
        """
        job = self._jobs.read(self.name)
        if job is None or run_of(job) != run or look.job is not JobState.RUNNING:
            return
        now = time.time()
        began_at = datetime.fromisoformat(job["metadata"]["creationTimestamp"]).timestamp()
        self._jobs.patch(
            self.name,
            {
                "metadata": {"annotations": {WATCHED_ANNOTATION: f"{now:.3f}"}},
                "spec": {"activeDeadlineSeconds": deadline_seconds(now - began_at, seconds)},
            },
        )

    def remove(self, look: RehearsalLook, run: str = "") -> Begin:
        """Do what is left until nothing is left, as ``removal_act`` has it; return it."""
        act = removal_act(look, run)
        if act is Begin.REMOVE:
            self.end()
        return act

    def end(self) -> None:
        """Delete the Job, whoever's it is: one request, and no look before it."""
        self._jobs.remove(self.name)

    @property
    def _jobs(self) -> Jobs:
        return Jobs(self.api, self.namespace)

    def _claims(self) -> tuple[str, ...]:
        # Of a generic ephemeral volume; named after its pod (Kubernetes, "Ephemeral Volumes").
        path = f"api/v1/namespaces/{self.namespace}/persistentvolumeclaims"
        found = (self._jobs.get(path) or {}).get("items", [])
        names = [str(one["metadata"]["name"]) for one in found]
        return tuple(sorted(name for name in names if name.startswith(f"{self.name}-")))

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
            watched_at=time.time(),
        )


def _watched_seconds(job: Mapping[str, Any] | None) -> float | None:
    said = "" if job is None else job["metadata"].get("annotations", {}).get(WATCHED_ANNOTATION, "")
    try:
        return max(0.0, time.time() - float(said))
    except ValueError:
        return None
