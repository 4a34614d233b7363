"""A name server that answers what a test tells it to, over UDP and TCP."""

import socketserver
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from lab.processes.ports import free_ports
from tests.adapters.serving import running

# name -> records (as in a zone file), or the name of an rcode, or SILENT, or TRUNCATED records.
SILENT = "silent"
Script = Mapping[str, list[str] | str]


class ScriptedNameServer:
    """Where the server listens, and what it was asked over which protocol."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[tuple[str, str]] = []
        self.recursion_wanted = False
        self.truncate = False
        self.address = ""

    def answer(self, wire: bytes, protocol: str) -> bytes | None:
        """Return the answer to a query, or None to stay silent."""
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True)
        self.asked.append((protocol, name))
        self.recursion_wanted |= bool(query.flags & dns.flags.RD)
        told = self.script.get(name, "NXDOMAIN")
        if told == SILENT:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        if isinstance(told, str):
            response.set_rcode(dns.rcode.from_text(told))
        elif self.truncate and protocol == "udp":
            response.flags |= dns.flags.TC
        else:
            for record in told:
                owner, kind, value = record.split()
                response.answer.append(dns.rrset.from_text(f"{owner}.", 1, "IN", kind, value))
        return response.to_wire()


class _Udp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire, sock = self.request
        answer = cast("_UdpServer", self.server).told.answer(wire, "udp")
        if answer is not None:
            sock.sendto(answer, self.client_address)


class _Tcp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        (length,) = struct.unpack("!H", self.rfile.read(2))
        answer = cast("_TcpServer", self.server).told.answer(self.rfile.read(length), "tcp")
        if answer is not None:
            self.wfile.write(struct.pack("!H", len(answer)) + answer)


class _UdpServer(socketserver.ThreadingUDPServer):
    told: ScriptedNameServer


class _TcpServer(socketserver.ThreadingTCPServer):
    told: ScriptedNameServer


@contextmanager
def name_server(script: Script) -> Iterator[ScriptedNameServer]:
    """Serve the script on a free port of 127.0.0.1, for UDP and TCP."""
    told = ScriptedNameServer(script)
    (port,) = free_ports(1)  # for both protocols
    tcp, udp = _TcpServer(("127.0.0.1", port), _Tcp), _UdpServer(("127.0.0.1", port), _Udp)
    told.address = f"127.0.0.1:{port}"
    tcp.told = udp.told = told
    with running(tcp), running(udp):
        yield told
