"""Run all controllers against an API server: `python -m lab.kubernetes.controllers.run`."""

import argparse
import asyncio
import signal
from pathlib import Path

from lab.kubernetes.client import Api
from lab.kubernetes.controllers.deployment import DeploymentController
from lab.kubernetes.controllers.job import JobController
from lab.kubernetes.controllers.replica_set import ReplicaSetController
from lab.kubernetes.controllers.stateful_set import StatefulSetController
from lab.kubernetes.controllers.work import Caches


async def run_controllers(api: Api, stop: asyncio.Event, *, time_scale: float = 1.0) -> None:
    """Run until `stop` is set; an unexpected error in a controller ends them all, loudly."""
    caches = Caches.of(api)
    controllers = [
        DeploymentController(caches),
        ReplicaSetController(caches),
        StatefulSetController(caches),
        JobController(caches, time_scale),
    ]

    async def work() -> None:
        for informer in caches.informers.values():
            await informer.synced.wait()
        async with asyncio.TaskGroup() as workers:
            for controller in controllers:
                workers.create_task(controller.run())

    async def end() -> None:
        await stop.wait()
        raise _StopError

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(end())
            for informer in caches.informers.values():
                group.create_task(informer.run())
            group.create_task(work())
    except* _StopError:
        pass


class _StopError(Exception):
    """Ends the task group when the controllers are told to stop."""


async def _main(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    token = arguments.token_file.read_text(encoding="utf-8").strip()
    async with Api(arguments.server, token, arguments.ca_file) as api:
        await run_controllers(api, stop, time_scale=arguments.time_scale)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab.kubernetes.controllers.run", description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--ca-file", type=Path)
    parser.add_argument("--time-scale", type=float, default=1.0)
    asyncio.run(_main(parser.parse_args()))
