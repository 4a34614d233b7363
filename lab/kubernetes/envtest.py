"""A real kube-apiserver instead of the lab's own, where its programs are at hand.

As envtest has it, the environment variable KUBEBUILDER_ASSETS names a folder with `etcd`,
`kube-apiserver` and perhaps `kube-controller-manager`. Everything listens on loopback, on free
ports, with certificates and tokens made for the occasion, and in RBAC mode.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lab.kubernetes.access import CONTROLLERS, MASTERS, OWN, write_private
from lab.kubernetes.certificates import write_authority, write_signed, write_signing_key
from lab.kubernetes.children import Child, NodeOptions, spawn
from lab.kubernetes.control_plane import etcd_arguments, manager_arguments, server_arguments
from lab.kubernetes.plain import RefusedError, request
from lab.kubernetes.running_cluster import RunningCluster
from lab.kubernetes.token_webhook import write_configuration
from lab.processes.ports import free_ports
from lab.processes.waiting import accepts
from landbridge.domain.errors import ConfigurationError

__all__ = ["ASSETS", "RealCluster", "is_wanted", "missing"]

ASSETS = "KUBEBUILDER_ASSETS"
_NEEDED = ("etcd", "kube-apiserver")
_MANAGER = "kube-controller-manager"
_START_SECONDS, _POLL_SECONDS = 60.0, 0.1
_ROLES = "/apis/rbac.authorization.k8s.io/v1"
_LOG_CHARACTERS = 2000


def missing() -> str:
    """Say why no real server can be started here; '' where one can."""
    folder = os.environ.get(ASSETS, "")
    if not folder:
        return f"{ASSETS} is not set: no real kube-apiserver to compare with"
    absent = [name for name in _NEEDED if not _is_program(Path(folder) / name)]
    return f"{ASSETS}={folder} has no {' and no '.join(absent)}" if absent else ""


def is_wanted() -> bool:
    """Tell whether KUBEBUILDER_ASSETS asks for a real server.

    Raises ConfigurationError, which names what is missing, where it does and there is none.
    """
    if not os.environ.get(ASSETS):
        return False
    if reason := missing():
        needed = " and ".join(_NEEDED)
        raise ConfigurationError(f"{reason}.", f"name a folder with {needed}, or unset {ASSETS}")
    return True


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


@dataclass
class RealCluster(RunningCluster):
    """A real API server on etcd, with the lab's own node; to be used as a Cluster is.

    Where there is no kube-controller-manager the lab's controllers run instead; then nothing
    collects garbage. The tokens of its users, EKS's too, are looked at by a webhook.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self._assets = Path(os.environ.get(ASSETS, ""))
        self._children: dict[str, Child] = {}

    @property
    def authority(self) -> Path:
        """Its own authority."""
        return self.folder / "ca.crt"

    @property
    def node_options(self) -> NodeOptions:
        """As asked for, and the node's own door is one with TLS."""
        return replace(self.options, tls=(self.folder / "node.crt", self.folder / "node.key"))

    @property
    def has_controllers(self) -> bool:
        """Tell whether kube-controller-manager is there, which collects garbage among much else."""
        return _is_program(self._assets / _MANAGER)

    def start_server(self) -> None:
        """Start etcd, the server and its controllers, but no node."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_authority(self.folder)
        for name in ("apiserver", "node"):
            write_signed(self.folder, name)
        write_signing_key(self.folder / "accounts.key")
        self.admit(self.users, self.options.eks_user)
        # The server reads its own file once; whose token may change is known to the webhook.
        lines = [f"{self.token(name)},{name},{name},{MASTERS}\n" for name in OWN]
        write_private(self.folder / "tokens.csv", "".join(lines))
        etcd_port, port = free_ports(2)
        etcd = f"http://127.0.0.1:{etcd_port}"
        self._spawn("etcd", etcd_arguments(self.folder, etcd))
        webhook = self._start_webhook()
        self._spawn("kube-apiserver", server_arguments(self.folder, etcd, port, webhook))
        self.url = f"https://127.0.0.1:{port}"
        # The server creates its first roles and namespaces when it starts.
        self._wait(lambda: self._has(f"{_ROLES}/clusterrolebindings/system:basic-user"))
        self._wait(lambda: self._has("/api/v1/namespaces/default"))
        self._start_controllers()

    def _start_webhook(self) -> Path:
        port = free_ports(1)[0]
        command = [sys.executable, "-m", "lab.kubernetes.token_webhook", "--port", str(port)]
        command += ["--tokens", str(self.folder / "tokens.json")]
        self._children["webhook"] = spawn(self.folder, "webhook", command, self.marker)
        self._wait(lambda: accepts("127.0.0.1", port))
        path = self.folder / "webhook.json"
        write_configuration(path, port)
        return path

    def _start_controllers(self) -> None:
        if not self.has_controllers:
            self._start_own_controllers()
            return
        program, port = self._assets / _MANAGER, free_ports(1)[0]
        connection = self.connection(CONTROLLERS)
        self._spawn(_MANAGER, manager_arguments(program, self.folder, connection, port))
        # One of its first deeds: the rules of the roles that gather those of others.
        self._wait(lambda: self._has(f"{_ROLES}/clusterroles/view", "rules"))

    def _start_own_controllers(self) -> None:
        token = self.folder / "controllers.token"
        write_private(token, self.token(CONTROLLERS))
        command = [sys.executable, "-m", "lab.kubernetes.controllers.run", "--server", self.url]
        command += ["--token-file", str(token), "--ca-file", str(self.folder / "ca.crt")]
        command += ["--time-scale", str(self.options.time_scale)]
        self._children["controllers"] = spawn(self.folder, "controllers", command, self.marker)

    def _spawn(self, name: str, arguments: list[str]) -> None:
        command: list[str | Path] = [self._assets / name, *arguments]
        self._children[name] = spawn(self.folder, name, command, self.marker)

    def _wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not condition():
            for name, child in self._children.items():
                if child.poll() is not None:
                    raise RuntimeError(f"{name} ended: {self._log(name)}")
            if time.monotonic() > deadline:
                logs = "\n".join(f"{name}: {self._log(name)}" for name in self._children)
                raise RuntimeError(f"the real API server did not start:\n{logs}")
            time.sleep(_POLL_SECONDS)

    def _log(self, name: str) -> str:
        text = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        return text[-_LOG_CHARACTERS:]

    def _has(self, path: str, part: str = "metadata") -> bool:
        """Tell whether an object is there and its part is not empty."""
        try:
            return bool(request(self.connection(), "GET", path).get(part))
        except (RefusedError, OSError):
            return False

    def stop_server(self) -> None:
        """Kill everything: its state goes with it, so nothing needs time to end; the folder stays.

        The server goes before etcd, without which it can't end.
        """
        while self._children:
            _name, child = self._children.popitem()
            child.kill()
            child.wait()
