"""``rebuild``: make the stopped data folder a standby of the serving site, by the cheapest way.

Look, save what only this folder has, then try the ways in order; each says why it was chosen. A
rebuild that was killed anywhere is run again from the start: what it left is settled first.
"""

import time
from collections import Counter
from dataclasses import replace

from landbridge.database_pod.environment import PodSettings, RebuildOrder
from landbridge.database_pod.exporting import Export, export_forked_rows
from landbridge.database_pod.looking import Look, look
from landbridge.database_pod.methods import METHODS, TABLESPACES_OUTSIDE, MethodError, Rebuilding
from landbridge.database_pod.passfile import with_own_passfile
from landbridge.database_pod.programs import Programs
from landbridge.database_pod.report import Report
from landbridge.database_pod.source import Source
from landbridge.database_pod.volume import Volume
from landbridge.domain.errors import DatabaseUnreachableError, RebuildFailedError
from landbridge.domain.rebuild_method import (
    Choice,
    choose_methods,
    may_hold_forked_rows,
)

__all__ = ["rebuild"]

_FULL = "No space left on device"


def rebuild(pod: PodSettings, order: RebuildOrder, report: Report) -> None:
    """Do it; the last event is ``rebuilt``. Raises an error of the tree where no way led there."""
    begun, programs = time.monotonic(), Programs(pod)
    volume = Volume(programs)
    with volume.locked():
        volume.settle()
        conninfo = with_own_passfile(volume, order.conninfo, volume.folder)
        source = Source(programs, replace(order, conninfo=conninfo))
        found = look(volume, source)
        choices = choose_methods(found.evidence)
        _decided(report, choices[0])
        export = _save(volume, found, order, report)
        source.ensure_slot()
        work = Rebuilding(volume, source, found, report, export)
        done, copied = _first_that_works(work, choices)
    report.say(
        "rebuilt",
        method=done.method.value,
        why=done.why,
        bytes=copied,
        seconds=round(time.monotonic() - begun, 3),
        forked_rows=export.rows,
        export=export.path,
    )


def _decided(report: Report, choice: Choice) -> None:
    report.say("decided", method=choice.method.value, why=choice.why)


def _save(volume: Volume, found: Look, order: RebuildOrder, report: Report) -> Export:
    """Return the export of forked rows: one made now, or the one before an interrupted rewind."""
    noted = volume.rewinding
    if noted is not None:
        return Export(noted["path"], Counter(noted["tables"]), Counter(noted["deletes"]))
    if not may_hold_forked_rows(found.evidence):
        return Export()
    if order.discard_forked_rows:
        report.say("discarded", why="the operator gave up the rows that only this database has")
        return Export()
    export = export_forked_rows(volume, found, order.run)
    if export.path:
        report.say(
            "exported",
            rows=export.rows,
            path=export.path,
            tables=dict(export.tables),
            deletes=dict(export.deletes),
        )
    return export


def _first_that_works(work: Rebuilding, choices: tuple[Choice, ...]) -> tuple[Choice, int]:
    failures: list[str] = []
    for number, choice in enumerate(choices):
        tried = Choice(choice.method, "; ".join([choice.why, *failures]))
        if number:
            _decided(work.report, tried)
        try:
            return tried, METHODS[choice.method](work)
        except MethodError as error:
            work.report.say("method-failed", method=choice.method.value, why=str(error))
            failures.append(f"{choice.method.value} failed: {error}")
    raise RebuildFailedError(
        f"{'; '.join(failures)}. {_left_behind(work)}", _remedy(work, failures[-1])
    )


def _left_behind(work: Rebuilding) -> str:
    if work.volume.rewinding is not None:
        old = "the data folder is of no use any more: a rewind changed half of it"
    elif work.volume.has_database:
        old = "the data folder is as it was"
    else:
        old = "the data folder holds no database"
    try:
        kept = work.source.kept_from()
    except DatabaseUnreachableError:
        return f"The serving site is untouched; {old}"
    slot = f", but for its slot {work.source.order.slot}, which keeps WAL from {kept}"
    return f"The serving site is untouched{slot if kept else ''}; {old}"


def _remedy(work: Rebuilding, failure: str) -> str:
    if _FULL in failure:
        return f"give {work.volume.folder} more space, then run the rebuild again"
    if TABLESPACES_OUTSIDE in failure:
        return "there: ALTER ... SET TABLESPACE pg_default, DROP TABLESPACE; then rebuild again"
    return "mend what is named, then run the rebuild again"
