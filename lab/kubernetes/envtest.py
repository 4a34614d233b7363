"""A real kube-apiserver instead of the lab's own, where its programs are at hand.

As envtest has it, the environment variable KUBEBUILDER_ASSETS names a folder with `etcd`,
`kube-apiserver` and perhaps `kube-controller-manager`. Everything listens on loopback, on free
ports, with certificates and tokens made for the occasion, and in RBAC mode.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.kubernetes.access import CONTROLLERS, NODE, Access, User, write_private
from lab.kubernetes.certificates import write_authority, write_signed, write_signing_key
from lab.kubernetes.children import Child, NodeProcess, end, spawn
from lab.kubernetes.cluster import Options
from lab.kubernetes.node.images import Image
from lab.kubernetes.plain import RefusedError, request

ASSETS = "KUBEBUILDER_ASSETS"
_NEEDED = ("etcd", "kube-apiserver")
_MANAGER = "kube-controller-manager"
_START_SECONDS, _POLL_SECONDS = 60.0, 0.1
_WITHOUT_INSECURE_PORT = 24


def missing() -> str:
    """Say why no real server can be started here; '' where one can."""
    folder = os.environ.get(ASSETS, "")
    if not folder:
        return f"{ASSETS} is not set: no real kube-apiserver to compare with"
    absent = [name for name in _NEEDED if not os.access(Path(folder) / name, os.X_OK)]
    return f"{ASSETS}={folder} has no {absent[0]}" if absent else ""


@dataclass
class RealCluster(Access):
    """A real API server on etcd, with the lab's own node; to be used as a Cluster is.

    Where there is no kube-controller-manager the lab's controllers run instead; then nothing
    collects garbage. EKS tokens are not known to it.
    """

    name: str
    folder: Path
    images: Mapping[str, Image]
    users: Sequence[User] = ()
    options: Options = field(default_factory=Options)
    marker: str = ""

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()  # pods have working folders of their own
        super().__init__(self.folder / "ca.crt")
        self._assets = Path(os.environ.get(ASSETS, ""))
        self._children: list[Child] = []
        self._node: NodeProcess | None = None

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

    @property
    def has_controllers(self) -> bool:
        """Tell whether kube-controller-manager is there, which collects garbage among much else."""
        return os.access(self._assets / _MANAGER, os.X_OK)

    def start(self) -> None:
        """Start everything; gives back when the API answers."""
        self.start_server()
        self.start_node()

    def start_server(self) -> None:
        """Start etcd, the server and its controllers, but no node."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_authority(self.folder)
        for name in ("apiserver", "node"):
            write_signed(self.folder, name)
        write_signing_key(self.folder / "accounts.key")
        known = self.admit(self.users)
        lines = [f'{t},{u.name},{u.name},"{",".join(u.groups)}"\n' for t, u in known.items()]
        write_private(self.folder / "tokens.csv", "".join(lines))
        etcd_port, port = _free_port(), _free_port()
        etcd = f"http://127.0.0.1:{etcd_port}"
        self._spawn("etcd", self._etcd_arguments(etcd))
        self._spawn("kube-apiserver", self._server_arguments(etcd, port))
        self.url = f"https://127.0.0.1:{port}"
        self._wait()
        if self.has_controllers:
            self._spawn(_MANAGER, self._manager_arguments())
        else:
            self._start_own_controllers()

    def _start_own_controllers(self) -> None:
        token = self.folder / "controllers.token"
        write_private(token, self.token(CONTROLLERS))
        command = [sys.executable, "-m", "lab.kubernetes.controllers.run", "--server", self.url]
        command += ["--token-file", str(token), "--ca-file", str(self.folder / "ca.crt")]
        command += ["--time-scale", str(self.options.time_scale)]
        self._children.append(spawn(self.folder, "controllers", command, self.marker))

    def start_node(self) -> None:
        """Start the node, or start it again after `kill_pods`."""
        self._node = NodeProcess(self.folder, f"{self.name}-node", self.images)
        options = replace(self.options, tls=(self.folder / "node.crt", self.folder / "node.key"))
        self._node.start(self.connection(NODE), options, self.marker)

    def _etcd_arguments(self, url: str) -> list[str]:
        return [
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={url}",
            f"--advertise-client-urls={url}",
            "--listen-peer-urls=http://127.0.0.1:0",
        ]

    def _server_arguments(self, etcd: str, port: int) -> list[str]:
        folder = self.folder
        return [
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            f"--cert-dir={folder}",
            f"--tls-cert-file={folder / 'apiserver.crt'}",
            f"--tls-private-key-file={folder / 'apiserver.key'}",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--anonymous-auth=false",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={folder / 'accounts.key'}",
            f"--service-account-signing-key-file={folder / 'accounts.key'}",
            # Its service accounts are made by the controller manager, which may be missing.
            "--disable-admission-plugins=ServiceAccount",
            "--kubelet-preferred-address-types=InternalIP",
        ]

    def _manager_arguments(self) -> list[str]:
        program = self._assets / _MANAGER
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        found = re.search(r"v1\.(\d+)", told.stdout)
        old = found is not None and int(found.group(1)) < _WITHOUT_INSECURE_PORT
        return [
            f"--kubeconfig={self._write_kubeconfig()}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            f"--secure-port={_free_port()}",
            f"--cert-dir={self.folder / 'manager'}",
            f"--service-account-private-key-file={self.folder / 'accounts.key'}",
            # The lab's node sends no heartbeats.
            "--controllers=*,-nodelifecycle",
            *(["--port=0"] if old else []),
        ]

    def _write_kubeconfig(self) -> Path:
        server = {"server": self.url, "certificate-authority": str(self.folder / "ca.crt")}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "real", "cluster": server}],
            "users": [{"name": CONTROLLERS, "user": {"token": self.token(CONTROLLERS)}}],
            "contexts": [{"name": "real", "context": {"cluster": "real", "user": CONTROLLERS}}],
            "current-context": "real",
        }
        path = self.folder / "kubeconfig"
        write_private(path, json.dumps(config))
        return path

    def _spawn(self, name: str, arguments: list[str]) -> None:
        command: list[str | Path] = [self._assets / name, *arguments]
        self._children.append(spawn(self.folder, name, command, self.marker))

    def _wait(self) -> None:
        """Wait for the server, which creates its first roles and namespaces when it starts."""
        deadline = time.monotonic() + _START_SECONDS
        role = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:basic-user"
        for path in (role, "/api/v1/namespaces/default"):
            while not self._answers(path):
                ended = [c for c in self._children if c.poll() is not None]
                if ended or time.monotonic() > deadline:
                    raise RuntimeError(f"the real API server did not start: see {self.folder}")
                time.sleep(_POLL_SECONDS)

    def _answers(self, path: str) -> bool:
        try:
            request(self.connection(), "GET", path)
        except (RefusedError, OSError):
            return False
        return True

    def stop(self) -> None:
        """End everything; the folder stays."""
        self.stop_following()
        self.kill_pods()
        while self._children:
            end(self._children.pop())

    def kill_pods(self) -> None:
        """Kill the node and all pods' processes at once (SIGKILL), as when a region is lost."""
        if self._node is not None:
            self._node.kill()
            self._node = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
