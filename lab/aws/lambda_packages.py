"""What a Lambda worker finds on disk: its bundle, and the packages of Lambda's Python runtime."""

import hashlib
import io
import shutil
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["RUNTIME_PACKAGES", "Runtime", "link_runtime_packages"]

# Lambda Developer Guide, "Runtime-included SDK": boto3 with all that it needs.
RUNTIME_PACKAGES = frozenset(
    {"boto3", "botocore", "dateutil", "jmespath", "python_dateutil", "s3transfer", "six", "urllib3"}
)


@dataclass(frozen=True)
class Runtime:
    """What every worker gets: the folders, and the environment that the lab adds."""

    folder: Path
    packages: Path
    environment: Mapping[str, str]
    unpacking: threading.Lock = field(default_factory=threading.Lock)

    def task_root(self, function_name: str, code: bytes) -> Path:
        """Return the bundle's folder, unpacked once for all workers of that code."""
        root = self.folder / f"{function_name}-{hashlib.sha256(code).hexdigest()[:12]}"
        with self.unpacking:
            if not root.is_dir():
                half = root.with_name(f".{root.name}")
                with zipfile.ZipFile(io.BytesIO(code)) as archive:
                    archive.extractall(half)
                half.rename(root)
        return root


def link_runtime_packages(into: Path, site_packages: Path) -> None:
    """Make the folder of what Lambda's Python runtime has, as links into the lab's own packages."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for entry in site_packages.iterdir():
        top = entry.name.partition("-")[0].removesuffix(".py")
        if top in RUNTIME_PACKAGES:
            (into / entry.name).symlink_to(entry)
