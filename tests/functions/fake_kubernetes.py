"""One site's cluster by its API: the workload's Deployment, the database's pod, the rebuild Job.

What the controllers and the kubelet do happens when somebody looks, a stage at a time. The guard's
rule, the choice of a method and the export are landbridge's own.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from landbridge.domain.gate import Gate
from landbridge.domain.old_primary import may_start_as_primary
from landbridge.domain.rebuild_method import (
    Method,
    RebuildEvidence,
    choose_methods,
    may_hold_forked_rows,
)
from landbridge.domain.timeline_history import common_fork
from tests.functions.fake_database import FakeDatabase

__all__ = ["FakeJob", "FakeKubernetes"]

_MANIFEST = {
    "metadata": {},
    "spec": {"template": {"spec": {"containers": [{"name": "rebuild"}]}}},
}
_RUN = "landbridge/run"


@dataclass
class FakeJob:
    """The rebuild Job: running, succeeded, failed or removing."""

    run: str
    discard: bool
    state: str = "running"
    lines: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class FakeKubernetes:
    """``replicas`` are the workload's pods, ``database_replicas`` 0 or 1; ``stopping`` is a pod."""

    database: FakeDatabase
    replicas: int
    database_replicas: int = 1
    stopping: bool = False
    job: FakeJob | None = None
    look: dict[str, str] = field(default_factory=dict)  # the last one at the primary

    def copied(self, database: FakeDatabase) -> "FakeKubernetes":
        """Return a copy whose database pod has that data."""
        job = None if self.job is None else replace(self.job, lines=list(self.job.lines))
        return replace(self, database=database, job=job)

    def request(self, method: str, path: str, body: Any = None, *_rest: Any) -> tuple[int, str]:
        """Answer one request as an API server does."""
        path = unquote(path).removeprefix("/")
        for verb, pattern, answer in _ROUTES:
            if verb == method and (found := re.fullmatch(pattern, path)):
                status, document = answer(self, found, body)
                text = document if isinstance(document, str) else json.dumps(document)
                return status, text
        raise AssertionError(f"{method} {path} is nothing that landbridge asks")

    def settle(self, gate: Gate) -> None:
        """Let the kubelet start the database's pod, if it shall run and its guard lets it."""
        working = self.job is not None and self.job.state == "running"
        if self.database_replicas and not self.database.up and not working:
            self.stopping = False
            epoch = self.database.epoch
            starts, _why = may_start_as_primary(self.database.site, gate, lambda: epoch)
            if self.database.in_recovery or starts:
                self.database.start()

    # What each path answers.

    def _stateful_set(self, _found: re.Match[str], _body: object) -> tuple[int, Any]:
        ready = int(self.database.up and bool(self.database_replicas))
        document = {
            "spec": {"replicas": self.database_replicas},
            "status": {"readyReplicas": ready},
        }
        return 200, document

    def _scale_database(self, _found: re.Match[str], body: Any) -> tuple[int, Any]:
        self.database_replicas = body["spec"]["replicas"]
        if not self.database_replicas:
            self.stopping = self.stopping or self.database.up
            self.database.stop(clean=True)
        return 200, {}

    def _kept(self, _found: re.Match[str], body: Any) -> tuple[int, Any]:
        self.look = body["data"]
        return 200, {}

    def _pods(self, found: re.Match[str], _body: object) -> tuple[int, Any]:
        if found["selector"] == "app=orders":
            return 200, {"items": [self._pod(f"orders-{n}") for n in range(self.replicas)]}
        if found["selector"] == "app=orders-database":
            count = int(self.stopping or bool(self.database_replicas))
            self.stopping = False  # it is gone at the next look
            return 200, {"items": [{}] * count}
        assert found["selector"] == "job-name=orders-rebuild"
        name = {"name": "orders-rebuild-0", "creationTimestamp": "2026-01-01T00:00:00Z"}
        return 200, {"items": [{"metadata": name}] if self.job else []}

    def _pod(self, name: str) -> dict[str, Any]:
        ready = "True" if self.database.takes_writes else "False"
        status = {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]}
        return {"metadata": {"name": name, "namespace": "orders"}, "status": status}

    def _deployment(self, _found: re.Match[str], _body: object) -> tuple[int, Any]:
        ready = self.replicas if self.database.takes_writes else 0
        spec = {"replicas": self.replicas, "selector": {"matchLabels": {"app": "orders"}}}
        status = {"readyReplicas": ready, "observedGeneration": 1}
        return 200, {"metadata": {"generation": 1}, "spec": spec, "status": status}

    def _scale(self, _found: re.Match[str], body: Any) -> tuple[int, Any]:
        self.replicas = body["spec"]["replicas"]
        return 200, {"spec": {"replicas": self.replicas}}

    def _read_job(self, _found: re.Match[str], _body: object) -> tuple[int, Any]:
        if self.job is None:
            return 404, {}
        job, metadata = self.job, {"annotations": {_RUN: self.job.run}}
        status: dict[str, Any] = {}
        if job.state == "removing":
            self.job, metadata["deletionTimestamp"] = None, {}
        elif job.state == "running":
            _work(self.database, job)  # and this look still sees it at work
        elif job.state == "succeeded":
            status = {"succeeded": 1}
        else:
            status = {"failed": 1, "conditions": [{"type": "Failed", "status": "True"}]}
        return 200, {"metadata": metadata, "status": status}

    def _create_job(self, _found: re.Match[str], body: Any) -> tuple[int, Any]:
        if self.job is not None:
            return 409, {"message": "there is one"}
        (container,) = body["spec"]["template"]["spec"]["containers"]
        told = {one["name"]: one["value"] for one in container["env"]}
        assert told["RUN"] == body["metadata"]["annotations"][_RUN]
        self.job = FakeJob(told["RUN"], discard=told["DISCARD_FORKED_ROWS"] == "true")
        return 201, {}

    def _remove_job(self, _found: re.Match[str], _body: object) -> tuple[int, Any]:
        if self.job is None:
            return 404, {}
        self.job.state = "removing"
        return 200, {}

    def _manifest(self, _found: re.Match[str], _body: object) -> tuple[int, Any]:
        return 200, {"data": {"job.json": json.dumps(_MANIFEST)}}

    def _log(self, _found: re.Match[str], _body: object) -> tuple[int, Any]:
        return 200, "\n".join(json.dumps(line) for line in (self.job.lines if self.job else []))


