"""Starts Lambda workers by fork, with what each of them would import of Lambda's runtime there.

The most of a worker's start is boto3, and a lab starts one for every function. Started isolated as
a worker is, so that nothing is there which a worker would not find; what a bundle brings itself is
imported from the bundle. Standard library only, as what it starts.

Arguments: the file descriptor of a sequenced-packet socket, and the runtime packages' folder. Each
packet asks for one worker: ``{"task_root", "handler", "environment"}``, and with it come three file
descriptors: the worker's standard input, its log, and where its answers go. The answer is its pid.
The worker's parent is the nearest subreaper: the process that forked it has ended by then.
"""

import gc
import importlib
import importlib.util
import json
import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LONGEST_PACKET = 1 << 17
DESCRIPTORS = 3
# With boto3, what it loads as it makes its first client; what most steps and their packages load.
PRELOADED = (
    "boto3",
    "botocore.args",
    "botocore.auth",
    "botocore.client",
    "botocore.endpoint",
    "botocore.httpsession",
    "botocore.retries.standard",
    "botocore.session",
    "asyncio",
    "concurrent.futures.thread",
    "dataclasses",
    "decimal",
    "ipaddress",
    "logging.handlers",
    "ssl",
    "urllib.request",
    "zoneinfo",
)


def preload(runtime_root: str) -> frozenset[str]:
    """Import what workers will; return the names of the runtime's packages that are there now."""
    sys.path.append(runtime_root)
    for name in PRELOADED:
        importlib.import_module(name)
    files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
    return frozenset(
        name.partition(".")[0] for name, file in files.items() if file.startswith(runtime_root)
    )


def fork(descriptors: Sequence[int]) -> int:
    """Fork a worker and close the descriptors that are its; return its pid, 0 in the worker."""
    told, telling = os.pipe()
    between = os.fork()
    if not between:
        worker = os.fork()
        if worker:
            os.write(telling, str(worker).encode())
            os._exit(0)
        os.close(told)
        os.close(telling)
        return 0
    os.close(telling)
    with os.fdopen(told) as answer:
        pid = int(answer.read())
    os.waitpid(between, 0)  # its child is the subreaper's from here on
    for descriptor in descriptors:
        os.close(descriptor)
    return pid


def become(asked: dict[str, Any], stdin: int, log: int, packages: frozenset[str]) -> None:
    """Make this process the worker, as if it had been started so."""
    os.dup2(stdin, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(stdin)
    os.close(log)
    os.chdir(asked["task_root"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    bundled = {entry.name.partition(".")[0] for entry in Path(asked["task_root"]).iterdir()}
    for name in list(sys.modules):
        if name.partition(".")[0] in packages & bundled:
            del sys.modules[name]
    gc.unfreeze()


def bootstrap() -> Any:
    """Return the module that serves invocations: an isolated process finds it by its file alone."""
    file = Path(__file__).with_name("lambda_bootstrap.py")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(str(file))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Fork workers until nobody is left to ask; each of them goes on from here."""
    serving = bootstrap()
    packages = preload(sys.argv[2])
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as asking:
        while True:
            packet, descriptors, _, _ = socket.recv_fds(asking, LONGEST_PACKET, DESCRIPTORS)
            if not packet:
                return
            pid = fork(descriptors)
            if not pid:
                break
            asking.send(str(pid).encode())
    asked, (stdin, log, answers) = json.loads(packet), descriptors
    become(asked, stdin, log, packages)
    serving.serve(answers, asked["task_root"], asked["handler"])


if __name__ == "__main__":
    main()
