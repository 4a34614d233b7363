"""What the takeover's image is built from: `python -m lab.azure.takeover_package FOLDER`.

The folder is the whole context of a build: the Dockerfile, the modules that the Job's pod and
the failover's steps import, the state machine's own text, and the part of the lock that they need.
"""

import re
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lab.azure.package import lay_out, own_modules
from landbridge.domain.plan import FAILOVER

__all__ = ["DISTRIBUTIONS", "locked", "stage_takeover"]

REPOSITORY = Path(__file__).parents[2]
MACHINE = "statemachines/failover.asl.json"
# What the pod's own modules import of others: the test of this package runs it without the rest.
DISTRIBUTIONS = (
    "aws-lambda-powertools",
    "boto3",
    "dnspython",
    "kubernetes",
    "pg8000",
    "tzdata",
)
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==")


def stage_takeover(folder: Path, repository: Path = REPOSITORY) -> None:
    """Lay the context out in ``folder``, which need not exist; what was there of it is replaced."""
    lay_out(folder, _files(repository), ("functions", "landbridge", "statemachines"))
    lock = (repository / "requirements.lock").read_text(encoding="utf-8")
    (folder / "requirements.txt").write_text(locked(lock, DISTRIBUTIONS), encoding="utf-8")


def _files(repository: Path) -> dict[str, Path]:
    pod = repository / "landbridge" / "takeover" / "__main__.py"
    return {
        "Dockerfile": repository / "deploy" / "images" / "takeover.Dockerfile",
        MACHINE: repository / MACHINE,
        **own_modules(repository, pod, ("landbridge.takeover.__main__", *_steps())),
    }


def _steps() -> list[str]:
    # They are called by name, which no import shows.
    return [f"functions.{step.name}.handler" for step in FAILOVER]


def locked(lock: str, distributions: Iterable[str]) -> str:
    """Return the lock's own lines for these distributions and all that they need, hashes and all.

    Raises KeyError for one that the lock has not.
    """
    entries = _entries(lock)
    wanted: set[str] = set()
    waiting = [str(canonicalize_name(name)) for name in distributions]
    while waiting:
        name = waiting.pop()
        if name in wanted:
            continue
        wanted.add(name)
        for text in metadata.requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(str(canonicalize_name(requirement.name)))
    return "".join(entries[name] for name in sorted(wanted))


def _entries(lock: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    name = ""
    for line in lock.splitlines(keepends=True):
        if found := _PINNED.match(line):
            name = str(canonicalize_name(found[1]))
        if name and not line.strip().startswith("#"):
            # One that is locked twice, for two kinds of machine, is there with both.
            entries[name] = entries.get(name, "") + line
    return entries


if __name__ == "__main__":
    stage_takeover(Path(sys.argv[1]))
