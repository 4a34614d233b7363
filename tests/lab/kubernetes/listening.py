"""Which processes belong to a lab, and where they listen, as Linux tells it in /proc."""

import contextlib
import re
import socket
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from lab.kubernetes.node.environment import MARKER

_LISTEN = "0A"
_FAMILIES = {"tcp": socket.AF_INET, "tcp6": socket.AF_INET6}


def lab_processes(marker: str) -> Iterator[int]:
    """Give the ids of the processes that carry a lab's marker."""
    wanted = f"{MARKER}={marker}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # another user's, or it has just ended
            if wanted in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)


def listening_addresses(pid: int) -> Iterator[IPv4Address | IPv6Address]:
    """Give the address of each TCP socket on which a process listens."""
    own = _sockets(pid)
    for table, family in _FAMILIES.items():
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and fields[9] in own:
                yield _address(fields[1].split(":")[0], family)


def _sockets(pid: int) -> set[str]:
    links = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed while it was looked at
            links.append(str(path.readlink()))
    return {found[1] for link in links if (found := re.match(r"socket:\[(\d+)]", link))}


def _address(text: str, family: socket.AddressFamily) -> IPv4Address | IPv6Address:
    """Read an address as the kernel shows it: words of four bytes in the machine's order."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    return ip_address(socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words)))
