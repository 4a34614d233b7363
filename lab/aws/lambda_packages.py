"""What a Lambda worker finds on disk: its bundle, and the packages of Lambda's Python runtime."""

import contextlib
import hashlib
import importlib.util
import io
import os
import py_compile
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RUNTIME_PACKAGES", "Runtime", "link_runtime_packages", "unpack"]

# Lambda Developer Guide, "Runtime-included SDK": boto3 with all that it needs.
RUNTIME_PACKAGES = frozenset(
    {"boto3", "botocore", "dateutil", "jmespath", "python_dateutil", "s3transfer", "six", "urllib3"}
)


@dataclass(frozen=True)
class Runtime:
    """What every worker gets: the folders, and the environment that the lab adds.

    ``folder`` is the lab's own; ``unpacked`` holds bundles by their content, for every lab.
    """

    folder: Path
    unpacked: Path
    packages: Path
    environment: Mapping[str, str]


def unpack(code: bytes, into: Path) -> Path:
    """Return the bundle's folder in ``into``, unpacked and compiled once for that content.

    Compiled, because Python would do it at each first start of a worker, and a lab has as many
    first starts as functions. Safe with two at once, and the two need not be of one process.
    """
    tag = sys.implementation.cache_tag
    root = into / f"{hashlib.sha256(code).hexdigest()[:20]}-{tag}"
    if root.is_dir():
        return root
    into.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=".half-", dir=into))
    half.chmod(0o755)
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        archive.extractall(half)
    _compile(half, into / f".compiled-{tag}")
    try:
        half.rename(root)
    except OSError:  # another one was first
        shutil.rmtree(half)
    return root


def _compile(folder: Path, kept: Path) -> None:
    """Compile the folder's modules, each content once: bundles share nine files of ten.

    By PEP 552's unchecked hash, so that a compiled file serves every copy of its source. What is no
    Python (a package's template) stays as it is: it will not be imported either.
    """
    kept.mkdir(exist_ok=True)
    for source in folder.rglob("*.py"):
        compiled = kept / f"{hashlib.sha256(source.read_bytes()).hexdigest()}.pyc"
        beside = Path(importlib.util.cache_from_source(str(source)))
        beside.parent.mkdir(exist_ok=True)
        if compiled.exists():
            os.link(compiled, beside)
            continue
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(str(source), str(beside), quiet=2, invalidation_mode=mode)
        with contextlib.suppress(FileNotFoundError, FileExistsError):  # no Python; another's first
            os.link(beside, compiled)  # never replaced: a link to a replaced file fails


def link_runtime_packages(into: Path, site_packages: Path) -> None:
    """Make the folder of what Lambda's Python runtime has, as links into the lab's own packages."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for entry in site_packages.iterdir():
        top = entry.name.partition("-")[0].removesuffix(".py")
        if top in RUNTIME_PACKAGES:
            (into / entry.name).symlink_to(entry)
