"""The words that several commands take as options."""

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from landbridge.domain.foreign import shown

__all__ = [
    "All",
    "Executor",
    "Jobs",
    "Replication",
    "Site",
    "Workload",
    "known_faults",
    "run_name",
    "writable_file",
]

# What Step Functions takes for an execution's name, of what anybody would give one.
_RUN = re.compile(r"[A-Za-z0-9_.-]{1,80}")


class Replication(StrEnum):
    """Whether AWS waits for Azure before it acknowledges."""

    SYNC = "sync"
    ASYNC = "async"


class Site(StrEnum):
    """One of the two."""

    AWS = "aws"
    AZURE = "azure"


class Executor(StrEnum):
    """The cloud that leads a way out."""

    AWS = "aws"
    AZURE = "azure"


Workload = Annotated[str, typer.Option("--workload", help="Which one, where cdk.json has several.")]
All = Annotated[
    bool,
    typer.Option("--all", help="Every workload of cdk.json, wave by wave, each by its own run."),
]
Jobs = Annotated[int, typer.Option(min=1, max=16, help="Drills at a time: one for two cores.")]


def writable_file(path: Path | None) -> Path | None:
    """Return the path of a file to write; typer.BadParameter now, not when all work is done."""
    if path is not None and not _is_writable(path):
        raise typer.BadParameter(
            f"{shown(str(path))} cannot be written: give a file in a folder that you may write to"
        )
    return path


def _is_writable(path: Path) -> bool:
    try:
        above = next(folder for folder in path.absolute().parents if folder.exists())
        existing = path if path.exists() else above
        return above.is_dir() and not path.is_dir() and os.access(existing, os.W_OK)
    except (OSError, ValueError):  # too long, or with a NUL
        return False


def known_faults(texts: list[str] | None) -> list[str] | None:
    """Return faults as they are asked for; typer.BadParameter names the part that cannot be."""
    if texts:
        # The catalogue knows the whole lab: a command that has no fault need not load it.
        from lab.faults.asking import parse_fault

        for text in texts:
            try:
                parse_fault(text)
            except ValueError as error:
                raise typer.BadParameter(f"{error}; see `landbridge faults`") from None
    return texts


def run_name(name: str) -> str:
    """Return the name of a run; raise typer.BadParameter for what cannot be one."""
    if not _RUN.fullmatch(name):
        raise typer.BadParameter(
            f"{shown(name)} is no run's name: give it as `landbridge failback` printed it"
        )
    return name
