"""A failback's steps as atomic actions: functions/<step>/handler.py, call by call."""

from collections.abc import Iterator, Mapping

from lab.protocol.databases import STANDBY_NAME, aws_commits, look_at_aws, look_at_azure
from lab.protocol.lock_and_gate import (
    check_holder,
    decide_gate,
    renew,
    renew_and,
    unavailable,
    write_gate,
)
from lab.protocol.promotion_steps import azure_unreachable, write_epoch
from lab.protocol.rebuild_steps import (
    AWAIT_STREAMING,
    PROTECT,
    REBUILD_PRIMARY,
    REBUILD_STANDBY,
)
from lab.protocol.step import Action, Failed, Outcome, Scene, Went, failed
from landbridge.domain.catching_up import hold_left_seconds
from landbridge.domain.errors import (
    AlreadyOnAwsError,
    AlreadyPromotedError,
    DatabaseUnreachableError,
    LandbridgeError,
    ReplayBehindError,
    RolloutPendingError,
    SiteUnknownError,
)
from landbridge.domain.failback import Return, decide_return, why_not_admitted
from landbridge.domain.gate import GateState

__all__ = ["FAILBACK_ACTIONS"]


def _aws_unreachable() -> Failed:
    return failed(DatabaseUnreachableError("AWS's database does not answer"))


def _observe(scene: Scene) -> Iterator[Outcome]:
    world, run, model = scene.world, scene.run, scene.model
    if run.epoch and not model.rules.looks_again:
        yield Went("does not look again", world, run)
        return
    if not world.function_app:
        yield unavailable()
        return
    standing = decide_return(
        look_at_aws(world),
        look_at_azure(world),
        world.gate,
        STANDBY_NAME,
        synchronous=model.synchronous,
    )
    if standing.situation is Return.ON_AWS:
        yield failed(AlreadyOnAwsError(standing.reason))
    elif standing.situation is Return.UNKNOWN:
        yield failed(SiteUnknownError(standing.reason))
    else:
        seen = run._replace(situation=standing.situation.value)
        yield Went(f"sees: {standing.reason}", world, seen)


def _hold(scene: Scene) -> Iterator[Outcome]:
    world, run, azure = scene.world, scene.run, scene.world.azure
    if not azure.answers or azure.standby:
        yield azure_unreachable()
        return
    held = world._replace(azure=azure._replace(held=True, held_file=True))
    token = "pending" if world.aws.lacks else "met"
    text = "makes Azure's database read-only, ends its sessions, notes its last position"
    yield Went(text, held, run._replace(token=token))


def _catch_up(scene: Scene) -> Iterator[Outcome]:
    aws = scene.world.aws
    if not aws.answers:
        yield _aws_unreachable()
    elif aws.standby and scene.run.token != "met":  # noqa: S105 - a WAL position
        yield failed(ReplayBehindError("AWS's standby is short of the final position"))
    else:
        yield from renew_and(scene, "AWS's database has replayed Azure's last byte")
    try:
        hold_left_seconds(held_at=0.0, budget_seconds=1.0, now=2.0)
    except LandbridgeError as error:
        yield failed(error)


def _promote(scene: Scene) -> Iterator[Outcome]:
    world, run, aws = scene.world, scene.run, scene.world.aws
    if not aws.answers:
        yield _aws_unreachable()
    elif not scene.model.rules.key_free(world.aws_key, run.name):
        yield failed(ReplayBehindError(f"{world.aws_key} is promoting or admitting"))
    elif not aws.standby:
        yield Went("finds AWS's database promoted", world, run)
    else:
        promoted = aws._replace(
            standby=False, held=True, held_file=True, waits=False, timeline=aws.timeline + 1
        )
        yield Went("promotes AWS's database, read-only", world._replace(aws=promoted), run)


def _write_epoch(scene: Scene) -> Iterator[Outcome]:
    world, run = scene.world, scene.run
    if not world.aws.answers:
        yield _aws_unreachable()
    elif not scene.model.rules.key_free(world.aws_key, run.name):
        yield failed(ReplayBehindError(f"{world.aws_key} is promoting or admitting"))
    else:
        outcome = write_epoch(scene, "aws")
        if isinstance(outcome, Went):
            outcome = outcome._replace(world=outcome.world._replace(aws_key=run.name))
        yield outcome


def _reset_read_only(scene: Scene) -> Iterator[Outcome]:
    world = scene.world
    text = "takes the read-only setting out of AWS's configuration file"
    yield Went(text, world._replace(aws=world.aws._replace(held_file=False)), scene.run)


def _reload(scene: Scene) -> Iterator[Outcome]:
    world, aws = scene.world, scene.world.aws
    text = "has AWS's database read its configuration: it takes writes"
    yield Went(text, world._replace(aws=aws._replace(held=aws.held_file)), scene.run)


def _wait_primary(scene: Scene) -> Iterator[Outcome]:
    if not aws_commits(scene.world) or scene.world.aws.cut:
        yield failed(RolloutPendingError("AWS's pods wait for a database that takes writes"))
        return
    yield from renew_and(scene, "finds AWS's pods ready, and orders straight at AWS")


def _make_sure_of_aws(scene: Scene) -> Iterator[Outcome]:
    world, run = scene.world, scene.run
    aws, azure = look_at_aws(world), look_at_azure(world)
    why = why_not_admitted(aws, azure)
    if not azure.reachable:
        yield azure_unreachable()
    elif aws.reachable and not scene.model.rules.key_free(world.aws_key, run.name):
        yield failed(ReplayBehindError(f"{world.aws_key} is promoting or admitting"))
    elif aws.reachable and not why:
        yield failed(AlreadyPromotedError("AWS's database takes writes: nothing is undone"))
    elif not aws.reachable and scene.task.parameters["admitting"]:
        yield failed(SiteUnknownError("AWS may have been admitted, and cannot be asked"))
    elif aws.is_primary:
        held = world.aws._replace(held=True, held_file=True)
        text = "makes AWS's database, which was not admitted, read-only for certain"
        yield Went(text, world._replace(aws=held), run)
    else:
        yield Went(f"looks at AWS's database: {why}", world, run)


def _release_azure(scene: Scene) -> Iterator[Outcome]:
    world, azure = scene.world, scene.world.azure
    if not azure.answers:
        yield azure_unreachable()
    elif azure.standby:
        yield failed(AlreadyPromotedError("Azure's database is a standby: nothing is undone"))
    else:
        free = world._replace(azure=azure._replace(held=False, held_file=False))
        yield Went("lets Azure's database take writes again", free, scene.run)


FAILBACK_ACTIONS: Mapping[str, tuple[Action, ...]] = {
    "observe_return": (_observe,),
    "rebuild_primary": REBUILD_PRIMARY,
    "await_streaming": AWAIT_STREAMING,
    "scale_primary": (renew,),
    "hold_writes": (renew, _hold),
    "catch_up_primary": (_catch_up,),
    "promote_primary": (renew, _promote),
    "admit_primary": (renew, _write_epoch, _reset_read_only, _reload),
    "wait_primary": (_wait_primary,),
    "close_gate": (decide_gate(GateState.CLOSED), write_gate),
    "retire_standby": (check_holder,),
    "rebuild_standby": REBUILD_STANDBY,
    "protect_primary": PROTECT,
    "undo_failback": (renew, _make_sure_of_aws, _release_azure),
}
