"""Watches Azure's pods: what its database said at the moment when each became Ready."""

import threading
from types import TracebackType
from typing import Any, Self

from kubernetes import client, watch

from lab.clouds import names
from lab.clouds.clouds import Clouds

__all__ = ["ReadyPods"]

_ROUND_SECONDS = 2


class ReadyPods:
    """``recovering`` maps each pod that was seen Ready to whether the database was in recovery."""

    def __init__(self, clouds: Clouds) -> None:
        self.recovering: dict[str, bool] = {}
        self._clouds = clouds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="ready-pods")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        core = client.CoreV1Api(self._clouds.azure_cluster.admin())
        while not self._ended.is_set():
            for event in watch.Watch().stream(
                core.list_namespaced_pod,
                names.NAMESPACE,
                label_selector=names.PODS,
                timeout_seconds=_ROUND_SECONDS,
            ):
                self._note(event["object"])

    def _note(self, pod: Any) -> None:
        conditions = pod.status.conditions or ()
        ready = any(one.type == "Ready" and one.status == "True" for one in conditions)
        if ready and pod.metadata.name not in self.recovering:
            ((recovering,),) = self._clouds.azure_database.query("SELECT pg_is_in_recovery()")
            self.recovering[pod.metadata.name] = recovering
