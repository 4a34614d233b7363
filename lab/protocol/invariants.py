"""What must hold in every world and on every move, whoever fails and whoever comes late."""

from collections.abc import Callable

from lab.protocol.clients import acknowledging
from lab.protocol.databases import azure_commits
from lab.protocol.step import Model
from lab.protocol.world import World
from landbridge.domain.gate import GateState

__all__ = ["INVARIANTS", "broken"]

Check = Callable[[Model, World, World], bool]


def _one_site(_model: Model, _before: World, world: World) -> bool:
    by_aws, by_azure = acknowledging(world)
    newest_of_aws, newest_of_azure = world.acknowledged
    aws_is_late = by_aws and newest_of_azure >= world.aws.epoch
    azure_is_late = by_azure and newest_of_aws >= world.azure.epoch
    return not aws_is_late and not azure_is_late


def _nothing_lost(_model: Model, _before: World, world: World) -> bool:
    by_aws, by_azure = acknowledging(world)
    return not (by_aws and world.aws.lacks) and not (by_azure and world.azure.lacks)


def _latched(model: Model, _before: World, world: World) -> bool:
    serves = world.gate.state is GateState.OPEN and azure_commits(world)
    return not serves or model.rules.pair.answer(world) == "azure"


def _epochs_grow(_model: Model, before: World, world: World) -> bool:
    return world.gate.epoch >= before.gate.epoch


def _promoted_behind_the_gate(_model: Model, before: World, world: World) -> bool:
    promoted = before.azure.standby and not world.azure.standby
    return not promoted or world.gate.state is not GateState.CLOSED


def _admitted_by_the_holder(_model: Model, before: World, world: World) -> bool:
    row = world.aws.epoch if world.aws.epoch > before.aws.epoch and not world.aws.standby else None
    return row is None or (world.lock is not None and world.lock.epoch == row)


def _never_because_of_azure(model: Model, _before: World, world: World) -> bool:
    if world.failed:
        return True
    return world.gate.state is GateState.CLOSED and model.rules.pair.answer(world) == "aws"


INVARIANTS: dict[str, Check] = {
    "at most one site acknowledges writes in an epoch, and none in an older one": _one_site,
    "who acknowledges has every write that was acknowledged before": _nothing_lost,
    "the latch holds: an open gate and an Azure that serves keep DNS on Azure": _latched,
    "a lower epoch can do nothing: the gate's epoch never falls": _epochs_grow,
    "a lower epoch can do nothing: Azure is promoted only behind a gate that is not closed": (
        _promoted_behind_the_gate
    ),
    "a lower epoch can do nothing: AWS is admitted by the lock's holder alone": (
        _admitted_by_the_holder
    ),
    "AWS is never out of DNS because of Azure alone": _never_because_of_azure,
}
"""Each invariant's sentence, and whether it holds on a move from one world to the next."""


def broken(model: Model, before: World, world: World) -> str:
    """Return the sentence of the first invariant that the move breaks; empty where all hold."""
    return next((say for say, holds in INVARIANTS.items() if not holds(model, before, world)), "")
