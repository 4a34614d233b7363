"""Forked rows, exported before a rebuild destroys them.

A row is forked where its newest version was written by a transaction that committed here after the
fork. They go to ``export/<run>/<schema>.<table>.jsonl``, one object a line::

    {"table": "public.orders", "key": {"number": 7}, "row": {"number": 7, ...}}

``key`` is the primary key's columns, empty for a table without one. The WAL from the fork on goes
to ``export/<run>/wal/``: it has the deletes too, which no row shows any more. A file ``complete``
is the last one written.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from landbridge.database_pod.looking import Look
from landbridge.database_pod.offline import Offline, offline_server
from landbridge.database_pod.programs import ProgramError
from landbridge.database_pod.tables import Table, row_query, touched_tables
from landbridge.database_pod.volume import Volume, sync_tree
from landbridge.database_pod.wal import records, segments
from landbridge.domain.control_file import ControlFile
from landbridge.domain.errors import ForkedRowsError
from landbridge.domain.forked_transactions import ForkedTransactions, forked_transactions

__all__ = ["Export", "export_forked_rows"]

# How far before the fork the changes of a transaction that committed after it are looked for in
# the WAL; one that began earlier is looked for in every table.
_SEGMENTS_BEFORE = 8
_REMEDY = (
    "mend what is named and run the rebuild again, or give those rows up with --discard-forked-rows"
)


@dataclass
class Export:
    """``rows`` written for each table, ``deletes`` counted for each; ``path`` is empty for none."""

    path: str = ""
    tables: Counter[str] = field(default_factory=Counter)
    deletes: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """How many rows were exported in all."""
        return self.tables.total()


def export_forked_rows(volume: Volume, look: Look, run: str) -> Export:
    """Export what only this data folder has; raise ForkedRowsError, with nothing destroyed."""
    fork, end = look.evidence.fork, look.evidence.local_end
    if look.control is None or fork is None or end is None:
        raise ForkedRowsError(
            "the data folder may hold rows that the serving site never received, and where the "
            "two parted could not be read",
            _REMEDY,
        )
    try:
        forked = _read_transactions(volume, look, look.control, (fork, end))
        if not forked.ids:
            return Export()
        made = volume.folder / "export" / f"{run}.part"
        volume.make_folder(made)
        with offline_server(volume) as server:
            export = _export(server, forked, made)
        if not export.tables and not export.deletes:
            shutil.rmtree(made)
            return export
        _keep_wal(volume.data / "pg_wal", look.control, fork, made / "wal")
        export.path = str(_finish(volume, made, export))
    except (ProgramError, OSError) as error:
        raise ForkedRowsError(f"forked rows could not be exported: {error}", _REMEDY) from error
    return export


def _read_transactions(
    volume: Volume, look: Look, control: ControlFile, between: tuple[int, int]
) -> ForkedTransactions:
    fork, end = between
    wal = volume.data / "pg_wal"
    there, first = segments(wal, control.segment_bytes), fork // control.segment_bytes
    if first not in there:
        raise ForkedRowsError(f"the WAL of the fork is gone from {wal}", _REMEDY)
    wanted = first
    while wanted - 1 in there and first - wanted < _SEGMENTS_BEFORE:
        wanted -= 1
    # No further than the fork's own timeline goes back: an older one's files may have gone.
    oldest = max(one.begin for one in look.history if one.begin <= fork)
    begin = max(wanted * control.segment_bytes, oldest)
    return forked_transactions(
        records(volume.programs, wal, look.history, (begin, end), control.segment_bytes), fork
    )


def _export(server: Offline, forked: ForkedTransactions, made: Path) -> Export:
    export = Export()
    for table in touched_tables(server, forked):
        if deleted := table.deletes(forked):
            export.deletes[table.label] += deleted
        rows = 0
        file = made / f"{table.label.replace('/', '%2F')}.jsonl"
        with file.open("w") as stream:
            for line in _lines(server, table, forked):
                stream.write(line + "\n")
                rows += 1
        if rows:
            export.tables[table.label] = rows
        else:
            file.unlink()
    return export


def _lines(server: Offline, table: Table, forked: ForkedTransactions) -> Iterator[str]:
    label = json.dumps(table.label)
    for key, row in server.rows(table.database, row_query(table, forked.ids)):
        # PostgreSQL's own JSON, passed on as it is: numbers keep every digit.
        yield f'{{"table": {label}, "key": {key}, "row": {row}}}'


def _keep_wal(wal: Path, control: ControlFile, fork: int, target: Path) -> None:
    target.mkdir()
    first = fork // control.segment_bytes
    for number, files in segments(wal, control.segment_bytes).items():
        for file in files if number >= first else ():
            shutil.copyfile(file, target / file.name)
    for file in wal.glob("*.history"):
        shutil.copyfile(file, target / file.name)


def _finish(volume: Volume, made: Path, export: Export) -> Path:
    sync_tree(made, volume.programs.own)
    summary = {"rows": export.rows, "tables": export.tables, "deletes": export.deletes}
    volume.write(made / "complete", json.dumps(summary) + "\n")
    target = made.with_suffix("")
    if target.exists():
        # An earlier try of the same run: the same rows, which are still in the data folder too.
        shutil.rmtree(target)
    volume.rename(made, target)
    volume.programs.own(target.parent)
    return target
