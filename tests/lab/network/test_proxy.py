"""A proxy on a way: as if it were not there while the way is open, and as a network when not."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from lab.network.proxy import Proxy, Route
from lab.network.rules import Rule, State
from lab.processes.folder import LabFolder
from lab.processes.ports import free_ports
from landbridge.adapters.http_probe import probe
from landbridge.domain.votes import ProbeOutcome, Vote, ballot_of_probe

HOST = "127.0.0.1"
WAY = ["here>there"]
HELD, CUT = Rule(State.HELD), Rule(State.CUT)
# Long enough for what shall come, and how long what shall not come is waited for.
SURE_SECONDS, BRIEF_SECONDS = 20.0, 0.3


class Target:
    """Echoes TCP and UDP, and keeps what arrived; ``close:`` and ``reset:`` end a connection."""

    def __init__(self, port: int) -> None:
        self.received: list[bytes] = []
        self.accepted: list[socket.socket] = []
        self._tcp = socket.create_server((HOST, port))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind((HOST, port))
        self._threads = [
            threading.Thread(target=self._accept, daemon=True),
            threading.Thread(target=self._echo_datagrams, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._tcp.accept()
                self.accepted.append(near)
                threading.Thread(target=self._echo, args=(near,), daemon=True).start()

    def _echo(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            while data := near.recv(65536):
                self.received.append(data)
                if data == b"reset:":
                    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    return
                if data == b"close:":
                    return
                near.sendall(data)

    def _echo_datagrams(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, asker = self._udp.recvfrom(65536)
                if asker is None:  # shut down
                    return
                self._udp.sendto(data, asker)

    def close(self) -> None:
        """Stop listening, and end what is connected."""
        for end in (self._tcp, self._udp):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self._threads:  # a socket is closed when nobody waits at it any more
            thread.join()
        for near in self.accepted:
            near.close()


@pytest.fixture(scope="module")
def lab() -> Iterator[LabFolder]:
    """Open a lab for the module's one proxy."""
    with LabFolder() as folder:
        yield folder


@pytest.fixture(scope="module")
def ports(lab: LabFolder) -> tuple[int, int, Proxy]:
    """Start the proxy: its port, its target's, and the proxy."""
    at, target = free_ports(2)
    proxy = Proxy(lab, "proxy", [Route(WAY[0], HOST, at, HOST, target, datagrams=True)])
    proxy.start()
    return at, target, proxy


@pytest.fixture
def at(ports: tuple[int, int, Proxy]) -> int:
    """Return the proxy's port."""
    return ports[0]


@pytest.fixture
def proxy(ports: tuple[int, int, Proxy]) -> Iterator[Proxy]:
    """Give the proxy, open, and leave it so."""
    yield ports[2]
    for cause in ("one", "other"):
        ports[2].lift(cause, WAY)


@pytest.fixture
def target(ports: tuple[int, int, Proxy]) -> Iterator[Target]:
    """Let the target listen."""
    target = Target(ports[1])
    yield target
    target.close()


def connected(at: int) -> socket.socket:
    """Return an open connection through the proxy."""
    return socket.create_connection((HOST, at), timeout=SURE_SECONDS)


def asked(connection: socket.socket, data: bytes) -> bytes:
    """Send and return what comes back."""
    connection.sendall(data)
    return connection.recv(65536)


def silent(connection: socket.socket) -> bool:
    """Tell whether nothing comes for a while: no byte, no end, no reset."""
    connection.settimeout(BRIEF_SECONDS)
    try:
        connection.recv(65536)
    except TimeoutError:
        return True
    finally:
        connection.settimeout(SURE_SECONDS)
    return False


@pytest.mark.usefixtures("proxy", "target")
def test_an_open_way_passes_bytes_and_both_ends(at: int) -> None:
    """Data goes both ways, and whoever has sent all still hears the answer, then the end."""
    with connected(at) as connection:
        assert asked(connection, b"hello") == b"hello"
        connection.sendall(b"last")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65536) == b"last"
        assert connection.recv(65536) == b""


@pytest.mark.usefixtures("proxy", "target")
def test_a_megabyte_arrives_whole(at: int) -> None:
    """What the target sends before it ends is all delivered before the end is."""
    sent = bytes(range(256)) * 4096
    with connected(at) as connection:
        threading.Thread(target=connection.sendall, args=(sent,), daemon=True).start()
        got = bytearray()
        while len(got) < len(sent):
            got += connection.recv(65536)
        assert bytes(got) == sent


@pytest.mark.usefixtures("proxy", "target")
def test_a_close_is_a_close_and_a_reset_a_reset(at: int) -> None:
    """The near end learns how the far end went, not that there is a proxy."""
    with connected(at) as connection:
        assert asked(connection, b"close:") == b""
    with connected(at) as connection, pytest.raises(ConnectionResetError):
        asked(connection, b"reset:")


# Python's ssl leaves a socket that was reset before the handshake to the garbage collection.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
@pytest.mark.usefixtures("proxy")
def test_a_target_that_refuses_is_down_to_a_probe(at: int) -> None:
    """Landbridge's own probe, in TLS, takes a refusal behind the proxy for what it is: down."""
    for _ in range(5):
        seen = probe(f"https://{HOST}:{at}/ready", [], SURE_SECONDS)
        assert seen.result is ProbeOutcome.RESET
        assert ballot_of_probe("probe", seen.result, seen.detail).vote is Vote.DOWN


