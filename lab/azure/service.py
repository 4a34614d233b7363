"""The Function App of a lab: laid out as it is deployed, and served by a host of its own."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from lab.azure.package import stage
from lab.processes.children import Child, ChildError, python
from lab.processes.folder import LabFolder
from lab.processes.ports import free_ports
from lab.processes.waiting import wait_for_port

__all__ = ["FunctionHost"]

NAME = "function-host"


class FunctionHost:
    """The Functions host, on one address and port for its whole life, however often it restarts.

    ``certificate`` and ``private_key`` are PEM files for ``host_name``, or ``address`` without one,
    which is what ``url`` names; ``authority`` is the PEM file that the app trusts; ``settings`` are
    the app's settings; ``token`` is what its managed identity shows to AKS.
    """

    def __init__(
        self,
        lab: LabFolder,
        *,
        certificate: Path,
        private_key: Path,
        authority: Path,
        settings: Mapping[str, str],
        token: str,
        address: str = "127.0.0.1",
        host_name: str = "",
    ) -> None:
        self._lab = lab
        self._files = (certificate, private_key)
        self.address = address
        self.port = free_ports(1)[0]
        self.url = f"https://{host_name or address}:{self.port}"
        self.key = secrets.token_urlsafe(32)
        self._environment = {
            **settings,
            "SSL_CERT_FILE": str(authority),
            "LAB_FUNCTION_KEY": self.key,
            "LAB_MASTER_KEY": secrets.token_urlsafe(32),
            "LAB_IDENTITY_HEADER": secrets.token_hex(16),
            "LAB_IDENTITY_TOKEN": token,
        }
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        """The host's process, to kill, freeze and thaw; raises ChildError before ``start``."""
        if self._child is None:
            raise ChildError("the Functions host was not started")
        return self._child

    def start(self) -> None:
        """Start the host, again too; returns when it serves. Raises ChildError with its log."""
        folder = self._lab.path / "function-app"
        stage(folder)
        certificate, private_key = self._files
        self._child = self._lab.spawn(
            NAME,
            python(
                "-m",
                "lab.azure.host",
                "--folder",
                folder,
                "--address",
                self.address,
                "--port",
                str(self.port),
                "--certificate",
                certificate,
                "--private-key",
                private_key,
            ),
            env=self._environment,
            cwd=folder,
        )
        wait_for_port(self.address, self.port, child=self._child)

    def stop(self) -> None:
        """Stop the host; returns when it has ended."""
        self.child.stop()
