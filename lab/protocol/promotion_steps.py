"""Promoting Azure's database and undoing that nothing was promoted: they exclude each other.

landbridge/adapters/promotion.py and epochs.py, statement by statement.
"""

from collections.abc import Iterator

from lab.protocol.lock_and_gate import check_holder, decide_gate, take, write_gate
from lab.protocol.step import Action, Failed, Outcome, Scene, Went, failed
from landbridge.domain.errors import (
    AlreadyPromotedError,
    DatabaseNotWritableError,
    DatabaseUnreachableError,
    ReplayBehindError,
    StaleEpochError,
)
from landbridge.domain.gate import GateState

__all__ = ["PROMOTE", "UNDO_FAILOVER", "VERIFY", "azure_unreachable", "write_epoch"]


def azure_unreachable() -> Failed:
    """Return the outcome where Azure's database does not answer."""
    return failed(DatabaseUnreachableError("Azure's database does not answer"))


def _take_azure_key(scene: Scene) -> Iterator[Outcome]:
    world, run = scene.world, scene.run
    if not world.azure.answers:
        yield azure_unreachable()
    elif not scene.model.rules.key_free(world.azure_key, run.name):
        yield failed(ReplayBehindError(f"{world.azure_key} is promoting or undoing"))
    else:
        text = "has the advisory lock in Azure's database"
        yield Went(text, world._replace(azure_key=run.name), run)


def _promote(scene: Scene) -> Iterator[Outcome]:
    world, azure = scene.world, scene.world.azure
    if not azure.standby:
        yield Went("finds Azure's database promoted", world, scene.run)
        return
    held = scene.model.rules.promotes_held
    promoted = azure._replace(standby=False, held=held, held_file=held, timeline=azure.timeline + 1)
    text = f"promotes Azure's database{', read-only' if held else ''}"
    yield Went(text, world._replace(azure=promoted), scene.run)


def write_epoch(scene: Scene, site: str) -> Outcome:
    """Commit the run's epoch in a site's database and read it back (adapters/epochs.py)."""
    world, run = scene.world, scene.run
    database = world.aws if site == "aws" else world.azure
    if database.standby:
        return failed(DatabaseNotWritableError(f"{site}'s database is still in recovery"))
    newer = scene.model.rules.older_row(run.epoch, database.epoch)
    if newer or (run.epoch == database.epoch and database.writer != run.name):
        return failed(StaleEpochError(f"{site}'s database is in epoch {database.epoch} already"))
    written = database._replace(epoch=run.epoch, writer=run.name)
    text = f"commits epoch {run.epoch} in {site}'s database and reads it back"
    after = world._replace(aws=written) if site == "aws" else world._replace(azure=written)
    return Went(text, after, run)


def _verify(scene: Scene) -> Iterator[Outcome]:
    if not scene.world.azure.answers:
        yield azure_unreachable()
        return
    yield write_epoch(scene, "azure")


def _begin_epoch(scene: Scene) -> Iterator[Outcome]:
    yield write_epoch(scene, "azure")


def _admit(scene: Scene) -> Iterator[Outcome]:
    free = scene.world.azure._replace(held=False, held_file=False)
    yield Went("lets Azure's database take writes", scene.world._replace(azure=free), scene.run)


def _look_before_undoing(scene: Scene) -> Iterator[Outcome]:
    for outcome in _take_azure_key(scene):
        if isinstance(outcome, Went) and not scene.world.azure.standby:
            yield failed(AlreadyPromotedError("Azure's database is promoted: nothing is undone"))
        elif isinstance(outcome, Went):
            yield outcome._replace(text=f"{outcome.text}, which is in recovery")
        else:
            yield outcome


def _unfence(scene: Scene) -> Iterator[Outcome]:
    world, run, aws = scene.world, scene.run, scene.world.aws
    if not aws.answers:
        yield Went("cannot reach AWS's database, and notes it", world, run)
        return
    free = aws._replace(held=False, held_file=False)
    yield Went("lets AWS's database take writes again", world._replace(aws=free), run)


PROMOTE: tuple[Action, ...] = (
    _take_azure_key,
    decide_gate(GateState.ENGAGED),
    write_gate,
    _promote,
    _begin_epoch,
    _admit,
)
VERIFY: tuple[Action, ...] = (_verify,)
UNDO_FAILOVER: tuple[Action, ...] = (
    take,
    _look_before_undoing,
    check_holder,
    _unfence,
    decide_gate(GateState.CLOSED),
    write_gate,
)
