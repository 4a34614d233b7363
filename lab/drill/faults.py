"""What befalls AWS in a drill, and how it comes back."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from lab.clouds.clouds import Clouds

__all__ = ["inject", "restore"]


def _region_loss(clouds: Clouds) -> None:
    """Kill AWS's entry, pods and database at once; nobody reaches EKS any more."""
    clouds.eks_link.cut()
    with ThreadPoolExecutor() as pool:
        for lost in (
            clouds.aws_entry.kill,
            clouds.aws_cluster.kill_pods,
            clouds.aws_database.kill,
        ):
            pool.submit(lost)


def _health_only(clouds: Clouds) -> None:
    """Let AWS's entry answer 503 to everything; its pods and its database live."""
    clouds.aws_entry.set_mode("health-503")


def _region_back(clouds: Clouds) -> None:
    """Bring AWS back as a region comes back: machines, disks and EKS as they were left."""
    clouds.eks_link.heal()
    clouds.aws_cluster.start_node()
    clouds.aws_entry.start()


def _health_back(clouds: Clouds) -> None:
    """Let AWS's entry answer again."""
    clouds.aws_entry.set_mode("normal")


_FAULTS: dict[str, Callable[[Clouds], None]] = {
    "region-loss": _region_loss,
    "health-only": _health_only,
}


_REPAIRS: dict[str, Callable[[Clouds], None]] = {
    "region-loss": _region_back,
    "health-only": _health_back,
}


def restore(clouds: Clouds, fault: str) -> None:
    """Take the fault away."""
    _REPAIRS[fault](clouds)


def inject(fault: str, clouds: Clouds) -> float:
    """Make the fault; return the moment just before it, in epoch seconds."""
    at = time.time()
    _FAULTS[fault](clouds)
    return at
