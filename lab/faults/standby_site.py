"""Azure as a whole, lost while AWS serves."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from lab.clouds.clouds import Clouds
from lab.faults.fault import Effect, Fault, Scene
from lab.faults.sites import wait_well

__all__ = ["FAULTS"]


_NAME = "standby-outage"


def _lose(scene: Scene, _argument: str) -> None:
    """Kill Azure's entry, Functions host, node, pods and database; AKS keeps what it knows."""
    clouds = scene.clouds
    with ThreadPoolExecutor() as pool:
        killed = [
            pool.submit(lost)
            for lost in (
                clouds.azure_entry.kill,
                partial(clouds.function_host.go_down, _NAME),
                clouds.azure_cluster.kill_pods,
                clouds.azure_database.kill,
            )
        ]
    for one in killed:
        one.result()


def _return(scene: Scene, _argument: str) -> None:
    clouds: Clouds = scene.clouds
    clouds.function_host.come_up(_NAME)
    if not clouds.azure_cluster.has_node:
        clouds.azure_cluster.start_node()
    if not clouds.azure_entry.child.running:
        clouds.azure_entry.start()


def _back(scene: Scene, _argument: str) -> None:
    wait_well(scene.clouds, "azure")


def _effect(_argument: str, replication: str) -> Effect:
    # In sync mode AWS's commits wait for Azure, and there is nowhere to fail over to: the run is
    # refused. DNS stays on AWS in both modes.
    return Effect.STALLED if replication == "sync" else Effect.QUIET


FAULTS = (
    Fault(
        _NAME,
        "All of Azure is lost while AWS serves: Function App, pods, database and entry",
        _effect,
        _lose,
        _return,
        _back,
    ),
)
