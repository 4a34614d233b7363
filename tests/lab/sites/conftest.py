"""One pair of databases for the tests that leave it as they found it."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pg8000.native
import pytest

from lab.processes.folder import LabFolder
from lab.sites.certificates import Authority
from lab.sites.postgres import DATABASE, PostgresServer
from lab.sites.replication import DatabasePair, start_pair

Login = Callable[[PostgresServer, str], AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def lab() -> Iterator[LabFolder]:
    """Open a lab for one module."""
    with LabFolder() as folder:
        yield folder


@pytest.fixture(scope="module")
def authority(lab: LabFolder) -> Authority:
    """Return the lab's certificate authority."""
    return Authority(lab.folder("certificates"))


@pytest.fixture(scope="module")
def pair(lab: LabFolder, authority: Authority) -> DatabasePair:
    """Start a primary in AWS with Azure as its required synchronous standby."""
    return start_pair(lab, authority)


@pytest.fixture(scope="module")
def login(pair: DatabasePair, authority: Authority) -> Login:
    """Return how to open a verified connection to a server as one of the roles."""
    context = ssl.create_default_context(cafile=authority.path)

    @contextmanager
    def connect(server: PostgresServer, role: str) -> Iterator[Any]:
        connection = pg8000.native.Connection(
            role,
            host=server.host,
            port=server.port,
            database=DATABASE,
            password=getattr(pair.passwords, role),
            ssl_context=context,
            timeout=30,
        )
        try:
            yield connection
        finally:
            connection.close()

    return connect
