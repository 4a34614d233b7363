"""The words that several commands take as options."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Jobs", "Replication", "Site", "known_faults", "writable_file"]


class Replication(StrEnum):
    """Whether AWS waits for Azure before it acknowledges."""

    SYNC = "sync"
    ASYNC = "async"


class Site(StrEnum):
    """One of the two."""

    AWS = "aws"
    AZURE = "azure"


Jobs = Annotated[int, typer.Option(min=1, max=16, help="Drills at a time: one for two cores.")]


def writable_file(path: Path | None) -> Path | None:
    """Return the path of a file to write; typer.BadParameter now, not when all work is done."""
    if path is None:
        return None
    above = next(folder for folder in path.absolute().parents if folder.exists())
    existing = path if path.exists() else above
    if path.is_dir() or not above.is_dir() or not os.access(existing, os.W_OK):
        raise typer.BadParameter(
            f"{str(path)!r} cannot be written: give a file in a folder that you may write to"
        )
    return path


def known_faults(texts: list[str] | None) -> list[str] | None:
    """Return faults as they are asked for; typer.BadParameter names the part that cannot be."""
    if texts:
        # The catalogue knows the whole lab: a command that has no fault need not load it.
        from lab.faults.schedule import parse_fault

        for text in texts:
            try:
                parse_fault(text)
            except ValueError as error:
                raise typer.BadParameter(f"{error}; see `landbridge faults`") from None
    return texts
