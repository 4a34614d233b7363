"""Runs kept in AKS while AWS cannot be asked: one ConfigMap each, and the last look at AWS.

::

    ConfigMap landbridge-run-<run>   journal: where the takeover stands, after each step
      label landbridge/kind: run     record: the short record; document: ending and state
    ConfigMap landbridge-look        look: the primary as it was last seen; at: epoch seconds
    ConfigMap landbridge-timer       watch: what the timer saw when it last looked

An object of a cluster has at most 1 MiB (Kubernetes documentation, "ConfigMaps"); the oldest runs
are removed.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.database import DatabaseLook, parse_look
from landbridge.domain.errors import ClusterUnavailableError, ConfigurationError
from landbridge.domain.takeover_timer import TimerWatch, read_timer_watch

__all__ = ["AzureRecords", "look_data"]

MERGE_PATCH = "application/merge-patch+json"
KIND_LABEL, AT_ANNOTATION = "landbridge/kind", "landbridge/at"
LOOK, TIMER = "landbridge-look", "landbridge-timer"
KEPT = 50
_OK, _CREATED, _MISSING = 200, 201, 404


class AzureRecords:
    """The ConfigMaps of one namespace. Each write may be made twice.

    Errors: AccessDeniedError, ClusterUnavailableError, ConfigurationError.
    """

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._path = f"/api/v1/namespaces/{namespace}/configmaps"

    def keep(self, run: str, at: float, **texts: Mapping[str, Any]) -> None:
        """Write those parts of the run's record (journal, record, document); the others stay."""
        name = f"landbridge-run-{run.lower()}"
        labels = {KIND_LABEL: "run"}
        self._write(
            {
                "metadata": {
                    "name": name,
                    "labels": labels,
                    "annotations": {AT_ANNOTATION: f"{at:.3f}"},
                },
                "data": {part: json.dumps(text) for part, text in texts.items()},
            }
        )

    def read(self, run: str, part: str) -> dict[str, Any] | None:
        """Return that part of the run's record, or None where there is none."""
        data = self._read(f"landbridge-run-{run.lower()}")
        return None if part not in data else dict(json.loads(data[part]))

    def read_all(self, run: str) -> dict[str, Any]:
        """Return every part of the run's record, and ``at``; where there is none, ``at`` is 0."""
        path = f"{self._path}/landbridge-run-{run.lower()}"
        item = json.loads(self._asked("GET", path, (_OK, _MISSING)))
        parts = {part: json.loads(text) for part, text in (item.get("data") or {}).items()}
        return {**parts, "at": _at(item) if parts else 0.0}

    def runs(self) -> list[str]:
        """Return the runs that are kept, newest first."""
        prefix = "landbridge-run-"
        return [item["metadata"]["name"].removeprefix(prefix) for item in self._runs()]

    def recent(self, limit: int, kind: str = "run") -> list[dict[str, Any]]:
        """Return the short records of the newest runs, newest first; Azure keeps no other kind."""
        if kind != "run":
            return []
        rows = (item.get("data", {}) for item in self._runs()[:limit])
        return [json.loads(data["record"]) for data in rows if "record" in data]

    def prune(self) -> int:
        """Remove all but the newest runs; return how many were removed."""
        old = self._runs()[KEPT:]
        for item in old:
            self._asked("DELETE", f"{self._path}/{item['metadata']['name']}", (_OK, _MISSING))
        return len(old)

    def read_look(self) -> DatabaseLook | None:
        """Return the primary as it was last seen, or None where it never was."""
        text = self._read(LOOK).get("look")
        return None if text is None else parse_look(json.loads(text))

    def write_look(self, look: Mapping[str, Any], at: float) -> None:
        """Keep the primary as it was just seen."""
        self._write({"metadata": {"name": LOOK}, "data": look_data(look, at)})

    def read_timer(self) -> TimerWatch:
        """Return what the timer last kept."""
        text = self._read(TIMER).get("watch", "null")
        return read_timer_watch(json.loads(text))

    def write_timer(self, watch: TimerWatch) -> None:
        """Keep what the timer saw."""
        self._write({"metadata": {"name": TIMER}, "data": {"watch": json.dumps(watch.document())}})

    def _runs(self) -> list[dict[str, Any]]:
        text = self._asked("GET", f"{self._path}?labelSelector={quote(KIND_LABEL)}%3Drun", (_OK,))
        items: list[dict[str, Any]] = json.loads(text)["items"]
        return sorted(items, key=_at, reverse=True)

    def _read(self, name: str) -> dict[str, str]:
        document = json.loads(self._asked("GET", f"{self._path}/{name}", (_OK, _MISSING)))
        return dict(document.get("data") or {})

    def _write(self, body: dict[str, Any]) -> None:
        path = f"{self._path}/{body['metadata']['name']}"
        status, text = self._cluster.request("PATCH", path, body, MERGE_PATCH)
        if status == _MISSING:
            whole = {"apiVersion": "v1", "kind": "ConfigMap", **body}
            status, text = self._cluster.request("POST", self._path, whole)
        if status not in {_OK, _CREATED}:
            raise _refused(f"write {path}", status, text)

    def _asked(self, method: str, path: str, expected: tuple[int, ...]) -> str:
        status, text = self._cluster.request(method, path)
        if status not in expected:
            raise _refused(f"{method} {path.partition('?')[0]}", status, text)
        return text


def look_data(look: Mapping[str, Any], at: float) -> dict[str, str]:
    """Return the look as its ConfigMap has it; ``at`` is epoch seconds."""
    return {"look": json.dumps(look), "at": f"{at:.3f}"}


def _at(item: Mapping[str, Any]) -> float:
    return float(item["metadata"].get("annotations", {}).get(AT_ANNOTATION, 0))


def _refused(what: str, status: int, text: str) -> Exception:
    conflict = 409
    if status == conflict:
        return ClusterUnavailableError(f"{what}: somebody else wrote it at the same time")
    return ConfigurationError(f"{what}: answered {status}: {text[:200]}", "apply takeover.yaml")
