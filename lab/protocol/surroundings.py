"""What happens around the runs: sites fail and come back, standbys receive, looks are kept."""

from collections.abc import Iterator
from enum import StrEnum

from lab.protocol.databases import streams_to_aws, streams_to_azure
from lab.protocol.flow import read_flow
from lab.protocol.programs import KEYED
from lab.protocol.runs import Move
from lab.protocol.world import Place, Run, Site, Up, World
from landbridge.domain.gate import GateState
from landbridge.domain.old_primary import may_start_as_primary

__all__ = ["Fault", "after_recovery", "moves_around"]

# A run is in one of these until the votes have confirmed an outage to it.
_UNCONFIRMED = frozenset({"observe_sites", "confirm_outage"})


class Fault(StrEnum):
    """What may happen; all but the last count against a world's ``faults_left``."""

    AWS_DIES = "aws-dies"
    AWS_CUT_OFF = "aws-cut-off"
    AWS_HEALTH_LIES = "aws-health-lies"
    AZURE_DIES = "azure-dies"
    FUNCTION_APP_DIES = "function-app-dies"
    LOOK_IS_KEPT = "look-is-kept"


_Faults = frozenset[Fault]


def moves_around(world: World, faults: _Faults) -> Iterator[Move]:
    """Return each thing that may happen by itself now."""
    if world.faults_left:
        yield from _failures(world._replace(faults_left=world.faults_left - 1), faults)
    yield from _returns(world)
    yield from _replication(world, faults)


def after_recovery(world: World) -> World:
    """Return the world in which AWS's failure is over: AWS is well, and nobody acts on it any more.

    The gate is closed, and every failover is over or has its votes before it.
    """
    if not world.failed or world.gate.state is not GateState.CLOSED:
        return world
    aws = world.aws
    if not aws.takes_writes or aws.cut or aws.lies or any(map(_acts_on_it, world.runs)):
        return world
    return world._replace(failed=False)


def _acts_on_it(run: Run) -> bool:
    tasks = read_flow(run.flow).tasks
    return run.flow == "failover" and any(
        tasks[place.state].step not in _UNCONFIRMED or place.done for place in run.at
    )


def _failures(world: World, faults: _Faults) -> Iterator[Move]:
    aws, ill = world.aws, world._replace(failed=True)
    if Fault.AWS_DIES in faults and aws.up in {Up.RUNNING, Up.GUARDED}:
        dead = ill._replace(aws=aws._replace(up=Up.DEAD))
        yield Move("AWS", "dies.", _sessions_ended(dead, "aws"))
    if Fault.AWS_CUT_OFF in faults and not aws.cut:
        cut = ill._replace(aws=aws._replace(cut=True))
        yield Move("AWS", "is cut off: its own users alone reach it.", _sessions_ended(cut, "aws"))
    if Fault.AWS_HEALTH_LIES in faults and not aws.lies:
        lying = ill._replace(aws=aws._replace(lies=True))
        yield Move("AWS", "has a health that says the contrary of what is true.", lying)
    if Fault.AZURE_DIES in faults and world.azure.up in {Up.RUNNING, Up.GUARDED}:
        dead = world._replace(azure=world.azure._replace(up=Up.DEAD))
        yield Move("Azure", "loses its database.", _sessions_ended(dead, "azure"))
    if Fault.FUNCTION_APP_DIES in faults and world.function_app:
        yield Move("Azure", "loses its Function App.", world._replace(function_app=False))


def _returns(world: World) -> Iterator[Move]:
    aws, azure, app = world.aws, world.azure, world.function_app
    if aws.up in {Up.DEAD, Up.GUARDED}:
        back = _guarded("aws", aws, world, gate_read=app and not aws.cut)
        if back != aws:
            yield Move("AWS", _said(back), world._replace(aws=back))
    if aws.cut:
        yield Move("AWS", "is reached again.", world._replace(aws=aws._replace(cut=False)))
    if aws.lies:
        well = world._replace(aws=aws._replace(lies=False))
        yield Move("AWS", "has a health again that tells the truth.", well)
    if azure.up in {Up.DEAD, Up.GUARDED}:
        back = _guarded("azure", azure, world, gate_read=app)
        if back != azure:
            yield Move("Azure", _said(back), world._replace(azure=back))
    if not app:
        yield Move("Azure", "has its Function App again.", world._replace(function_app=True))


def _guarded(name: str, site: Site, world: World, *, gate_read: bool) -> Site:
    """Return the site where its database starts, or where the guard holds it."""
    gate = world.gate if gate_read else None
    # A gate that can't be read holds nobody: an outage of the other cloud must not become one here.
    starts = gate is None or may_start_as_primary(name, gate, lambda: site.epoch)[0]
    if site.standby or starts:
        return site._replace(up=Up.RUNNING, held=site.held_file)
    return site._replace(up=Up.GUARDED)


def _said(site: Site) -> str:
    if site.up is Up.GUARDED:
        return "comes back; the guard holds its database."
    return f"comes back; its database starts as a {'standby' if site.standby else 'primary'}."


def _replication(world: World, faults: _Faults) -> Iterator[Move]:
    aws, azure = world.aws, world.azure
    if streams_to_azure(world) and azure.lacks and not aws.lacks:
        received = world._replace(azure=azure._replace(lacks=False))
        yield Move("Azure", "has received and replayed all that AWS wrote.", _tokens_met(received))
    if streams_to_aws(world) and aws.lacks and not azure.lacks:
        received = world._replace(aws=aws._replace(lacks=False))
        yield Move("AWS", "has received and replayed all that Azure wrote.", _tokens_met(received))
    noted = (aws.timeline, aws.waits, streams_to_azure(world), azure.lacks)
    if Fault.LOOK_IS_KEPT in faults and aws.answers and not aws.standby and noted != world.noted:
        yield Move("landbridge", "keeps a look at AWS's database.", world._replace(noted=noted))


def _tokens_met(world: World) -> World:
    met = (run._replace(token="met") if run.token == "pending" else run for run in world.runs)  # noqa: S106, S105 - a WAL position
    return world._replace(runs=tuple(met))


def _sessions_ended(world: World, site: str) -> World:
    """Return the world where each step with a session in that database begins anew."""
    keys = {"aws": world._replace(aws_key=""), "azure": world._replace(azure_key="")}
    runs = tuple(_begins_anew(run, site) for run in world.runs)
    return keys[site]._replace(runs=runs)


def _begins_anew(run: Run, site: str) -> Run:
    tasks = read_flow(run.flow).tasks
    at = tuple(
        Place(place.state) if KEYED.get(tasks[place.state].step) == site else place
        for place in run.at
    )
    return run if at == run.at else run._replace(at=at, intent=None)
