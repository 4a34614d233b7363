"""Writing one run's report: JSON for programs, HTML for people, text for terminals."""

import json
from dataclasses import dataclass
from pathlib import Path

from lab.report.document import report_document
from lab.report.model import RunRecord
from lab.report.summary import plain_text

__all__ = ["ReportPaths", "write_report"]


@dataclass(frozen=True)
class ReportPaths:
    """Where the three are."""

    json: Path
    html: Path
    text: Path


def write_report(run: RunRecord, folder: Path) -> ReportPaths:
    """Write ``report.json``, ``report.html`` and ``report.txt`` into ``folder``."""
    # matplotlib takes over a second: nobody waits for it before there is something to draw.
    from lab.report.page import report_page  # noqa: PLC0415 - as above

    folder.mkdir(parents=True, exist_ok=True)
    paths = ReportPaths(folder / "report.json", folder / "report.html", folder / "report.txt")
    # The JSON first: what a program reads must be there even where drawing fails.
    document = json.dumps(report_document(run), indent=2, allow_nan=False)
    paths.json.write_text(document + "\n", encoding="utf-8")
    paths.text.write_text(plain_text(run), encoding="utf-8")
    paths.html.write_text(report_page(run), encoding="utf-8")
    return paths