@pytest.mark.usefixtures("target")
def test_a_held_way_is_unknown_to_a_probe(at: int, proxy: Proxy) -> None:
    """A blackhole is a time-out to landbridge's probe, which says nothing of the site."""
    proxy.impose("one", WAY, HELD)
    seen = probe(f"https://{HOST}:{at}/ready", [], BRIEF_SECONDS)
    assert seen.result is ProbeOutcome.TIMEOUT


def test_held_bytes_stop_and_come_later(at: int, proxy: Proxy, target: Target) -> None:
    """A held connection stays, passes nothing either way, and goes on where it was."""
    with connected(at) as connection:
        assert asked(connection, b"before") == b"before"
        proxy.impose("one", WAY, HELD)
        connection.sendall(b"during")
        assert silent(connection)
        assert target.received == [b"before"]
        proxy.lift("one", WAY)
        assert connection.recv(65536) == b"during"


def test_a_held_way_swallows_ends_too(at: int, proxy: Proxy, target: Target) -> None:
    """A target that dies behind a held way is not seen to die before the way is open again."""
    with connected(at) as connection:
        assert asked(connection, b"before") == b"before"
        proxy.impose("one", WAY, HELD)
        target.accepted[-1].shutdown(socket.SHUT_RDWR)
        assert silent(connection)
        proxy.lift("one", WAY)
        assert connection.recv(65536) == b""


def test_a_held_way_answers_no_new_connection(at: int, proxy: Proxy, target: Target) -> None:
    """Connecting over a held way times out, and works again once it is open."""
    with connected(at) as before:
        assert asked(before, b"before") == b"before"
        proxy.impose("one", WAY, HELD)
        refused: list[BaseException] = []
        while not refused:  # the listener falls silent a moment after the bytes
            try:
                socket.create_connection((HOST, at), timeout=BRIEF_SECONDS).close()
            except OSError as error:
                refused.append(error)
        assert isinstance(refused[0], TimeoutError)
        proxy.lift("one", WAY)
        with connected(at) as connection:
            assert asked(connection, b"after") == b"after"
    assert target.received == [b"before", b"after"]


def test_what_was_given_up_is_never_sent(at: int, proxy: Proxy, target: Target) -> None:
    """Who gives up before the connection is open has sent nothing."""
    proxy.impose("one", WAY, Rule(latency_seconds=1.0))
    with connected(at) as hasty:
        hasty.sendall(b"given up")
    with connected(at) as patient:  # begun later, so decided later
        assert asked(patient, b"waited") == b"waited"
    assert target.received == [b"waited"]


@pytest.mark.usefixtures("target")
def test_a_cut_resets_what_is_there_and_what_comes(at: int, proxy: Proxy) -> None:
    """Connections over a cut way are reset, old ones and new ones."""
    with connected(at) as connection:
        assert asked(connection, b"before") == b"before"
        proxy.impose("one", WAY, CUT)
        with pytest.raises(ConnectionResetError):
            connection.recv(65536)
    with pytest.raises(ConnectionError), connected(at) as connection:
        asked(connection, b"during")
    proxy.lift("one", WAY)
    with connected(at) as connection:
        assert asked(connection, b"after") == b"after"


@pytest.mark.usefixtures("target")
def test_a_way_held_twice_is_open_when_both_let_go(at: int, proxy: Proxy) -> None:
    """Two faults on one way: the end of one does not open it."""
    with connected(at) as connection:
        assert asked(connection, b"before") == b"before"
        proxy.impose("one", WAY, HELD)
        proxy.impose("other", WAY, HELD)
        connection.sendall(b"during")
        proxy.lift("one", WAY)
        assert silent(connection)
        proxy.lift("other", WAY)
        assert connection.recv(65536) == b"during"


@pytest.mark.usefixtures("target")
def test_a_slow_way_takes_its_round_trip(at: int, proxy: Proxy) -> None:
    """Answers over a slow way are late by the latency, and in order."""
    with connected(at) as connection:
        assert asked(connection, b"before") == b"before"
        proxy.impose("one", WAY, Rule(latency_seconds=0.2, loss=0.3, seed=5))
        asked_at = time.monotonic()
        sent = b"".join(f"{number};".encode() for number in range(20))
        for part in sent.split(b";")[:-1]:
            connection.sendall(part + b";")
        got = b""
        while len(got) < len(sent):
            got += connection.recv(65536)
        assert got == sent
        assert time.monotonic() - asked_at >= 0.2


@pytest.mark.usefixtures("target")
def test_a_datagram_on_a_held_way_is_gone(at: int, proxy: Proxy) -> None:
    """UDP is passed on while the way is open; what is sent while it is held never arrives."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.connect((HOST, at))
        asker.settimeout(SURE_SECONDS)
        assert asked(asker, b"before") == b"before"
        proxy.impose("one", WAY, HELD)
        asker.send(b"during")
        assert silent(asker)
        proxy.lift("one", WAY)
        assert asked(asker, b"after") == b"after"
