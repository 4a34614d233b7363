"""How the parts of a lab reach each other: each at its own port, or by the proxies between."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lab.network.paths import Paths

if TYPE_CHECKING:
    from lab.clouds.clouds import Clouds

__all__ = ["checkers_ports", "open_ways", "own_port"]

LOOPBACK = "127.0.0.1"


def own_port(clouds: "Clouds", service: str) -> int:
    """Return the port at which ``entry``, ``aws-database``, ``function``, ... really listens."""
    match service:
        case "entry":
            return clouds.pair.port
        case "function":
            return clouds.function_host.port
        case "name-server":
            return clouds.name_server_port
        case "aws-database":
            return clouds.databases.aws.port
        case "azure-database":
            return clouds.databases.azure.port
        case "alarm-events":
            return urlsplit(clouds.aws.endpoint_url).port or 0
    raise KeyError(service)


def open_ways(paths: Paths, clouds: "Clouds") -> None:
    """Open every way; what it leads to need not be there yet."""
    services = {
        "aws-entry": (clouds.pair.aws, own_port(clouds, "entry")),
        "azure-entry": (clouds.pair.azure, own_port(clouds, "entry")),
        "aws-database": (LOOPBACK, own_port(clouds, "aws-database")),
        "azure-database": (LOOPBACK, own_port(clouds, "azure-database")),
        "azure-function": (LOOPBACK, own_port(clouds, "function")),
        "orchestrator-alarm-events": (LOOPBACK, own_port(clouds, "alarm-events")),
        "checkers-name-server": (LOOPBACK, own_port(clouds, "name-server")),
    }
    links = {
        "azure>aws": clouds.databases.link,
        "aws>azure": clouds.databases.link_home,
        "orchestrator>aws": clouds.eks_link,
    }
    paths.start(services, links)


def checkers_ports(clouds: "Clouds") -> dict[str, int]:
    """Return where the health checkers really connect, by ``address:port`` as checks have it."""
    if clouds.paths is None:
        return {}
    entry, function = own_port(clouds, "entry"), own_port(clouds, "function")
    at_entry = clouds.port("checkers", "entry")
    return {
        f"{clouds.pair.aws}:{entry}": at_entry,
        f"{clouds.pair.azure}:{entry}": at_entry,
        f"{LOOPBACK}:{function}": clouds.port("checkers", "function"),
    }
