"""One function's bundle: its handler, the modules that it imports, the packages these need."""

import hashlib
import os
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stacks.bundles.distributions import third_party_files
from stacks.bundles.imports import module_closure

__all__ = ["Bundle", "build_bundle", "bundle_files"]

_OWN = frozenset({"functions", "landbridge"})


# The earliest that a zip can hold: the bundle is the same whenever it is made.
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bundle:
    """A zip that Lambda could run, and the hash of what is in it."""

    file: Path
    content_hash: str


def bundle_files(root: Path, function: str) -> dict[str, Path]:
    """Return place in the bundle -> file, for the function's handler in the repository ``root``.

    Raises FileNotFoundError for a missing handler or module, UnknownImportError for a package that
    Lambda does not have.
    """
    handler = f"functions.{function}.handler"
    closure = module_closure(root, handler, _OWN)
    files = {file.relative_to(root).as_posix(): file for file in closure.files.values()}
    return files | third_party_files(closure.outside)


def build_bundle(root: Path, function: str, into: Path) -> Bundle:
    """Write the function's bundle to ``into/<function>-<hash>.zip`` unless it is there already.

    The same source gives the same hash and the same bytes: names and contents count, times and
    owners don't. Safe with two builders at once.
    """
    files = bundle_files(root, function)
    digest = hashlib.sha256()
    for place, file in sorted(files.items()):
        content = _content_hash(file, file.stat().st_mtime_ns)
        digest.update(f"{place}\0{content}\0".encode())
    content_hash = digest.hexdigest()[:32]
    bundle = Bundle(into / f"{function}-{content_hash}.zip", content_hash)
    if not bundle.file.is_file():
        into.mkdir(parents=True, exist_ok=True)
        half = into / f".{function}-{content_hash}-{os.getpid()}"
        _write(files, half)
        half.replace(bundle.file)
    return bundle


@cache
def _content_hash(file: Path, _changed_ns: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _write(files: dict[str, Path], file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for place, source in sorted(files.items()):
            entry = zipfile.ZipInfo(place, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, source.read_bytes())
