"""``python -m landbridge.database_pod guard|serve|rebuild|rehearse|smoke``.

Settings come from the environment.
"""

import argparse
import os
import signal
import sys

from landbridge.database_pod import guard, rebuild, rehearse, serve, smoke
from landbridge.database_pod.environment import (
    guard_settings,
    pod_settings,
    rebuild_order,
    rehearsal_order,
    smoke_order,
    standby_conninfo,
)
from landbridge.database_pod.report import Report

COMMANDS = ("guard", "serve", "rebuild", "rehearse", "smoke")
# Their pod is looked at and removed from outside; one that ended would be started again.
STAYING = frozenset({"rehearse", "smoke"})


def main() -> int:
    """Run one command; return its exit code. Each error is a line ``{"event": "failed", ...}``."""
    parser = argparse.ArgumentParser("landbridge.database_pod", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    command = parser.parse_args().command
    report = Report(sys.stdout)
    try:
        return _run(command, report)
    except Exception as error:  # noqa: BLE001 - the last line says why, whatever it was
        report.failed(error)
    if command in STAYING:
        signal.pause()
    return 1


def _run(command: str, report: Report) -> int:
    if command == "smoke":
        smoke.smoke(smoke_order(os.environ), report)
        return 0
    pod = pod_settings(os.environ)
    if command == "guard":
        guard.guard(pod, guard_settings(os.environ), report)
    elif command == "serve":
        return serve.serve(pod, standby_conninfo(os.environ), report)
    elif command == "rehearse":
        rehearse.rehearse(pod, rehearsal_order(os.environ), report)
    else:
        rebuild.rebuild(pod, rebuild_order(os.environ), report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
