"""What a name resolves to, asked of the zone's authoritative servers, past every cache.

A resolver's cache may hold the other site's address for a TTL; the zone's own servers say what is
true now. Servers are ``ip:port`` or ``ip`` (port 53), IPv6 as ``[::1]:53``. With no servers, and
where an answer leads out of the zone (a CNAME to a load balancer's name), the machine's own
resolver is asked. Only IPv4 addresses (A records): the failover records have no others.

What can't be resolved, for whatever reason, is unknown: SiteUnknownError.
"""

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from landbridge.domain.errors import ConfigurationError, SiteUnknownError
from landbridge.domain.foreign import shown

__all__ = ["SYSTEM", "answers", "left_seconds", "parse_name_server", "resolve"]

# The key of the machine's own resolver in ``answers``.
SYSTEM = "system"
_DNS_PORT = 53


def parse_name_server(text: str) -> tuple[str, int]:
    """Return a server's address and port; raise ConfigurationError."""
    try:
        parts = urlsplit(f"//{text}")
        address, port = str(ipaddress.ip_address(parts.hostname or "")), parts.port or _DNS_PORT
    except ValueError:
        raise ConfigurationError(
            f"name server {shown(text)} is not an address and port", "write it as 192.0.2.1:53"
        ) from None
    return address, port


def resolve(name: str, name_servers: Sequence[str], timeout_seconds: float) -> list[str]:
    """Return the addresses of ``name`` by the first server that answers, within the time in all.

    An address is its own answer. Raises SiteUnknownError with what each server said.
    """
    if _is_address(name):
        return [name]
    deadline = time.monotonic() + timeout_seconds
    if not name_servers:
        return list(_ask_system(name, deadline))
    said = []
    for position, server in enumerate(name_servers):
        # A silent server may use up its share of the time left, not all of it.
        left = deadline - time.monotonic()
        share = time.monotonic() + left / (len(name_servers) - position)
        try:
            return list(_ask(name, server, share))
        except SiteUnknownError as error:
            said.append(error.message)
    raise SiteUnknownError("; ".join(said))


def answers(
    name: str, name_servers: Sequence[str], timeout_seconds: float
) -> dict[str, tuple[str, ...] | SiteUnknownError]:
    """Return what each server answers for ``name``, asked at the same time; an error is a value.

    With no servers the one key is ``SYSTEM``, the machine's own resolver.
    """
    deadline = time.monotonic() + timeout_seconds

    def one(server: str) -> tuple[str, ...] | SiteUnknownError:
        try:
            return _ask_system(name, deadline) if server == SYSTEM else _ask(name, server, deadline)
        except SiteUnknownError as error:
            return error

    servers = list(name_servers) or [SYSTEM]
    with ThreadPoolExecutor(max_workers=len(servers)) as pool:
        return dict(zip(servers, pool.map(one, servers), strict=True))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _ask(name: str, server: str, deadline: float) -> tuple[str, ...]:
    # Loaded here, and by those that surely ask: most steps call the Function App alone, whose name
    # the system resolves, and dnspython is a fifth of what they would load.
    from landbridge.adapters.dns_queries import ask  # noqa: PLC0415

    found = ask(name, server, *parse_name_server(server), deadline)
    return _ask_system(found, deadline) if isinstance(found, str) else found


def _ask_system(name: str, deadline: float) -> tuple[str, ...]:
    # getaddrinfo has no timeout of its own, so it is waited for from outside.
    answer: queue.Queue[tuple[str, ...] | OSError] = queue.Queue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
        except OSError as error:
            answer.put(error)
        else:
            answer.put(tuple(dict.fromkeys(str(one[4][0]) for one in found)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        got = answer.get(timeout=left_seconds(deadline))
    except queue.Empty:
        raise SiteUnknownError(f"{name}: the machine's resolver did not answer in time") from None
    if isinstance(got, OSError):
        raise SiteUnknownError(f"{name}: {got}") from got
    return got


def left_seconds(deadline: float) -> float:
    """Return what is left until the deadline (of time.monotonic), as a time limit takes it."""
    # A little is always left: a call with nothing left fails as the timeout that it is.
    return max(deadline - time.monotonic(), 0.001)
