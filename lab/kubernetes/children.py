"""The processes that make up a cluster."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.kubernetes.access import write_private
from lab.kubernetes.connection import Connection
from lab.kubernetes.node.environment import MARKER
from lab.kubernetes.node.images import Registry

_STOP_SECONDS = 10.0

Child = subprocess.Popen[bytes]


def spawn(
    folder: Path,
    name: str,
    command: Sequence[str | Path],
    marker: str = "",
    held: int | None = None,
) -> Child:
    """Start a program whose output goes to `<folder>/<name>.log`.

    `marker` is the value of the variable by which the lab finds its processes; `held` a file
    descriptor that the program keeps open.
    """
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    if marker:
        environment[MARKER] = marker
    with (folder / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
            pass_fds=() if held is None else (held,),
        )


def end(child: Child) -> None:
    """End a program (SIGTERM, and SIGKILL if it doesn't hear) and see it gone."""
    child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@dataclass(frozen=True)
class NodeOptions:
    """How a node behaves.

    `pod_start_seconds`: how long each pod waits before its first container starts, as for image
    pulls; `time_scale`: seconds of the lab per second of life, for back-off and probes' periods;
    `pod_cidr`: the loopback network of the pods' addresses; `tls`: certificate and key of the
    node's own door, which a real API server insists on; `token_issuer`: the name and the private
    key (PEM) of whoever signs service accounts' tokens.
    """

    pod_start_seconds: float = 0.0
    time_scale: float = 1.0
    pod_cidr: str = "127.40.0.0/16"
    tls: tuple[Path, Path] | None = None
    token_issuer: tuple[str, Path] | None = None


def claim_folder(folder: Path, namespace: str, claim: str) -> Path:
    """Return where the node of the cluster in ``folder`` keeps a claim's files."""
    return folder / "node" / "claims" / namespace / claim


class NodeProcess:
    """A node with its guard and its pods."""

    def __init__(self, folder: Path, name: str, registry: Registry) -> None:
        self._folder = folder
        self._name = name
        self._child: Child | None = None
        self._alive: int | None = None
        self._registry = registry
        registry.publish()

    def start(self, connection: Connection, options: NodeOptions, marker: str) -> None:
        """Start the node."""
        folder = self._folder
        write_private(folder / "node.token", connection.token)
        command = [sys.executable, "-m", "lab.kubernetes.node", "--server", connection.url]
        command += ["--name", self._name, "--token-file", str(folder / "node.token")]
        command += ["--images", str(self._registry.path), "--folder", str(folder / "node")]
        command += ["--pod-cidr", options.pod_cidr, "--time-scale", str(options.time_scale)]
        command += ["--pod-start-seconds", str(options.pod_start_seconds)]
        if connection.ca_file is not None:
            command += ["--ca-file", str(connection.ca_file)]
        if options.tls is not None:
            command += ["--tls", *map(str, options.tls)]
        if options.token_issuer is not None:
            issuer, key = options.token_issuer
            command += ["--token-issuer", issuer, "--token-key", str(key)]
        # The node and its guard hold the pipe's other end: it closes when both are gone.
        self._alive, held = os.pipe()
        self._child = spawn(folder, "node", command, marker, held)
        os.close(held)

    def kill(self) -> None:
        """Kill the node and all pods' processes (SIGKILL); gives back when they are all gone."""
        if self._child is None or self._alive is None:
            return
        self._child.kill()
        self._child.wait()
        os.read(self._alive, 1)  # ends when the guard has killed the rest
        os.close(self._alive)
        self._child = self._alive = None
