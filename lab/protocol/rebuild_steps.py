"""Making one site's database the other's standby, and what follows: streaming, protection.

A rebuild that takes many visits of its step is one visit here: the Job goes on by itself.
"""

from collections.abc import Iterator

from lab.protocol.databases import (
    STANDBY_NAME,
    copied,
    look_at_aws,
    look_at_azure,
    streams_to_aws,
    streams_to_azure,
)
from lab.protocol.lock_and_gate import check_holder, renew, renew_and
from lab.protocol.step import Action, Outcome, Scene, Went, failed
from lab.protocol.world import Up
from landbridge.domain.database_rebuild import JobState, RebuildLook, streams_already
from landbridge.domain.errors import (
    ClusterUnavailableError,
    DatabaseUnreachableError,
    RebuildFailedError,
    ReplayBehindError,
)

__all__ = ["AWAIT_STREAMING", "PROTECT", "REBUILD_PRIMARY", "REBUILD_STANDBY"]

_NO_JOB = RebuildLook(wanted_replicas=1, pods=1, database_ready=True, job=JobState.ABSENT)


def _begin_aws(scene: Scene) -> Iterator[Outcome]:
    if streams_already(look_at_azure(scene.world), "aws", lambda: _NO_JOB):
        yield Went("AWS's database is Azure's standby already", scene.world, scene.run, whole=True)
        return
    yield from renew(scene)


def _stop_aws(scene: Scene) -> Iterator[Outcome]:
    world, aws = scene.world, scene.world.aws
    if aws.up is Up.DEAD or aws.cut:
        yield failed(ClusterUnavailableError("AWS's cluster does not answer"))
        return
    stopped = world._replace(aws=aws._replace(up=Up.STOPPED), aws_key="")
    yield Went("stops AWS's database", stopped, scene.run)


def _rebuild_aws(scene: Scene) -> Iterator[Outcome]:
    world, aws, azure = scene.world, scene.world.aws, scene.world.azure
    if aws.up is Up.DEAD or aws.cut:
        yield failed(ClusterUnavailableError("AWS's cluster does not answer"))
    elif not azure.answers or azure.standby:
        yield failed(RebuildFailedError("the serving site's database is none to copy"))
    else:
        text = "rebuilds AWS's database as Azure's standby, and starts it"
        yield Went(text, world._replace(aws=copied(azure, aws)), scene.run)


def _await_streaming(scene: Scene) -> Iterator[Outcome]:
    if not streams_to_aws(scene.world):
        yield failed(ReplayBehindError("AWS's database does not stream from Azure"))
        return
    yield from renew_and(scene, "finds AWS's database streaming")


def _begin_azure(scene: Scene) -> Iterator[Outcome]:
    if streams_already(look_at_aws(scene.world), STANDBY_NAME, lambda: _NO_JOB):
        yield Went("Azure's database is AWS's standby already", scene.world, scene.run, whole=True)
        return
    yield from renew(scene)


def _stop_azure(scene: Scene) -> Iterator[Outcome]:
    for outcome in check_holder(scene):
        if not isinstance(outcome, Went):
            yield outcome
            continue
        world = outcome.world
        stopped = world._replace(azure=world.azure._replace(up=Up.STOPPED), azure_key="")
        yield Went("stops Azure's database", stopped, scene.run)


def _rebuild_azure(scene: Scene) -> Iterator[Outcome]:
    world, aws, azure = scene.world, scene.world.aws, scene.world.azure
    if not aws.answers or aws.standby:
        yield failed(RebuildFailedError("the serving site's database is none to copy"))
        return
    text = "rebuilds Azure's database as AWS's standby, and starts it"
    yield Went(text, world._replace(azure=copied(aws, azure)), scene.run)


def _protect(scene: Scene) -> Iterator[Outcome]:
    world, aws = scene.world, scene.world.aws
    if not streams_to_azure(world):
        yield failed(DatabaseUnreachableError("Azure's database does not stream from AWS"))
        return
    waiting = world._replace(aws=aws._replace(waits=scene.model.synchronous))
    yield Went("AWS has its standby again, and waits for it where it shall", waiting, scene.run)


REBUILD_PRIMARY: tuple[Action, ...] = (_begin_aws, _stop_aws, _rebuild_aws)
REBUILD_STANDBY: tuple[Action, ...] = (_begin_azure, _stop_azure, _rebuild_azure)
AWAIT_STREAMING: tuple[Action, ...] = (_await_streaming,)
PROTECT: tuple[Action, ...] = (renew, _protect)
