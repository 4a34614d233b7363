"""Ports and addresses are free, and nobody else on the machine is given them."""

import ipaddress
import socket
import subprocess
import sys

from lab.processes import ports
from lab.processes.ports import free_loopback_pair, free_ports


def test_ports_are_given_once() -> None:
    """Two takers never get the same port, in one process or in two."""
    mine = free_ports(50) + free_ports(50)
    code = "from lab.processes.ports import free_ports; print(*free_ports(200))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    others = [int(port) for port in output.split()]
    assert len(set(mine)) == 100
    assert not set(mine) & set(others)


def test_a_port_in_use_is_not_given() -> None:
    """A listener on any loopback address keeps its port from being given out."""
    (port,) = free_ports(1)
    assert ports._is_free(port)
    with socket.create_server(("127.9.8.7", port)):
        assert not ports._is_free(port)


def test_a_pair_is_two_machines_with_one_port() -> None:
    """Both addresses are loopback and different, and a server can listen on each at once."""
    pair = free_loopback_pair()
    assert pair.aws != pair.azure
    assert ipaddress.ip_address(pair.aws).is_loopback
    assert ipaddress.ip_address(pair.azure).is_loopback
    with (
        socket.create_server((pair.aws, pair.port)),
        socket.create_server((pair.azure, pair.port)),
    ):
        pass
