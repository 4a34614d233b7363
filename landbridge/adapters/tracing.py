"""The run's id in X-Ray's traces: each step's work as a subsegment with the annotation ``run``.

``annotation.run = "failover-..."`` then finds the traces of one run's steps. Lambda traces the
invocation and runs X-Ray's daemon; what is missing is one UDP packet (X-Ray Developer Guide,
"Sending segment documents to the X-Ray daemon" and "Segment documents"). aws-xray-sdk would send
the same, and patch and load much for it in every cold start.
"""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any

__all__ = ["DAEMON_VARIABLE", "TRACE_VARIABLE", "Handler", "traced", "traced_run"]

# Set by Lambda: where the daemon listens, and "Root=...;Parent=...;Sampled=1" of this invocation.
DAEMON_VARIABLE, TRACE_VARIABLE = "AWS_XRAY_DAEMON_ADDRESS", "_X_AMZN_TRACE_ID"
_HEADER = b'{"format": "json", "version": 1}\n'
_ANNOTATION_CHARACTERS = 1000  # X-Ray's limit of a value


Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def traced(handler: Handler) -> Handler:
    """Let the handler's work be traced under its event's run."""

    @wraps(handler)
    def answer(event: dict[str, Any], context: Any) -> dict[str, Any]:
        with traced_run(event):
            return handler(event, context)

    return answer


@contextmanager
def traced_run(event: Mapping[str, Any]) -> Iterator[None]:
    """Trace what happens inside under ``event["run"]``; nothing where there is none, or no trace.

    A trace that cannot be sent is not sent: it is never an error of the step.
    """
    # An event may be anything; what it is is the handler's to refuse.
    run = event.get("run") if isinstance(event, Mapping) else None
    began, failed = time.time(), True
    try:
        yield
        failed = False
    finally:
        if isinstance(run, str) and run:
            # A state that a run enters more than once says which time after a slash, which no
            # execution's name has.
            name = run.partition("/")[0]
            _send(name[:_ANNOTATION_CHARACTERS], began, failed=failed)


def _send(run: str, began: float, *, failed: bool) -> None:
    trace = dict(
        part.split("=", 1) for part in os.environ.get(TRACE_VARIABLE, "").split(";") if "=" in part
    )
    host, _, port = os.environ.get(DAEMON_VARIABLE, "").rpartition(":")
    if trace.get("Sampled") != "1" or not {"Root", "Parent"} <= set(trace) or not host:
        return
    document = {
        "name": "run",
        "type": "subsegment",
        "id": os.urandom(8).hex(),
        "trace_id": trace["Root"],
        "parent_id": trace["Parent"],
        "start_time": began,
        "end_time": time.time(),
        "fault": failed,
        "annotations": {"run": run},
    }
    with (
        suppress(OSError, ValueError),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        sender.setblocking(False)
        sender.sendto(_HEADER + json.dumps(document).encode(), (host, int(port)))
