"""One site's cluster as the lab uses it: a server, its controllers and a node, as processes."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from lab.kubernetes.access import CONTROLLERS, User, write_private
from lab.kubernetes.children import Child, end, spawn
from lab.kubernetes.node.images import Image
from lab.kubernetes.running_cluster import Options, RunningCluster

__all__ = ["Cluster", "Image", "Options", "User"]

_START_SECONDS, _POLL_SECONDS = 30.0, 0.01


@dataclass
class Cluster(RunningCluster):
    """The lab's own cluster; `with Cluster(...) as cluster` starts and stops it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._server: Child | None = None

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

    def stop_server(self) -> None:
        """End the server and its controllers."""
        if self._server is not None:
            end(self._server)
            self._server = None