def _work(database: FakeDatabase, job: FakeJob) -> None:
    """Make the stopped database its peer's standby, as the Job does, by landbridge's own choice."""
    assert not database.up, "two never write to one volume"
    source = database.peer
    assert source is not None
    if not source.up or source.in_recovery:
        job.state = "failed"
        job.lines.append({"event": "failed", "message": "the serving site does not answer"})
        return
    evidence = _evidence(database, source)
    choice = choose_methods(evidence)[0]
    forked: list[str] = []
    if may_hold_forked_rows(evidence) and not job.discard:
        assert evidence.fork is not None, "where the two parted could not be read"
        records = [record for record in database.log if record.end > evidence.fork]
        forked = [record.key for record in records if record.table == "row"]
        database.exported |= set(forked)
    source.slots.add(database.site)
    if choice.method is not Method.FOLLOW:
        database.log, database.rows = list(source.log), dict(source.rows)
        database.epochs, database.heartbeat_at = dict(source.epochs), source.heartbeat_at
        database.timeline, database.ended = source.timeline, source.ended
        database.behind, database.received = dict(source.behind), source.lsn
    elif not database.in_recovery:
        database.received = database.lsn
    # The standby's settings replace what was there.
    database.in_recovery, database.read_only = True, False
    database.synchronous_standby_names, database.pending = "", {}
    database.replay_stuck_at, database.replay_paused = None, False
    job.state = "succeeded"
    said = {"method": choice.method.value, "why": choice.why, "forked_rows": len(forked)}
    where = f"export/{job.run}" if forked else ""
    job.lines.append({"event": "rebuilt", **said, "bytes": 1, "seconds": 1.0, "export": where})


def _evidence(database: FakeDatabase, source: FakeDatabase) -> RebuildEvidence:
    fork = common_fork(database.history, source.history)
    stopped = "shut down in recovery" if database.in_recovery else "shut down"
    return RebuildEvidence(
        present=True,
        source_system="1",
        source_timeline=source.timeline,
        source_position=source.lsn,
        system="1",
        state=stopped if database.clean else "in production",
        standby_signal=database.in_recovery,
        timeline=database.timeline,
        related=fork is not None,
        fork=fork.lsn if fork else None,
        local_end=database.position,
        source_has_wal=database.site in source.slots,
        checksums=True,
        full_page_writes=True,
    )


_Answer = Callable[[FakeKubernetes, re.Match[str], Any], tuple[int, Any]]
_APPS, _CORE = "apis/apps/v1/namespaces/orders", "api/v1/namespaces/orders"
_JOBS = "apis/batch/v1/namespaces/orders/jobs"
_ROUTES: tuple[tuple[str, str, _Answer], ...] = (
    ("GET", rf"{_APPS}/statefulsets/orders-database", FakeKubernetes._stateful_set),
    ("PATCH", rf"{_APPS}/statefulsets/orders-database/scale", FakeKubernetes._scale_database),
    ("GET", rf"{_APPS}/deployments/orders", FakeKubernetes._deployment),
    ("PATCH", rf"{_APPS}/deployments/orders/scale", FakeKubernetes._scale),
    ("GET", rf"{_CORE}/pods\?labelSelector=(?P<selector>[^&]*)", FakeKubernetes._pods),
    ("GET", rf"{_CORE}/pods/[^/]*/log\?.*", FakeKubernetes._log),
    ("GET", rf"{_CORE}/configmaps/orders-rebuild", FakeKubernetes._manifest),
    ("GET", rf"{_JOBS}/orders-rebuild", FakeKubernetes._read_job),
    ("PATCH", r"api/v1/namespaces/landbridge/configmaps/landbridge-look", FakeKubernetes._kept),
    ("POST", _JOBS, FakeKubernetes._create_job),
    ("DELETE", rf"{_JOBS}/orders-rebuild", FakeKubernetes._remove_job),
)
