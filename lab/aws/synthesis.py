"""The templates for the lab: app.py's own output, kept by the hash of all that it is made from."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lab.aws.lambda_packages import unpack

__all__ = ["UNPACKED", "SynthesisError", "source_hash", "synthesize"]

ROOT = Path(__file__).resolve().parents[2]
# Bundles unpacked and compiled, by their content; several labs use them at once.
UNPACKED = ROOT / "build" / "unpacked"
_FILES = ("app.py", "cdk.json", "requirements.lock")
_FOLDERS = ("functions", "landbridge", "stacks", "statemachines")


class SynthesisError(Exception):
    """app.py refused; the message is what it said."""


def synthesize(
    context: Mapping[str, Any] | None = None, root: Path = ROOT, kept_in: Path | None = None
) -> Path:
    """Return the cloud assembly's folder; run app.py only where the sources are new.

    ``context`` goes over cdk.json's, as CDK_CONTEXT_JSON. Safe with two at once: each writes its
    own folder, and the first to finish gives it the name. Raises SynthesisError.
    """
    kept = kept_in or root / "build" / "synth"
    overriding = json.dumps(context or {}, sort_keys=True)
    folder = kept / source_hash(root, overriding)
    if folder.is_dir():
        return folder
    kept.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=".half-", dir=kept))
    try:
        _run(root, half, overriding)
        for bundle in half.glob("*.zip"):
            unpack(bundle.read_bytes(), UNPACKED)
        half.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return folder


def source_hash(root: Path, overriding: str) -> str:
    """Return the hash of names and contents of everything that a template is made from."""
    digest = hashlib.sha256(overriding.encode())
    for file in sorted(_sources(root)):
        digest.update(f"{file.relative_to(root)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:20]


def _sources(root: Path) -> Iterator[Path]:
    yield from (root / name for name in _FILES)
    for folder in _FOLDERS:
        for file in (root / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file


def _run(root: Path, into: Path, overriding: str) -> None:
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(into),
        "CDK_CONTEXT_JSON": overriding,
    }
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SynthesisError(done.stderr.strip())
