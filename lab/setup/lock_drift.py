"""``python -m lab.setup.lock_drift``: does requirements.lock still resolve pyproject.toml.

By the lock's own words, without an index: which package is there for pyproject.toml's sake, and at
which version. Resolving again would also find what was released since, which is no drift.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["drift"]

ROOT = Path(__file__).resolve().parents[2]
_PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+?)[;\s\\]*(?:\s.*)?$")
_ASKED_FOR = "landbridge (pyproject.toml)"


def drift(pyproject: str, lock: str) -> list[str]:
    """Return what differs, a sentence each, of the two files' texts; nothing where they agree."""
    return list(_differences(_wanted(pyproject), *_locked(lock)))


def _wanted(pyproject: str) -> dict[str, Requirement]:
    project = tomllib.loads(pyproject)["project"]
    texts = [*project["dependencies"], *project["optional-dependencies"]["develop"]]
    return {canonicalize_name(one.name): one for one in map(Requirement, texts)}


def _locked(lock: str) -> tuple[dict[str, list[str]], set[str]]:
    """Return each package's versions, by Python's or the platform, and those asked for."""
    versions: dict[str, list[str]] = {}
    asked: set[str] = set()
    name = ""
    for line in lock.splitlines():
        if found := _PINNED.match(line):
            name = canonicalize_name(found[1])
            versions.setdefault(name, []).append(found[2])
        elif line.lstrip(" #").removeprefix("via ") == _ASKED_FOR:
            asked.add(name)
    return versions, asked


def _differences(
    wanted: dict[str, Requirement], versions: dict[str, list[str]], asked: set[str]
) -> Iterator[str]:
    for name, requirement in wanted.items():
        if name not in asked:
            yield f"pyproject.toml asks for {name}, and the lock does not know"
            continue
        allowed = [*requirement.specifier.filter(versions[name], prereleases=True)]
        if allowed != versions[name]:
            had = ", ".join(versions[name])
            yield f"pyproject.toml asks for {requirement}, and the lock has {had}"
    for name in sorted(asked - set(wanted)):
        yield f"the lock has {name} for pyproject.toml's sake, which does not ask for it"


def main() -> int:
    """Say what differs; return 1 where something does."""
    found = drift(*((ROOT / name).read_text() for name in ("pyproject.toml", "requirements.lock")))
    for one in found:
        sys.stderr.write(f"requirements.lock: {one}: run make lock\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
