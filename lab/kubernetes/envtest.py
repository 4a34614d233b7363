"""A real kube-apiserver instead of the lab's own, where its programs are at hand.

As envtest has it, the environment variable KUBEBUILDER_ASSETS names a folder with `etcd`,
`kube-apiserver` and perhaps `kube-controller-manager`. Everything listens on loopback, on free
ports, with certificates and tokens made for the occasion, and in RBAC mode.
"""

import json
import os
import re
import secrets
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from kubernetes import client

from lab.kubernetes.certificates import write_authority, write_signed, write_signing_key
from lab.kubernetes.cluster import User
from lab.kubernetes.connection import Connection
from lab.kubernetes.plain import RefusedError, request

ASSETS = "KUBEBUILDER_ASSETS"
_NEEDED = ("etcd", "kube-apiserver")
_MANAGER = "kube-controller-manager"
_ADMIN, _NODE = "admin", "system:node"
_START_SECONDS, _STOP_SECONDS, _POLL_SECONDS = 60.0, 10.0, 0.1
_WITHOUT_INSECURE_PORT = 24


def missing() -> str:
    """Say why no real server can be started here; '' where one can."""
    folder = os.environ.get(ASSETS, "")
    if not folder:
        return f"{ASSETS} is not set: no real kube-apiserver to compare with"
    absent = [name for name in _NEEDED if not os.access(Path(folder) / name, os.X_OK)]
    return f"{ASSETS}={folder} has no {absent[0]}" if absent else ""


@dataclass
class RealCluster:
    """A real API server on etcd; `with RealCluster(folder) as cluster` starts and stops it."""

    folder: Path
    users: Sequence[User] = ()

    def __post_init__(self) -> None:
        self.url = ""
        self._assets = Path(os.environ.get(ASSETS, ""))
        self._tokens: dict[str, str] = {}
        self._processes: list[subprocess.Popen[bytes]] = []

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
        """Start etcd, the server and, if it is there, the controller manager."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_authority(self.folder)
        write_signed(self.folder, "apiserver")
        write_signing_key(self.folder / "accounts.key")
        self._write_tokens()
        etcd_port, port = _free_port(), _free_port()
        etcd = f"http://127.0.0.1:{etcd_port}"
        self._spawn("etcd", self._etcd_arguments(etcd))
        self._spawn("kube-apiserver", self._server_arguments(etcd, port))
        self.url = f"https://127.0.0.1:{port}"
        self._wait()
        if self.has_controllers:
            self._spawn(_MANAGER, self._manager_arguments())

    def _write_tokens(self) -> None:
        lines = []
        masters = ("system:masters",)
        for user in (User(_ADMIN, masters), User(_NODE, masters), *self.users):
            token = self._tokens[user.name] = user.token or secrets.token_urlsafe(24)
            lines.append(f'{token},{user.name},{user.name},"{",".join(user.groups)}"')
        path = self.folder / "tokens.csv"
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

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
            "users": [{"name": _ADMIN, "user": {"token": self._tokens[_ADMIN]}}],
            "contexts": [{"name": "real", "context": {"cluster": "real", "user": _ADMIN}}],
            "current-context": "real",
        }
        path = self.folder / "kubeconfig"
        path.touch(mode=0o600)
        path.write_text(json.dumps(config), encoding="utf-8")
        return path

    def _spawn(self, name: str, arguments: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [self._assets / name, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)

    def _wait(self) -> None:
        """Wait for the server, which creates its first roles and namespaces when it starts."""
        deadline = time.monotonic() + _START_SECONDS
        role = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:basic-user"
        for path in (role, "/api/v1/namespaces/default"):
            while not self._answers(path):
                ended = [p for p in self._processes if p.poll() is not None]
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
        while self._processes:
            process = self._processes.pop()
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def token(self, user: str) -> str:
        """Give a user's bearer token; raises KeyError for nobody's name."""
        return self._tokens[user]

    def connection(self, user: str = _ADMIN) -> Connection:
        """Give the way to reach the cluster as a user."""
        return Connection(self.url, self.token(user), self.folder / "ca.crt")

    def admin(self) -> client.ApiClient:
        """Give an official client that may do everything."""
        return self.connection().api_client()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
