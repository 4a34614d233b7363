"""What a lab's databases begin with: made once for what it is made from, copied by every lab.

Kept in the build folder with passwords that nobody has; each lab sets its own.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from lab.sites.postgres import DATABASE, SUPERUSER, PostgresServer

__all__ = ["copy_data", "lay_first_data", "run_scripts"]

_ROOT = Path(__file__).resolve().parents[2]
_KEPT = _ROOT / "build" / "databases"
_SQL = _ROOT / "deploy" / "sql"
_SCRIPTS = ("roles.sql", "schema.sql", "resequence.sql", "orders.sql")
_ARGUMENTS = (
    *("-U", SUPERUSER),
    *("--auth=scram-sha-256", "--auth-local=trust"),
    *("--encoding=UTF8", "--locale=C.UTF-8"),
    *("--data-checksums", "--no-sync", "--no-instructions"),
)


def lay_first_data(server: PostgresServer) -> None:
    """Give a server that does not run an empty database of the workload, with all of its roles.

    Safe with two at once: the first to finish gives the copy its name.
    """
    kept = _KEPT / _made_from(server)
    if kept.is_dir():
        copy_data(kept, server.data)
        return
    server.run_program("initdb", "-D", server.data, *_ARGUMENTS)
    server.start()
    with server.superuser() as connection:
        connection.run(f"CREATE DATABASE {DATABASE}")
    nobody = os.urandom(16).hex()
    run_scripts(server, dict.fromkeys(("landbridge", "replicator", "orders"), nobody))
    server.stop()
    _KEPT.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=".half-", dir=_KEPT))
    copy_data(server.data, half / "data")
    try:
        (half / "data").rename(kept)
    except OSError:  # another lab made it in the meantime
        if not kept.is_dir():
            raise
    finally:
        shutil.rmtree(half)


def run_scripts(server: PostgresServer, passwords: dict[str, str]) -> None:
    """Run deploy/sql as an operator would; again at any time."""
    variables = "".join(f"\\set {name}_password '{one}'\n" for name, one in passwords.items())
    script = variables + "".join((_SQL / name).read_text() for name in _SCRIPTS)
    arguments = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", SUPERUSER, "-d", DATABASE)
    server.run_program(
        "psql", "-h", server.folder, "-p", str(server.port), *arguments, stdin=script
    )


def copy_data(data: Path, to: Path) -> None:
    """Copy the data folder of a server that was stopped, owners and all."""
    subprocess.run(["cp", "-a", data, to], check=True)


def _made_from(server: PostgresServer) -> str:
    version = server.run_program("postgres", "--version")
    digest = hashlib.sha256(repr((version, _ARGUMENTS)).encode())
    for name in _SCRIPTS:
        digest.update((_SQL / name).read_bytes())
    return digest.hexdigest()[:20]
