"""Third-party packages for a bundle, taken from what the lock installed.

They are pure Python, so the installed files are what pip would install for Lambda. boto3 and what
it needs are in Lambda's Python runtime and stay out.
"""

import sys
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from stacks.bundles.imports import module_closure, module_file

__all__ = ["BUNDLED", "RUNTIME", "UnknownImportError", "third_party_files"]

# Import name -> distribution, of what may go into a bundle.
BUNDLED = {
    "aws_lambda_powertools": "aws-lambda-powertools",
    "dns": "dnspython",
    "pg8000": "pg8000",
}
# In every Python runtime of Lambda (Lambda Developer Guide, "Runtime-included SDK").
RUNTIME = frozenset({"boto3", "botocore", "jmespath", "s3transfer", "urllib3"})

# Modules of the standard library that read data which no image of Lambda is sure to have (Python
# Library Reference, "zoneinfo", "Data sources") -> distribution that has them.
_DATA = {"zoneinfo": "tzdata"}

# 7 MB of which logging needs a tenth: of this one only the modules that are imported. The others
# are small, and dnspython imports by name at run time.
_TRIMMED = frozenset({"aws_lambda_powertools"})


class UnknownImportError(Exception):
    """A function imports something that neither its bundle nor Lambda's runtime has."""


@dataclass(frozen=True)
class _Source:
    """One file to copy: from where, and its place in the bundle."""

    file: Path
    place: str


def third_party_files(outside: dict[str, str]) -> dict[str, Path]:
    """Return place -> file of all that the imports ``outside`` (dotted name -> importer) need.

    Raises UnknownImportError.
    """
    wanted: dict[str, set[str]] = {}
    files: dict[str, Path] = {}
    for dotted, importer in outside.items():
        package = dotted.partition(".")[0]
        if package in _DATA:
            files |= {one.place: one.file for one in _distribution_files(_DATA[package])}
        if package in sys.stdlib_module_names or package in RUNTIME:
            continue
        if package not in BUNDLED:
            known = ", ".join(sorted(BUNDLED))
            raise UnknownImportError(
                f"{importer} imports {package}, which Lambda lacks; bundles may hold {known}"
            )
        wanted.setdefault(package, set()).add(dotted)
    for package, names in wanted.items():
        for distribution in _with_requirements(BUNDLED[package]):
            trim = package in _TRIMMED and distribution == BUNDLED[package]
            sources = (
                _trimmed(package, frozenset(names)) if trim else _distribution_files(distribution)
            )
            files |= {source.place: source.file for source in sources}
    return files


def _with_requirements(distribution: str) -> list[str]:
    """Return the distribution and what it requires, transitively, without Lambda's own."""
    found: list[str] = []
    waiting = [distribution]
    while waiting:
        name = str(canonicalize_name(waiting.pop()))
        if name in found or name in RUNTIME:
            continue
        found.append(name)
        for text in metadata.requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return found


@cache
def _trimmed(package: str, names: frozenset[str]) -> tuple[_Source, ...]:
    found = []
    root = Path(str(metadata.distribution(BUNDLED[package]).locate_file("")))
    for name in sorted(names):
        module = name
        while module_file(root, module) is None:  # from module import Class
            module = module.rpartition(".")[0]
        closure = module_closure(root, module, frozenset({package}))
        found += [
            _Source(file, file.relative_to(root).as_posix()) for file in closure.files.values()
        ]
    whole = _distribution_files(BUNDLED[package])
    found += [source for source in whole if source.place.endswith("/METADATA")]
    return tuple(found)


@cache
def _distribution_files(distribution: str) -> tuple[_Source, ...]:
    """Return the distribution's files by its own RECORD, without bytecode, scripts and typing."""
    found = []
    for entry in metadata.files(distribution) or ():
        place = PurePosixPath(entry)
        if ".." in place.parts or "__pycache__" in place.parts or place.name == "py.typed":
            continue
        # Of the metadata, importlib.metadata.version() reads METADATA; the rest says how and when
        # this machine installed it, and would change the bundle's hash.
        if place.parts[0].endswith(".dist-info") and place.name != "METADATA":
            continue
        found.append(_Source(Path(str(entry.locate())), place.as_posix()))
    return tuple(found)
