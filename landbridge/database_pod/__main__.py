"""``python -m landbridge.database_pod guard|serve|rebuild``; settings come from the environment."""

import argparse
import os
import sys

from landbridge.database_pod import guard, rebuild, serve
from landbridge.database_pod.environment import guard_settings, pod_settings, rebuild_order
from landbridge.database_pod.report import Report


def main() -> int:
    """Run one command; return its exit code. Each error is a line ``{"event": "failed", ...}``."""
    parser = argparse.ArgumentParser("landbridge.database_pod", description=__doc__)
    parser.add_argument("command", choices=("guard", "serve", "rebuild"))
    command = parser.parse_args().command
    report = Report(sys.stdout)
    try:
        pod = pod_settings(os.environ)
        if command == "guard":
            guard.guard(pod, guard_settings(os.environ), report)
        elif command == "serve":
            return serve.serve(pod)
        else:
            rebuild.rebuild(pod, rebuild_order(os.environ), report)
    except Exception as error:  # noqa: BLE001 - the last line says why, whatever it was
        report.failed(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
