"""One container's life: created, started, probed, ended, started again with growing pauses."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from lab.kubernetes.client import Json, RefusedError
from lab.kubernetes.node import probes
from lab.kubernetes.node.environment import ConfigError, References, command_line
from lab.kubernetes.node.guard import Guard
from lab.kubernetes.node.images import Image, Pulling
from lab.kubernetes.node.logs import ContainerLog, keep
from lab.kubernetes.node.processes import Process, run_briefly
from lab.kubernetes.node.states import ContainerState
from lab.kubernetes.node.volumes import mounted, rewrite

_FIRST_BACKOFF_SECONDS, _LONGEST_BACKOFF_SECONDS = 10.0, 300.0
_FORGIVEN_AFTER_SECONDS = 600.0
_CANNOT_START = 128
_PULL_SECONDS = 0.5


@dataclass(frozen=True)
class Place:
    """Where a pod's containers live: all that they share with each other and the node."""

    images: Pulling
    references: References
    base_environment: dict[str, str]
    folders: dict[str, Path]
    pod_folder: Path
    log_folder: Path
    kept_logs: Path
    address: str
    session: aiohttp.ClientSession
    guard: Guard
    time_scale: float
    warn: Callable[[str, str], None]


class Container:
    """Runs one container of a pod until its policy says that it is done."""

    def __init__(
        self, spec: Json, place: Place, changed: Callable[[], None], *, init: bool, restarts: int
    ) -> None:
        self.spec = spec
        self.state = ContainerState(spec["name"], spec["image"], init=init, restarts=restarts)
        self.logs: list[ContainerLog] = []
        self.place = place
        self._changed = changed
        self._stopping = asyncio.Event()
        self._process: Process | None = None
        self._environment: dict[str, str] = {}
        self._backoff_seconds = 0.0
        self._probe_tasks: list[asyncio.Task[None]] = []

    async def run(self, policy: str) -> None:
        """Run until done: by policy Always never, OnFailure once it succeeds, Never at its end."""
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._run_once()
            if code is None:
                continue
            if policy == "Never" or (policy == "OnFailure" and code == 0):
                break
            if time.monotonic() - began > _FORGIVEN_AFTER_SECONDS * self.place.time_scale:
                self._backoff_seconds = 0.0
            await self._back_off()
        self.state.finished = True
        self._changed()

    async def _back_off(self) -> None:
        """Wait before another start: not at all the first time, then 10 s, doubled each time."""
        if self._stopping.is_set():
            return
        if self._backoff_seconds:
            words = f"back-off {self._backoff_seconds:.0f}s restarting failed container"
            self.state.wait("CrashLoopBackOff", f"{words}={self.state.name}")
            self.place.warn("BackOff", f"Back-off restarting failed container {self.state.name}")
            self._changed()
            await self._pause(self._backoff_seconds * self.place.time_scale)
        doubled = self._backoff_seconds * 2 or _FIRST_BACKOFF_SECONDS
        self._backoff_seconds = min(doubled, _LONGEST_BACKOFF_SECONDS)
        if not self._stopping.is_set():
            self.state.restarts += 1
            if "terminated" in self.state.state:
                self.state.last_state = self.state.state

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _run_once(self) -> int | None:
        """Start and see it end; gives the exit code, None where it could not be created."""
        image = self.place.images.pull(self.state.image)
        if image is None:
            await self._fail_to_pull()
            return None
        try:
            command, self._environment = await self._prepared(image)
        except (ConfigError, RefusedError, aiohttp.ClientError) as error:
            await self._wait_and_say("CreateContainerConfigError", str(error))
            return None
        if self._stopping.is_set():
            return None
        log = self._new_log()
        try:
            folder = self._folder()
            self._process = Process(command, self._environment, folder, self.place.guard, log.write)
        except OSError as error:
            log.write(f"{error}\n".encode())
            log.close()
            self.state.end(_CANNOT_START, "StartError")
            self._changed()
            return _CANNOT_START
        self.state.run(f"lab://{uuid.uuid4().hex}")
        self._start_probes()
        self._changed()
        code = await asyncio.shield(self._process.exited)
        await self._stop_probes()
        log.close()
        self._process = None
        self.state.end(code)
        self._changed()
        return code

    async def _wait_and_say(self, reason: str, message: str) -> None:
        self.state.wait(reason, message)
        self.place.warn("Failed", message)
        self._changed()
        self._backoff_seconds = min(self._backoff_seconds * 2 or 2.0, _LONGEST_BACKOFF_SECONDS)
        await self._pause(self._backoff_seconds * self.place.time_scale)

    async def _fail_to_pull(self) -> None:
        """Say so: the first time that it failed, and from then on that it will be tried again."""
        name = self.state.image
        if not self._backoff_seconds:
            resolving = f'failed to resolve reference "{name}": {name}: not found'
            self.state.wait(
                "ErrImagePull", f'failed to pull and unpack image "{name}": {resolving}'
            )
            self.place.warn("Failed", f'Failed to pull image "{name}": {resolving}')
            self._changed()
            await self._pause(_PULL_SECONDS * self.place.time_scale)
        await self._wait_and_say("ImagePullBackOff", f'Back-off pulling image "{name}"')

    async def _prepared(self, image: Image) -> tuple[list[str], dict[str, str]]:
        base = {**self.place.base_environment, **image.env}
        variables = await self.place.references.variables(self.spec, base)
        mounts = mounted(self.spec, self.place.folders)
        variables = {name: rewrite(value, mounts) for name, value in variables.items()}
        command = command_line(self.spec, image, variables)
        return [rewrite(part, mounts) for part in command], variables

    def _folder(self) -> Path:
        folder = self.place.pod_folder / self.state.name
        folder.mkdir(parents=True, exist_ok=True)
        inner = self.spec.get("workingDir", "")
        return Path(inner) if inner and Path(inner).is_dir() else folder

    def _new_log(self) -> ContainerLog:
        name = f"{self.state.restarts}.log"
        log = ContainerLog(self.place.log_folder / self.state.name / name)
        keep(log.path, self.place.kept_logs / self.state.name)
        for old in self.logs[:-1]:
            old.path.unlink(missing_ok=True)
        self.logs = [*self.logs[-1:], log]
        return log

    def _start_probes(self) -> None:
        self.state.started = "startupProbe" not in self.spec
        if self.state.started:
            self._probe_started()
        else:
            self._probe("startupProbe", self._startup_turned, healthy=False)

    def _probe_started(self) -> None:
        self.state.started = True
        self.state.ready = "readinessProbe" not in self.spec
        self._probe("readinessProbe", self._readiness_turned, healthy=False)
        self._probe("livenessProbe", self._liveness_turned, healthy=True)

    def _probe(self, name: str, turned: Callable[[bool, str], None], *, healthy: bool) -> None:
        if name in self.spec and not self.state.init:
            watching = probes.watch(
                self.spec[name], self._surroundings(), healthy=healthy, turned=turned
            )
            self._probe_tasks.append(asyncio.create_task(self._guarded(watching, name)))

    async def _guarded(self, watching: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await watching
        except KeyError as error:  # a port's name that the container doesn't have
            self.place.warn("Unhealthy", f"{name}: no port is called {error}")

    def _surroundings(self) -> probes.Surroundings:
        named = {p["name"]: p["containerPort"] for p in self.spec.get("ports", []) if "name" in p}
        place = self.place
        return probes.Surroundings(
            place.address, named, place.session, self.execute, place.time_scale
        )

    async def execute(self, command: list[str], timeout_seconds: float) -> int | None:
        """Run a command beside the container, in its environment; gives its exit code."""
        mounts = mounted(self.spec, self.place.folders)
        line = [rewrite(part, mounts) for part in command]
        guard, folder = self.place.guard, self._folder()
        process = Process(line, self._environment, folder, guard, lambda _data: None)
        return await run_briefly(process, timeout_seconds)

    def _startup_turned(self, healthy: bool, reason: str) -> None:  # noqa: FBT001 - probes.watch calls it so
        if healthy:
            self._probe_started()
            self._changed()
        else:
            self._kill_unhealthy("Startup", reason)

    def _readiness_turned(self, healthy: bool, reason: str) -> None:  # noqa: FBT001 - as above
        self.state.ready = healthy
        if not healthy:
            self.place.warn("Unhealthy", f"Readiness probe failed: {reason}")
        self._changed()

    def _liveness_turned(self, healthy: bool, reason: str) -> None:  # noqa: FBT001 - as above
        if not healthy:
            self._kill_unhealthy("Liveness", reason)

    def _kill_unhealthy(self, name: str, reason: str) -> None:
        self.place.warn("Unhealthy", f"{name} probe failed: {reason}")
        if self._process is not None:
            process, grace = self._process, self.spec.get("terminationGracePeriodSeconds", 30)
            process.terminate()
            asyncio.get_running_loop().call_later(grace, process.kill)

    async def _stop_probes(self) -> None:
        tasks, self._probe_tasks = self._probe_tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self, grace_seconds: float) -> None:
        """End the container: its preStop hook, SIGTERM, and SIGKILL when the grace is over."""
        self._stopping.set()
        process = self._process
        if process is None:
            return
        try:
            async with asyncio.timeout(grace_seconds):
                await self._pre_stop(grace_seconds)
                process.terminate()
                await asyncio.shield(process.exited)
        except TimeoutError:
            process.kill()
            await asyncio.shield(process.exited)

    def kill(self) -> None:
        """End the container at once."""
        self._stopping.set()
        if self._process is not None:
            self._process.kill()

    async def _pre_stop(self, grace_seconds: float) -> None:
        hook = self.spec.get("lifecycle", {}).get("preStop", {})
        if "sleep" in hook:
            await asyncio.sleep(hook["sleep"]["seconds"])
        elif hook:
            reason = await probes.check(hook, self._surroundings(), grace_seconds)
            if reason:
                self.place.warn("FailedPreStopHook", reason)
