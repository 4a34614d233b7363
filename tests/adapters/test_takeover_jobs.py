"""How a takeover's Job is, by its status as Kubernetes writes it."""

import json
from typing import Any

import pytest

from landbridge.adapters.takeover_jobs import TakeoverJobs
from landbridge.domain.database_rebuild import JobState

RUN = "takeover-manual-1-0123456789"


class Api:
    """A cluster with one Job in that status."""

    def __init__(self, status: dict[str, Any]) -> None:
        metadata = {"name": RUN, "annotations": {"landbridge/run": RUN}}
        self._job = {"metadata": metadata, "status": status}

    def request(self, _method: str, path: str, *_: object) -> tuple[int, str]:
        """Answer as an API server does."""
        one = path.endswith(f"/jobs/{RUN}")
        return 200, json.dumps(self._job if one else {"items": [self._job]})


def ended(kind: str) -> dict[str, Any]:
    """Return a status that ends a Job."""
    return {"conditions": [{"type": kind, "status": "True"}]}


@pytest.mark.parametrize(
    ("status", "state", "on"),
    [
        ({}, JobState.RUNNING, RUN),
        ({"active": 1, "failed": 1}, JobState.RUNNING, RUN),
        ({"failed": 3}, JobState.RUNNING, RUN),
        ({"failed": 21, **ended("Failed")}, JobState.FAILED, ""),
        ({"succeeded": 1, "failed": 1, **ended("Complete")}, JobState.SUCCEEDED, ""),
    ],
)
def test_pods_that_were_evicted_or_deleted_are_no_end_of_the_job(
    status: dict[str, Any], state: JobState, on: str
) -> None:
    """Another takes their place, and no second takeover begins beside it."""
    jobs = TakeoverJobs(Api(status), "landbridge")
    assert (jobs.state(RUN), jobs.running()) == (state, on)
