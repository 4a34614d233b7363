"""``landbridge rehearse``: a clone of the standby is promoted and used, and production is not."""

import json
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from landbridge.cli.choices import Workload
from landbridge.cli.orchestrator import REFUSED, operations_of
from landbridge.domain.errors import RehearsalRefusedError
from landbridge.domain.foreign import printable
from landbridge.domain.rehearsal_request import LONGEST_SECONDS, SHORTEST_SECONDS, Wish

if TYPE_CHECKING:
    from landbridge.adapters.rehearsing import Rehearsal

__all__ = ["rehearse"]

NOT_PASSED = 1
# A shell's word for a program that Ctrl-C ended.
INTERRUPTED = 130
# From a person, from whoever ends processes, and from a terminal that was closed.
_ENDS = (signal.SIGTERM, signal.SIGHUP)


def rehearse(
    timeout: Annotated[
        int,
        typer.Option(
            min=SHORTEST_SECONDS,
            max=LONGEST_SECONDS,
            help="Seconds that copying, promoting and ordering may take in all.",
        ),
    ] = 900,
    clean: Annotated[
        bool, typer.Option("--clean", help="Only remove what an earlier rehearsal left.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    workload: Workload = "",
    lab: Annotated[
        bool, typer.Option("--lab", help="In the lab that is up on this machine.")
    ] = False,
) -> None:
    """Promote a clone of the standby, order at it, remove it; exit 1 unless all of it is proved."""
    from landbridge.adapters.rehearsing import Rehearsal

    console = Console(stderr=as_json)
    run = f"rehearsal-{int(time.time())}-{secrets.token_hex(3)}"
    with _ended_as_by_a_person(), console.status("Beginning") as status:

        def say(sentence: str) -> None:
            status.update(printable(sentence).replace("[", r"\["))
            console.print(printable(sentence), style="dim", markup=False)

        rehearsal = Rehearsal(operations_of(lab=lab, workload=workload), run, timeout, say)
        try:
            if clean:
                _clean(rehearsal)
            else:
                _rehearse(rehearsal, console, as_json=as_json)
        except KeyboardInterrupt:
            left = "Interrupted: landbridge rehearse --clean removes what may be left."
            console.print(left, markup=False)
            raise typer.Exit(INTERRUPTED) from None


def _rehearse(rehearsal: "Rehearsal", console: Console, *, as_json: bool) -> None:
    from landbridge.adapters.rehearsal_table import rehearsal_table

    try:
        done = rehearsal.rehearse()
    except RehearsalRefusedError as error:
        console.print(printable(str(error)), markup=False)
        raise typer.Exit(REFUSED) from None
    if as_json:
        typer.echo(json.dumps(done.document(), indent=2))
    else:
        console.print(rehearsal_table(done))
    if not done.verdict.passed:
        raise typer.Exit(NOT_PASSED)


def _clean(rehearsal: "Rehearsal") -> None:
    rehearsal.clean(Wish.CLEAN)
    _, found = rehearsal.leaks()
    for leak in found:
        typer.echo(printable(f"left: {leak.name}. Remedy: {leak.remedy}"))
    if found:
        raise typer.Exit(NOT_PASSED)
    typer.echo("Nothing is left of any rehearsal.")


@contextmanager
def _ended_as_by_a_person() -> Iterator[None]:
    """Let these signals end the rehearsal as Ctrl-C does: by way of its clean-up."""

    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupted) for number in _ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
