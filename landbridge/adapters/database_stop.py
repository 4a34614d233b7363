"""Stopping a site's database, as the fence's last layer.

The StatefulSet is scaled to zero, so that nothing starts the pod again: Kubernetes ends it with
SIGTERM, which its program makes PostgreSQL's fast shutdown. Sessions that wait for a standby end
without an answer, never with a false acknowledgement (PostgreSQL 16, "Shutting Down the Server").
"""

from landbridge.adapters.polling import poll
from landbridge.adapters.rebuild_job import RebuildJob
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.fence import FenceEvidence, FenceResult, failed_layer

__all__ = ["stop_database"]

_LAYER = "database"


def stop_database(database: RebuildJob, timeout_seconds: float) -> FenceEvidence:
    """Wish for no pod and wait until the last one is gone; the evidence says how far it came."""
    try:
        if database.stopped():
            return FenceEvidence(_LAYER, FenceResult.DONE, "stopped already, no pod left")
        database.scale(0)
        gone = poll(lambda: database.stopped() or None, timeout_seconds)
    except LandbridgeError as error:
        return failed_layer(_LAYER, error)
    if gone is None:
        detail = f"told to stop; its pod has not ended after {timeout_seconds:g} s"
        return FenceEvidence(_LAYER, FenceResult.UNREACHABLE, detail)
    return FenceEvidence(_LAYER, FenceResult.DONE, "scaled to zero, no pod left")
