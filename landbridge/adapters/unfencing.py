"""What an undo does to AWS: what does not work there is a reason to report, never an error."""

from collections.abc import Callable

from landbridge.adapters.eks import scale_deployment
from landbridge.adapters.polling import poll
from landbridge.adapters.postgres import connect
from landbridge.adapters.write_hold import release_writes
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.settings import Database, Deployment, Eks

__all__ = ["give_writes_back", "scale_pods"]


def give_writes_back(database: Database, timeout_seconds: float, patience_seconds: float) -> str:
    """Let the database take writes again; return why it does not, empty where it does.

    It is tried until it works or the patience is over, and once at least.
    """
    said = ""

    def release() -> None:
        with connect(database, timeout_seconds) as connection:
            release_writes(connection)

    def attempt() -> bool | None:
        nonlocal said
        said = _reason(release)
        return not said or None

    poll(attempt, patience_seconds)
    return said


def scale_pods(eks: Eks, deployment: Deployment, replicas: int, timeout_seconds: float) -> str:
    """Set how many pods AWS runs; return why that did not work, empty where it did."""
    return _reason(lambda: scale_deployment(eks, deployment, replicas, timeout_seconds))


def _reason(work: Callable[[], object]) -> str:
    try:
        work()
    except LandbridgeError as error:
        return error.message
    return ""
