"""Azure as a whole, lost while AWS serves."""

from concurrent.futures import ThreadPoolExecutor

from lab.clouds.clouds import Clouds
from lab.faults.fault import Effect, Fault, Scene
from lab.faults.sites import wait_well

__all__ = ["FAULTS"]


def _lose(scene: Scene, _argument: str) -> None:
    """Kill Azure's entry, Functions host, node, pods and database; AKS keeps what it knows."""
    clouds = scene.clouds
    with ThreadPoolExecutor() as pool:
        killed = [
            pool.submit(lost)
            for lost in (
                clouds.azure_entry.kill,
                clouds.function_host.child.kill,
                clouds.azure_cluster.kill_pods,
                clouds.azure_database.kill,
            )
        ]
    for one in killed:
        one.result()


def _return(scene: Scene, _argument: str) -> None:
    clouds: Clouds = scene.clouds
    if not clouds.function_host.child.running:
        clouds.function_host.start()
    if not clouds.azure_cluster.has_node:
        clouds.azure_cluster.start_node()
    if not clouds.azure_entry.child.running:
        clouds.azure_entry.start()
    wait_well(clouds, "azure")


def _effect(_argument: str, replication: str) -> Effect:
    # In sync mode AWS's commits wait for Azure, and there is nowhere to fail over to: the run is
    # refused. DNS stays on AWS in both modes.
    return Effect.STALLED if replication == "sync" else Effect.QUIET


FAULTS = (
    Fault(
        "standby-outage",
        "All of Azure is lost while AWS serves: Function App, pods, database and entry",
        _effect,
        _lose,
        _return,
    ),
)
