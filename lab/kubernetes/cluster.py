"""One site's cluster as the lab uses it: a server, its controllers and a node, as processes."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.kubernetes.access import CONTROLLERS, NODE, Access, User, write_private
from lab.kubernetes.children import Child, NodeOptions, NodeProcess, end, spawn
from lab.kubernetes.node.images import Image, Registry

__all__ = ["Cluster", "Image", "Options", "User"]

_START_SECONDS, _POLL_SECONDS = 30.0, 0.01


@dataclass(frozen=True)
class Options(NodeOptions):
    """How a cluster behaves: as its node does, and its server.

    `history`: changes kept for watches; `eks_user`: who holds a valid EKS token, None to refuse
    such tokens.
    """

    history: int = 2000
    eks_user: User | None = None


@dataclass
class Cluster(Access):
    """The lab's own cluster; `with Cluster(...) as cluster` starts and stops it.

    `marker` is the value of the environment variable by which the lab finds its processes.
    """

    name: str
    folder: Path
    images: Mapping[str, Image]
    users: Sequence[User] = ()
    options: Options = field(default_factory=Options)
    marker: str = ""

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()  # pods have working folders of their own
        super().__init__(self.folder / "tokens.json")
        self._server: Child | None = None
        self._node: NodeProcess | None = None
        self.registry = Registry(self.folder / "images.json", self.images)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
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
        self.admit(self.users, self.options.eks_user)
        write_private(self.folder / "controllers.token", self.token(CONTROLLERS))
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        self._server = spawn(self.folder, "server", self._command(port_file), self.marker)
        self.url = f"http://127.0.0.1:{self._wait_for(port_file)}"

    def _command(self, port_file: Path) -> list[str]:
        command = [sys.executable, "-m", "lab.kubernetes.server", "--name", self.name]
        command += ["--port", "0", "--port-file", str(port_file)]
        command += ["--tokens", str(self.folder / "tokens.json")]
        command += ["--controllers", str(self.folder / "controllers.token")]
        command += ["--time-scale", str(self.options.time_scale)]
        command += ["--history", str(self.options.history)]
        return command

    def _wait_for(self, port_file: Path) -> str:
        deadline = time.monotonic() + _START_SECONDS
        while not port_file.exists():
            ended = self._server is None or self._server.poll() is not None
            if ended or time.monotonic() > deadline:
                log = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"the API server did not start: {log[-2000:]}")
            time.sleep(_POLL_SECONDS)
        return port_file.read_text(encoding="utf-8")

    def start_node(self) -> None:
        """Start the node, or start it again after `kill_pods`; harmless while it runs."""
        if self._node is not None:
            return
        self._node = NodeProcess(self.folder, f"{self.name}-node", self.registry)
        self._node.start(self.connection(NODE), self.options, self.marker)

    @property
    def has_node(self) -> bool:
        """Whether there is a node that runs pods; after `kill_pods` there is none."""
        return self._node is not None

    def stop(self) -> None:
        """End everything that the cluster runs; its folder stays."""
        self.stop_following()
        self.kill_pods()
        if self._server is not None:
            end(self._server)
            self._server = None

    def kill_pods(self) -> None:
        """Kill the node and all pods' processes at once (SIGKILL), as when a region is lost.

        Gives back when they are all gone. The API still shows them as they were.
        """
        if self._node is not None:
            self._node.kill()
            self._node = None
