"""One site's cluster as the lab uses it: a server, its controllers and a node, as processes."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from kubernetes import client

from lab.kubernetes.connection import Connection
from lab.kubernetes.endpoints import Address, PodEndpoints
from lab.kubernetes.manifests import Manifests, apply_manifests
from lab.kubernetes.node.environment import MARKER
from lab.kubernetes.node.images import Image, write_images

_START_SECONDS, _STOP_SECONDS = 30.0, 10.0
_ADMIN, _CONTROLLERS, _NODE = "admin", "system:kube-controller-manager", "system:node"


@dataclass(frozen=True)
class User:
    """Somebody whom the cluster knows; `token` '' has one made."""

    name: str
    groups: tuple[str, ...] = ()
    token: str = ""


@dataclass(frozen=True)
class Options:
    """How a cluster behaves.

    `pod_start_seconds`: how long each pod waits before its first container starts, as for image
    pulls; `time_scale`: seconds of the lab per second of life, for back-off and probes' periods;
    `pod_cidr`: the loopback network of the pods' addresses; `history`: changes kept for watches;
    `eks_user`: who holds a valid EKS token, None to refuse them.
    """

    pod_start_seconds: float = 0.0
    time_scale: float = 1.0
    pod_cidr: str = "127.40.0.0/16"
    history: int = 2000
    eks_user: User | None = None


@dataclass
class Cluster:
    """A cluster; `with Cluster(...) as cluster` starts and stops it.

    `marker` is the value of the environment variable by which the lab finds its processes.
    """

    name: str
    folder: Path
    images: Mapping[str, Image]
    users: Sequence[User] = ()
    options: Options = field(default_factory=Options)
    marker: str = ""

    def __post_init__(self) -> None:
        self.url = ""
        self._tokens: dict[str, str] = {}
        self._server: subprocess.Popen[bytes] | None = None
        self._node: subprocess.Popen[bytes] | None = None
        self._node_alive: int | None = None
        self._endpoints: dict[tuple[str, str], PodEndpoints] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything; gives back when the API answers."""
        self.start_server()
        self.start_node()

    def start_server(self) -> None:
        """Start the server with its controllers, but no node: pods then stay pending."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_tokens()
        write_images(self.folder / "images.json", self.images)
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        self._server = self._spawn("server", self._server_arguments(port_file))
        self.url = f"http://127.0.0.1:{_wait_for(port_file, self._server, self.folder)}"

    def _write_tokens(self) -> None:
        masters = ("system:masters",)
        known = [User(name, masters) for name in (_ADMIN, _CONTROLLERS, _NODE)]
        entries = {}
        for user in (*known, *self.users):
            token = user.token or secrets.token_urlsafe(24)
            self._tokens[user.name] = token
            entries[token] = {"user": user.name, "groups": list(user.groups)}
        _write_private(self.folder / "tokens.json", json.dumps(entries))
        for name, file in ((_CONTROLLERS, "controllers.token"), (_NODE, "node.token")):
            _write_private(self.folder / file, self._tokens[name])

    def _server_arguments(self, port_file: Path) -> list[str]:
        arguments = ["lab.kubernetes.server", "--name", self.name, "--port", "0"]
        arguments += ["--tokens", str(self.folder / "tokens.json"), "--port-file", str(port_file)]
        arguments += ["--controllers", str(self.folder / "controllers.token")]
        arguments += ["--time-scale", str(self.options.time_scale)]
        arguments += ["--history", str(self.options.history)]
        if self.options.eks_user is not None:
            arguments += ["--eks-user", self.options.eks_user.name]
            for group in self.options.eks_user.groups:
                arguments += ["--eks-group", group]
        return arguments

    def start_node(self) -> None:
        """Start the node, or start it again after `kill_pods`."""
        options = self.options
        arguments = ["lab.kubernetes.node", "--server", self.url, "--name", f"{self.name}-node"]
        arguments += ["--token-file", str(self.folder / "node.token")]
        arguments += ["--images", str(self.folder / "images.json")]
        arguments += ["--folder", str(self.folder / "node"), "--pod-cidr", options.pod_cidr]
        arguments += ["--pod-start-seconds", str(options.pod_start_seconds)]
        arguments += ["--time-scale", str(options.time_scale)]
        # The node and its guard hold the pipe's other end: it closes when both are gone.
        self._node_alive, held = os.pipe()
        os.set_inheritable(held, True)
        self._node = self._spawn("node", arguments, held)
        os.close(held)

    def _spawn(self, name: str, arguments: list[str], *held: int) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        if self.marker:
            environment[MARKER] = self.marker
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
                pass_fds=held,
            )

    def stop(self) -> None:
        """End everything that the cluster runs; its folder stays."""
        for endpoints in self._endpoints.values():
            endpoints.close()
        self._endpoints.clear()
        self.kill_pods()
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None

    def kill_pods(self) -> None:
        """Kill the node and all pods' processes at once (SIGKILL), as when a region is lost.

        Gives back when they are all gone. The API still shows them as they were.
        """
        if self._node is None or self._node_alive is None:
            return
        self._node.kill()
        self._node.wait()
        os.read(self._node_alive, 1)  # ends when the guard has killed the rest
        os.close(self._node_alive)
        self._node = self._node_alive = None

    def token(self, user: str) -> str:
        """Give a user's bearer token; raises KeyError for nobody's name."""
        return self._tokens[user]

    def connection(self, user: str = _ADMIN) -> Connection:
        """Give the way to reach the cluster as a user."""
        return Connection(self.url, self.token(user))

    def admin(self) -> client.ApiClient:
        """Give an official client that may do everything."""
        return self.connection().api_client()

    def apply(self, manifests: Manifests) -> None:
        """Create each object, or merge-patch one that is there, in order."""
        apply_manifests(self.connection(), manifests)

    def pod_addresses(self, namespace: str, labels: Mapping[str, str]) -> list[Address]:
        """Give (ip, port) of the ready pods; kept by a watch, so cheap to ask often."""
        key = (namespace, json.dumps(labels, sort_keys=True))
        if key not in self._endpoints:
            self._endpoints[key] = PodEndpoints(self.connection(), namespace, labels)
        return self._endpoints[key].addresses()


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _wait_for(port_file: Path, server: "subprocess.Popen[bytes]", folder: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while not port_file.exists():
        if server.poll() is not None or time.monotonic() > deadline:
            log = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"the API server did not start: {log[-2000:]}")
        time.sleep(0.01)
    return port_file.read_text(encoding="utf-8")
