"""The Function App of a lab: laid out as it is deployed, and served by a host of its own."""

import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.azure.ailments import Ailment, prescribe, symptoms
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
    the app's settings; ``token`` is what its managed identity shows to AKS at first.
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
        self._environment = {
            **settings,
            "SSL_CERT_FILE": str(authority),
            # A host has keys; nobody is given one.
            "LAB_FUNCTION_KEY": secrets.token_urlsafe(32),
            "LAB_MASTER_KEY": secrets.token_urlsafe(32),
            "LAB_IDENTITY_HEADER": secrets.token_hex(16),
        }
        folder = lab.folder(f"{NAME}-switches", mode=0o700)
        self._token, self._ailment = folder / "token", folder / "ailment.json"
        self.set_token(token)
        self._down: set[str] = set()
        self._saying = threading.Lock()
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
                "--token-file",
                self._token,
                "--ailment-file",
                self._ailment,
            ),
            env=self._environment,
            cwd=folder,
        )
        wait_for_port(self.address, self.port, child=self._child)

    def set_token(self, token: str) -> None:
        """Let the app's identity give this token to whoever asks from now on."""
        fresh = self._token.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(token)
        fresh.rename(self._token)

    def go_down(self, cause: str) -> None:
        """Kill the host; it is down while a cause says so."""
        with self._saying:
            self._down.add(cause)
            self.child.kill()

    def come_up(self, cause: str) -> None:
        """Start it again, unless another cause keeps it down; harmless where it runs."""
        with self._saying:
            self._down.discard(cause)
            if not self._down and not self.child.running:
                self.start()

    def suffer(
        self, ailment: Ailment, cause: str = "", *, seed: int = 0, share: float = 1.0
    ) -> None:
        """Let something be wrong with that share of the requests, until the cause's ``recover``."""
        with self._saying:
            prescribe(self._ailment, ailment, cause, seed=seed, share=share)

    def recover(self, cause: str = "") -> None:
        """Let the cause do nothing any more; what is late comes all the same."""
        with self._saying:
            prescribe(self._ailment, Ailment.WELL, cause)

    def symptoms(self) -> list[dict[str, Any]]:
        """Return the requests to which something happened: ``at``, ``route`` and the symptom."""
        return symptoms(self._ailment)

    def stop(self) -> None:
        """Stop the host; returns when it has ended."""
        self.child.stop()
