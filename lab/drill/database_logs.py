"""What both sites' PostgreSQL said, from every log that the lab keeps of it.

Source: PostgreSQL 16's own messages, as its servers of the lab write them (``log_line_prefix`` is
``%m [%p] ``, GMT). A pod's log has the node's time before each line: it goes first, since a
database's own clock may be skewed.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.clouds.looking import cluster_of
from lab.judgement.evidence import LogEvent
from lab.judgement.world import SITES
from lab.kubernetes.node.logs import kept_logs

__all__ = ["log_events", "read_log"]

_LINE = re.compile(
    r"(?:(?P<node>\d{4}-\S+Z) )?(?P<own>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) GMT \[\d+\] "
    r"\w+:  (?P<text>.*)"
)
_READ_ONLY = 'parameter "default_transaction_read_only" '
_SAID = {
    "starting PostgreSQL ": "started",
    "entering standby mode": "standby",
    "database system is ready to accept connections": "writable",
    "selected new timeline ID: ": "timeline",
    f'{_READ_ONLY}changed to "on"': "read-only",
    f'{_READ_ONLY}changed to "off"': "read-write",
    f"{_READ_ONLY}removed from configuration file": "read-write",
    "received fast shutdown request": "stopped",
    "received smart shutdown request": "stopped",
    "received immediate shutdown request": "stopped",
    "database system is shut down": "stopped",
}


def log_events(clouds: Clouds) -> tuple[LogEvent, ...]:
    """Return both sites' events, of the lab's own servers and of all pods that there were."""
    found: list[LogEvent] = []
    for site in SITES:
        node = cluster_of(clouds, site).folder / "node"
        files = [clouds.lab.path / "logs" / f"{site}-postgres.log"]
        files += kept_logs(node, names.NAMESPACE, names.DATABASE_POD, "postgres")
        for file in files:
            found += read_log(file, site)
    return tuple(sorted(found, key=lambda event: event.at))


def read_log(file: Path, site: str) -> list[LogEvent]:
    """Return one log's events; the last line is one too, for then the server still lived."""
    if not file.exists():
        return []
    text = file.read_text(errors="replace")
    lines = [line for line in map(_LINE.match, text.splitlines()) if line]
    events = [event for line in lines for event in _event(line, site)]
    return [*events, LogEvent(_at(lines[-1]), site, "said")] if lines else []


def _event(line: re.Match[str], site: str) -> Iterator[LogEvent]:
    for words, what in _SAID.items():
        if line["text"].startswith(words):
            detail = line["text"].removeprefix(words) if what == "timeline" else ""
            yield LogEvent(_at(line), site, what, detail)


def _at(line: re.Match[str]) -> float:
    return datetime.fromisoformat(line["node"] or f"{line['own']}+00:00").timestamp()
