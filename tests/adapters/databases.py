"""A lab's databases as landbridge's settings name them, with the secrets that the lab made."""

from collections.abc import Callable

from lab.sites.postgres import DATABASE, PostgresServer
from lab.sites.replication import DatabasePair
from landbridge.domain.settings import Database

SECRET = "database"


def database_of(server: PostgresServer, **changes: object) -> Database:
    """Return the settings of one server; ``changes`` are fields of Database."""
    found = {"host": server.host, "port": server.port, "name": DATABASE, "secret": SECRET}
    return Database(**{**found, **changes})  # type: ignore[arg-type]


def credentials_of(pair: DatabasePair) -> Callable[[str], dict[str, str]]:
    """Return what stands for ``read_secret``: landbridge's own role."""
    return lambda _name: {"username": "landbridge", "password": pair.passwords.landbridge}
