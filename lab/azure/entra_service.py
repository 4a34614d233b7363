"""The lab's tenant of Entra ID: a process on loopback, and what it would give to whom."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from lab.azure.signing import SigningKey
from lab.azure.tenant import Person, Registration, Tenant
from lab.processes.children import Child, ChildError, python
from lab.processes.folder import LabFolder
from lab.processes.ports import free_ports
from lab.processes.waiting import wait_for_port

__all__ = ["Entra"]

NAME = "entra"


class Entra:
    """``start()`` it; ``url`` is its authority. Certificate and private key are PEM files."""

    def __init__(
        self,
        lab: LabFolder,
        *,
        certificate: Path,
        private_key: Path,
        tenant_id: str,
        application_id: str,
        registrations: Mapping[str, Registration],
        persons: Sequence[Person] = (),
    ) -> None:
        self._lab = lab
        self._files = (certificate, private_key)
        self.port = free_ports(1)[0]
        self.url = f"https://localhost:{self.port}"
        self._tenant = Tenant(
            url=self.url,
            tenant_id=tenant_id,
            application_id=application_id,
            registrations=registrations,
            persons=persons,
        )
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        """Its process; raises ChildError before ``start``."""
        if self._child is None:
            raise ChildError("Entra was not started")
        return self._child

    def start(self) -> None:
        """Start it, again too; returns when it serves. Raises ChildError with its log."""
        settings = self._lab.folder("entra", mode=0o700) / "settings.json"
        settings.touch(mode=0o600)
        settings.write_text(self._settings())
        certificate, private_key = self._files
        self._child = self._lab.spawn(
            NAME,
            python(
                "-m",
                "lab.azure.entra",
                "--settings",
                settings,
                "--port",
                str(self.port),
                "--certificate",
                certificate,
                "--private-key",
                private_key,
            ),
        )
        wait_for_port("127.0.0.1", self.port, child=self._child)

    def _settings(self) -> str:
        tenant = self._tenant
        return json.dumps(
            {
                "tenant_id": tenant.tenant_id,
                "application_id": tenant.application_id,
                "key": tenant.keys[-1].pem,
                "registrations": {
                    client: asdict(one) for client, one in tenant.registrations.items()
                },
                "persons": [asdict(one) for one in tenant.persons],
            }
        )

    def token(self, client: str) -> str:
        """Return the access token that this client would get; raises KeyError for nobody's id."""
        tenant = self._tenant
        key: SigningKey = tenant.keys[-1]
        return key.sign(tenant.claims(client, tenant.registrations[client].roles))

    def app_settings(self) -> dict[str, str]:
        """Return what the Function App is told of whom to trust: this tenant and its clients."""
        return {
            "LANDBRIDGE_AUTHORITY": self.url,
            "LANDBRIDGE_TENANT_ID": self._tenant.tenant_id,
            "LANDBRIDGE_APPLICATION_ID": self._tenant.application_id,
            "LANDBRIDGE_CALLERS": ",".join(self._callers()),
        }

    def _callers(self) -> list[str]:
        persons = dict.fromkeys(one.client for one in self._tenant.persons)
        return [*self._tenant.registrations, *persons]

    def stop(self) -> None:
        """Stop it; returns when it has ended."""
        self.child.stop()
