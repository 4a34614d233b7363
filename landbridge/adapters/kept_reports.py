"""Drills as they are kept on this machine: a folder each, with its report."""

import json
from pathlib import Path
from typing import Any

from landbridge.domain.errors import ConfigurationError
from landbridge.domain.kept_drills import drill_run, unreadable_run
from landbridge.domain.kept_runs import KeptRun, newest_first

__all__ = ["REPORTS", "drill_runs", "report_file"]

REPORTS = Path("reports")
_DOCUMENT = "report.json"


def drill_runs(folder: Path) -> list[KeptRun]:
    """Return every drill of the folder, the newest first; what cannot be read has its row too."""
    files = sorted(folder.glob(f"*/{_DOCUMENT}"))
    return newest_first(_drill(file) for file in files)


def _drill(file: Path) -> KeptRun:
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
        return drill_run(document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"{file}: {type(error).__name__}: {error}"
        written = file.stat().st_mtime if file.exists() else 0.0
        return unreadable_run(file.parent.name, why, written)


def report_file(folder: Path, run: str, name: str) -> Path:
    """Return one file of a drill's report; raise ConfigurationError where there is none."""
    file = folder / run / name
    if file.is_file():
        return file
    raise ConfigurationError(
        f"{folder} keeps no {name} of a run {run}", "see `landbridge history --lab`"
    )
