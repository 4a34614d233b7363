"""AWS as a whole: lost, ill, flapping, back again."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from lab.clouds.clouds import Clouds
from lab.faults.fault import Effect, Fault, Order, Scene

__all__ = ["FAULTS", "inject", "restore"]

LOSS = "region-loss"


# A region goes or comes back at a time, whichever faults say so.
_moving = threading.Lock()


def _region_loss(clouds: Clouds) -> None:
    """Kill AWS's entry, pods and database at once; nobody reaches EKS any more."""
    clouds.eks_link.cut()
    with _moving, ThreadPoolExecutor() as pool:
        killed = [
            pool.submit(lost)
            for lost in (
                clouds.aws_entry.kill,
                clouds.aws_cluster.kill_pods,
                clouds.aws_database.kill,
            )
        ]
    for one in killed:
        one.result()


def _region_back(clouds: Clouds) -> None:
    """Bring AWS back as a region comes back: machines, disks and EKS as they were left."""
    with _moving:
        clouds.eks_link.heal()
        clouds.aws_cluster.start_node()
        if not clouds.aws_entry.child.running:
            clouds.aws_entry.start()


def _ill(clouds: Clouds) -> None:
    clouds.aws_entry.set_mode("health-503")


def _well(clouds: Clouds) -> None:
    clouds.aws_entry.set_mode("normal")


# How each begins and ends; these need nothing of a scene but its clouds.
_ENDS: dict[str, tuple[Callable[[Clouds], None], Callable[[Clouds], None]]] = {
    LOSS: (_region_loss, _region_back),
    "health-only": (_ill, _well),
}


def inject(fault: str, clouds: Clouds) -> float:
    """Begin ``region-loss`` or ``health-only``; return the moment just before, in epoch seconds."""
    at = time.time()
    _ENDS[fault][0](clouds)
    return at


def restore(clouds: Clouds, fault: str) -> None:
    """End ``region-loss`` or ``health-only``."""
    _ENDS[fault][1](clouds)


def _outage(name: str, sentence: str) -> Fault:
    def begin(scene: Scene, _argument: str) -> str | None:
        clouds = scene.clouds
        if name == LOSS and not (clouds.aws_entry.child.running or clouds.aws_cluster.has_node):
            return "AWS is lost already"
        inject(name, clouds)
        return None

    def end(scene: Scene, _argument: str) -> None:
        restore(scene.clouds, name)

    return Fault(name, sentence, Effect.OUTAGE, begin, end)


def _return(scene: Scene, _argument: str) -> str | None:
    clouds = scene.clouds
    if clouds.aws_entry.child.running and clouds.aws_cluster.has_node:
        return "AWS is not away"
    _region_back(clouds)
    return None


FAULTS = (
    _outage(LOSS, "AWS's database, pods and entry are killed"),
    _outage("health-only", "AWS's entry answers 503 while its database lives: it must be fenced"),
    Fault(
        "aws-returns",
        "AWS comes back as it was left: its entry, EKS, and the database's node and disk",
        Effect.COMPANION,
        _return,
        order=Order.AFTER,
        alone=False,
    ),
)
