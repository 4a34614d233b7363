"""Pods' addresses: each pod has a loopback address of its own, so that ports don't clash."""

import ipaddress
import random
import socket
from collections.abc import Iterable


class Addresses:
    """Hands out addresses of a network such as 127.40.0.0/16.

    Several labs may share a machine and a network: the search starts anywhere, and an address is
    taken only if the pod's ports are free on it.
    """

    def __init__(self, network: str) -> None:
        self._network = ipaddress.ip_network(network)
        self._taken: set[str] = set()

    def take(self, ports: Iterable[int]) -> str:
        """Give a free address; raises RuntimeError where the network has none left."""
        wanted = list(ports)
        size = self._network.num_addresses
        start = random.randrange(size)  # noqa: S311 - no secret
        for step in range(size):
            address = str(self._network[(start + step) % size])
            last = address.rpartition(".")[2]
            if last in ("0", "255") or address in self._taken:
                continue
            if all(_is_free(address, port) for port in wanted):
                self._taken.add(address)
                return address
        raise RuntimeError(f"no address is free in {self._network}")

    def give_back(self, address: str) -> None:
        """Make an address free again."""
        self._taken.discard(address)


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
