"""What the programs of a real control plane are told."""

import json
import re
import subprocess
from pathlib import Path

from lab.kubernetes.access import write_private
from lab.kubernetes.connection import Connection

__all__ = ["etcd_arguments", "manager_arguments", "server_arguments"]

_WITHOUT_INSECURE_PORT = 24


def etcd_arguments(folder: Path, url: str) -> list[str]:
    """Tell etcd to keep its data in the folder and to answer at the URL."""
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        "--listen-peer-urls=http://127.0.0.1:0",
    ]


def server_arguments(folder: Path, etcd: str, port: int, webhook: Path) -> list[str]:
    """Tell kube-apiserver where all is; `webhook` configures who knows other tokens."""
    return [
        f"--etcd-servers={etcd}",
        "--bind-address=127.0.0.1",
        # Left alone it looks for the machine's own address, and ends where there is no network.
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
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
        f"--authentication-token-webhook-config-file={webhook}",
        "--authentication-token-webhook-version=v1",
        # An answer that is kept outlives its token.
        "--authentication-token-webhook-cache-ttl=1s",
    ]


def manager_arguments(program: Path, folder: Path, connection: Connection, port: int) -> list[str]:
    """Tell kube-controller-manager how to reach the server, and which controllers to leave out."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"v1\.(\d+)", told.stdout)
    old = found is not None and int(found.group(1)) < _WITHOUT_INSECURE_PORT
    return [
        f"--kubeconfig={_write_kubeconfig(folder / 'kubeconfig', connection)}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'manager'}",
        f"--service-account-private-key-file={folder / 'accounts.key'}",
        # The lab's node sends no heartbeats, and its pods are given no service account.
        "--controllers=*,-nodelifecycle,-root-ca-cert-publisher",
        *(["--port=0"] if old else []),
    ]


def _write_kubeconfig(path: Path, connection: Connection) -> Path:
    server = {"server": connection.url, "certificate-authority": str(connection.ca_file)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "real", "cluster": server}],
        "users": [{"name": "manager", "user": {"token": connection.token}}],
        "contexts": [{"name": "real", "context": {"cluster": "real", "user": "manager"}}],
        "current-context": "real",
    }
    write_private(path, json.dumps(config))
    return path
