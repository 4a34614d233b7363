"""Free ports and loopback addresses, each given out once on the machine while its taker lives."""

import contextlib
import random
import socket
from dataclasses import dataclass
from pathlib import Path

LOWEST_PORT = 20_000
EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


@dataclass(frozen=True)
class LoopbackPair:
    """Two loopback addresses that stand for two machines, and one port that is free on both."""

    aws: str
    azure: str
    port: int


def free_ports(count: int) -> list[int]:
    """Return ``count`` different ports, free for TCP and UDP on every address.

    They lie below the range from which the kernel takes ports for outgoing connections, so a
    server that restarts finds its port again. Raises OSError when too few are free.
    """
    highest = int(EPHEMERAL_RANGE.read_text().split()[0]) - 1
    candidates = list(range(min(LOWEST_PORT, highest // 2), highest))
    random.shuffle(candidates)
    found: list[int] = []
    for port in candidates:
        if len(found) == count:
            return found
        if _is_free(port) and _reserve(port):
            found.append(port)
    raise OSError(f"fewer than {count} ports are free")


def free_loopback_pair() -> LoopbackPair:
    """Return two different addresses in 127.0.0.0/8, not 127.0.0.1, and a port free on both."""
    second, third, fourth = random.sample(range(2, 250), 3)
    aws, azure = f"127.{second}.{third}.{fourth}", f"127.{third}.{fourth}.{second}"
    return LoopbackPair(aws, azure, free_ports(1)[0])


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                # The wildcard address conflicts with a listener on any address; nothing listens.
                probe.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


def _reserve(port: int) -> bool:
    """Keep other labs on the machine from choosing ``port`` while this process lives.

    An abstract socket's name is taken by one process at a time and leaves nothing on disk.
    """
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as holder:
        try:
            holder.bind(f"\0landbridge-port-{port}")
        except OSError:
            return False
        holder.detach()  # the descriptor stays open until this process ends
    return True
