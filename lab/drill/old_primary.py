"""What an old primary committed, asked of its data without bringing it back.

A server that answers is asked. The data of one that does not are copied, and the copy is read in
single-user mode: the world stays as it is, and nobody can write to it by mistake.
"""

import shutil
from typing import Any

from lab.clouds.clouds import Clouds
from lab.clouds.looking import ask, database_of
from lab.drill.world import seen
from lab.processes.children import ChildError
from lab.sites.postgres import DATABASE

__all__ = ["committed_rows", "never_received"]

_IDS = "SELECT id::text FROM public.orders"
# It says who runs on the data, and goes with the server, which may be at this moment.
_NOT_DATA = shutil.ignore_patterns("postmaster.pid")


def never_received(clouds: Clouds) -> frozenset[str] | None:
    """Return the orders that AWS committed and Azure, which serves, has not; None: not known.

    Ask when AWS takes no writes any more and before the way home, which rebuilds it.
    """
    serving = seen({}, "Azure's orders", _ids, clouds, "azure")
    old = seen({}, "AWS's orders", _ids, clouds, "aws")
    return None if serving is None or old is None else old - serving


def _ids(clouds: Clouds, site: str) -> frozenset[str] | None:
    rows = committed_rows(clouds, site, _IDS)
    return None if rows is None else frozenset(row[0] for row in rows)


def committed_rows(clouds: Clouds, site: str, sql: str) -> tuple[tuple[Any, ...], ...] | None:
    """Return what ``sql`` selects in the site's data, whether or not its server answers.

    Of data without a server each value is text, and they are None where they are a standby's or
    broken.
    """
    if database_of(clouds, site).answers():
        return tuple(tuple(row) for row in ask(clouds, site, sql))
    return _rows_aside(clouds, site, sql)


def _rows_aside(clouds: Clouds, site: str, sql: str) -> tuple[tuple[str, ...], ...] | None:
    server = database_of(clouds, site)
    if (server.data / "standby.signal").exists():
        return None
    copy, found = server.folder / "aside", server.folder / "aside.rows"
    owner = server.folder.stat()
    # Single-user mode reads a statement a line.
    statement = f"COPY ({' '.join(sql.split())}) TO '{found}'\n"
    try:
        shutil.copytree(server.data, copy, symlinks=True, ignore=_NOT_DATA)
        for path in (copy, *copy.rglob("*")):
            shutil.chown(path, owner.st_uid, owner.st_gid)
        server.run_program("postgres", "--single", "-D", copy, DATABASE, stdin=statement)
        return tuple(tuple(line.split("\t")) for line in found.read_text().splitlines())
    except (OSError, ChildError, shutil.Error):
        return None
    finally:
        shutil.rmtree(copy, ignore_errors=True)
        found.unlink(missing_ok=True)
