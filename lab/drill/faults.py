"""What befalls AWS in a drill."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from lab.clouds.clouds import Clouds

__all__ = ["inject"]


def _region_loss(clouds: Clouds) -> None:
    """Kill AWS's entry, pods and database at once; their cluster's API goes with them."""
    with ThreadPoolExecutor() as pool:
        for lost in (
            clouds.aws_entry.kill,
            clouds.aws_cluster.kill_pods,
            clouds.aws_database.kill,
        ):
            pool.submit(lost)
    clouds.aws_cluster.stop()


def _health_only(clouds: Clouds) -> None:
    """Let AWS's entry answer 503 to everything; its pods and its database live."""
    clouds.aws_entry.set_mode("health-503")


_FAULTS: dict[str, Callable[[Clouds], None]] = {
    "region-loss": _region_loss,
    "health-only": _health_only,
}


def inject(fault: str, clouds: Clouds) -> float:
    """Make the fault; return the moment just before it, in epoch seconds."""
    at = time.time()
    _FAULTS[fault](clouds)
    return at
