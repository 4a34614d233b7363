"""Run a node: `python -m lab.kubernetes.node --server URL --token-file F --name aws-node ...`."""

import argparse
import asyncio
import logging
import signal
from pathlib import Path

import aiohttp

from lab.kubernetes.client import Api
from lab.kubernetes.node.addresses import Addresses
from lab.kubernetes.node.events import Events
from lab.kubernetes.node.guard import Guard
from lab.kubernetes.node.images import Pulling
from lab.kubernetes.node.kubelet import Kubelet
from lab.kubernetes.node.pod_worker import Node
from lab.kubernetes.node.service_tokens import ServiceTokens


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab.kubernetes.node", description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--ca-file", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--images", type=Path, required=True, help="JSON: image -> {command, env}")
    parser.add_argument("--folder", type=Path, required=True, help="for volumes and logs")
    parser.add_argument("--address", default="127.0.0.1", help="where the node listens")
    parser.add_argument("--pod-cidr", default="127.40.0.0/16", help="pods' loopback addresses")
    parser.add_argument("--pod-start-seconds", type=float, default=0.0)
    parser.add_argument("--time-scale", type=float, default=1.0)
    parser.add_argument("--tls", type=Path, nargs=2, metavar=("CERTIFICATE", "KEY"))
    parser.add_argument("--token-issuer", default="", help="of service accounts' tokens")
    parser.add_argument("--token-key", type=Path, help="the issuer's private key, PEM")
    return parser.parse_args()


def _tokens(arguments: argparse.Namespace) -> ServiceTokens | None:
    if arguments.token_key is None:
        return None
    return ServiceTokens(arguments.token_issuer, arguments.token_key)


async def _run(arguments: argparse.Namespace, guard: Guard) -> None:
    token = arguments.token_file.read_text(encoding="utf-8").strip()
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with (
        Api(arguments.server, token, arguments.ca_file) as api,
        aiohttp.ClientSession(connector=connector) as session,
    ):
        node = Node(
            name=arguments.name,
            address=arguments.address,
            api=api,
            session=session,
            folder=arguments.folder,
            images=Pulling(arguments.images),
            addresses=Addresses(arguments.pod_cidr),
            guard=guard,
            events=Events(api, arguments.name),
            pod_start_seconds=arguments.pod_start_seconds,
            time_scale=arguments.time_scale,
            tokens=_tokens(arguments),
        )
        kubelet = Kubelet(node, tuple(arguments.tls) if arguments.tls else None)
        running = asyncio.create_task(kubelet.run())
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        try:
            await running
        except asyncio.CancelledError:
            return


def main() -> None:
    """Start the guard first: it must be forked while there is nothing else to inherit."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    guard = Guard()
    asyncio.run(_run(arguments, guard))


if __name__ == "__main__":
    main()
