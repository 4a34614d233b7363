"""Jobs: pods until enough have succeeded, too many have failed, or the time is over."""

import asyncio
from dataclasses import dataclass

from lab.kubernetes.client import Json
from lab.kubernetes.controllers import pods
from lab.kubernetes.controllers.work import Caches, Controller
from lab.kubernetes.informer import key_of

_FIRST_BACKOFF_SECONDS, _LONGEST_BACKOFF_SECONDS = 10.0, 360.0


@dataclass(frozen=True)
class _Pods:
    """A Job's pods by what became of them; those being deleted count as failed."""

    active: list[Json]
    succeeded: list[Json]
    failed: list[Json]

    @property
    def failures(self) -> int:
        """Failed pods and restarted containers: what backoffLimit counts."""
        return len(self.failed) + sum(_restarts(pod) for pod in self.active)


class JobController(Controller):
    """Runs Jobs to Complete or Failed; back-off after failures is scaled by `time_scale`."""

    plural = "jobs"
    kind = "Job"
    dependents = ("pods",)

    def __init__(self, caches: Caches, time_scale: float = 1.0) -> None:
        super().__init__(caches)
        self._time_scale = time_scale

    async def reconcile(self, item: Json) -> None:
        """Take the next step: start pods, or end the Job; then say how it stands."""
        if pods.condition(item, "Complete") or pods.condition(item, "Failed"):
            await self._clean_up(item)
            return
        found = self._pods(item)
        spec = item["spec"]
        reason, message = self._failure(item, found)
        if reason:
            await self._end(item, found, "Failed", reason, message)
        elif not found.active and len(found.succeeded) >= self._needed(item, found):
            await self._end(
                item, found, "Complete", "CompletionsReached", "Reached expected number"
            )
        elif spec.get("suspend"):
            await self._delete(found.active)
            await self._say(item, found)
        else:
            await self._start(item, found)
            await self._say(item, self._pods(item))

    def _pods(self, item: Json) -> _Pods:
        owned = self.caches.owned("pods", item)
        phases = {key_of(pod): pod.get("status", {}).get("phase") for pod in owned}
        done = [pod for pod in owned if phases[key_of(pod)] == "Succeeded"]
        active = [pod for pod in owned if pods.is_active(pod)]
        failed = [pod for pod in owned if pod not in done and pod not in active]
        return _Pods(active, done, failed)

    def _needed(self, item: Json, found: _Pods) -> int:
        """Give how many pods must succeed; without `completions`, one and then no more start."""
        completions = item["spec"].get("completions")
        return int(completions) if completions is not None else max(1, len(found.succeeded))

    def _failure(self, item: Json, found: _Pods) -> tuple[str, str]:
        if found.failures > item["spec"]["backoffLimit"]:
            return "BackoffLimitExceeded", "Job has reached the specified backoff limit"
        deadline = item["spec"].get("activeDeadlineSeconds")
        started = item.get("status", {}).get("startTime")
        if deadline is not None and started:
            left = deadline - pods.seconds_since(started)
            if left <= 0:
                return "DeadlineExceeded", "Job was active longer than specified deadline"
            self.enqueue_after(key_of(item), left)
        return "", ""

    async def _start(self, item: Json, found: _Pods) -> None:
        spec = item["spec"]
        wanted = spec["parallelism"]
        if "completions" in spec:
            wanted = min(wanted, spec["completions"] - len(found.succeeded))
        elif found.succeeded:
            wanted = 0
        missing = wanted - len(found.active)
        wait = self._backoff(found)
        if missing > 0 and wait > 0:
            self.enqueue_after(key_of(item), wait)
        elif missing > 0:
            made = [pods.pod_from(item, spec["template"]) for _ in range(missing)]
            await asyncio.gather(*(self.caches.create("pods", pod) for pod in made))
        elif missing < 0:
            await self._delete(sorted(found.active, key=pods.first_to_go)[:-missing])

    def _backoff(self, found: _Pods) -> float:
        if not found.failed:
            return 0.0
        doubled = _FIRST_BACKOFF_SECONDS * 2 ** (len(found.failed) - 1)
        pause: float = min(doubled, _LONGEST_BACKOFF_SECONDS) * self._time_scale
        return pause - min(pods.seconds_since(_ended_at(pod)) for pod in found.failed)

    async def _delete(self, unwanted: list[Json]) -> None:
        await asyncio.gather(*(self.caches.delete("pods", pod) for pod in unwanted))

    async def _end(self, item: Json, found: _Pods, kind: str, reason: str, message: str) -> None:
        await self._delete(found.active)
        first = "SuccessCriteriaMet" if kind == "Complete" else "FailureTarget"
        for name in (first, kind):
            conditions = pods.with_condition(
                item, type=name, status="True", reason=reason, message=message
            )
            item = {**item, "status": {**item.get("status", {}), "conditions": conditions}}
        settled = _Pods([], found.succeeded, [*found.failed, *found.active])
        ended = {"completionTime": pods.timestamp()} if kind == "Complete" else {}
        await self._say(item, settled, {"conditions": item["status"]["conditions"], **ended})

    async def _say(self, item: Json, found: _Pods, more: Json | None = None) -> None:
        known = self.caches.get("jobs", key_of(item)) or item
        status: Json = {
            **known.get("status", {}),
            "startTime": known.get("status", {}).get("startTime", pods.timestamp()),
            "active": len(found.active),
            "succeeded": len(found.succeeded),
            "failed": len(found.failed),
            "ready": len([pod for pod in found.active if pods.is_ready(pod)]),
            **(more or {}),
        }
        await self.write_status(known, status)

    async def _clean_up(self, item: Json) -> None:
        keep_seconds = item["spec"].get("ttlSecondsAfterFinished")
        if keep_seconds is None:
            return
        ended = pods.condition(item, "Complete") or pods.condition(item, "Failed")
        left = keep_seconds - pods.seconds_since(ended["lastTransitionTime"])
        if left <= 0:
            await self.caches.delete("jobs", item)
        else:
            self.enqueue_after(key_of(item), left)


def _restarts(pod: Json) -> int:
    status = pod.get("status", {})
    every = (*status.get("containerStatuses", []), *status.get("initContainerStatuses", []))
    return sum(int(container.get("restartCount", 0)) for container in every)


def _ended_at(pod: Json) -> str:
    states = [c.get("state", {}) for c in pod.get("status", {}).get("containerStatuses", [])]
    ends = [state["terminated"]["finishedAt"] for state in states if "terminated" in state]
    return max((end for end in ends if end), default=str(pod["metadata"]["creationTimestamp"]))
