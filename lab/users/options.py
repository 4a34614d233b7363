"""What the outside client is told on its command line."""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Options", "parse_options"]


@dataclass(frozen=True)
class Options:
    """The client's orders; rates are writes per second over all users."""

    name: str
    port: int
    name_server: tuple[str, int]
    certificate_authority: Path
    ledger: Path
    clients: int
    rate: float
    seed: int
    timeout_seconds: float
    dns_timeout_seconds: float
    in_flight: int
    own_caches: bool
    keep_file: Path | None


def _name_server(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not ip:port")
    return host, int(port)


def _positive(text: str) -> float:
    value = float(text)
    if not (value > 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"{text} is not more than zero")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least one")
    return value


def _in_flight(clients: int, rate: float, timeout_seconds: float) -> int:
    # Twice what piles up when every write waits for its whole timeout: the bound is there to bound,
    # and must not be what a drill measures.
    return max(4, math.ceil(2 * rate * timeout_seconds / clients))


def parse_options(arguments: Sequence[str] | None = None) -> Options:
    """Return the options on the command line; argparse ends the process on a wrong one."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.users.client",
        description="Users of the order service: resolve, write, keep a ledger. "
        "Ends on SIGTERM, SIGINT, or when the pipe on its standard input closes.",
    )
    add = parser.add_argument
    add("--name", required=True, help="the name to reach, as in orders.shop.test")
    add("--port", required=True, type=_count)
    add("--name-server", required=True, type=_name_server, metavar="IP:PORT")
    add("--ca-file", required=True, type=Path, help="certificate authority to trust, PEM")
    add("--ledger", required=True, type=Path, help="file to append to, JSON lines")
    add("--clients", type=_count, default=8, help="logical users, each with its own connections")
    add("--rate", type=_positive, default=40.0, help="writes per second over all users")
    add("--seed", type=int, default=1, help="decides arrivals, users and items")
    add("--timeout-seconds", type=_positive, default=2.0, help="for one write, lookup included")
    add("--dns-timeout-seconds", type=_positive, default=1.0, help="for one question to DNS")
    add("--in-flight", type=_count, help="most writes one user has open at once")
    add("--own-caches", action="store_true", help="each user a host of its own, with its cache")
    add("--keep-file", type=Path, help="while it is there: seconds for which answers are kept")
    given = parser.parse_args(arguments)
    return Options(
        name=given.name,
        port=given.port,
        name_server=given.name_server,
        certificate_authority=given.ca_file,
        ledger=given.ledger,
        clients=given.clients,
        rate=given.rate,
        seed=given.seed,
        timeout_seconds=given.timeout_seconds,
        dns_timeout_seconds=given.dns_timeout_seconds,
        in_flight=given.in_flight or _in_flight(given.clients, given.rate, given.timeout_seconds),
        own_caches=given.own_caches,
        keep_file=given.keep_file,
    )
