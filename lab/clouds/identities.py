"""Who is who across the lab's clouds: the issuers, and whom the tenant gives a token on their word.

Nobody has a secret of another cloud: AWS's STS vouches for the orchestrator's role, and each
cluster for the database's service account, Azure's for the takeover's too. A person has signed in.
"""

from pathlib import Path

from lab.aws.service import ACCOUNT
from lab.azure.entra_service import Entra
from lab.azure.signing import SigningKey, key_set
from lab.azure.tenant import Credential, Person, Registration
from lab.clouds.names import Own
from lab.processes.folder import LabFolder
from lab.sites.certificates import Authority
from landbridge.configuration import Configuration
from landbridge.domain.callers import Role

__all__ = ["DATABASE_CLIENT", "Issuers", "make_entra"]

# The databases' own identity in the tenant, of both sites.
DATABASE_CLIENT = "7d1c4a5e-0b1f-4c55-9a57-2f4b1c0d9e04"
_ISSUERS = {
    "sts": "https://5e1f3c52-7c1d-4d0f-8c0a-6c1f0c9b7a11.tokens.sts.global.api.aws",
    "aws": "https://oidc.eks.eu-west-1.amazonaws.com/id/0A1B2C3D4E5F60718293A4B5C6D7E8F9",
    "azure": "https://westeurope.oic.prod-aks.azure.com/the-lab/aks/",
}


class Issuers:
    """STS and both clusters' issuers of tokens: a name and a key each, kept as long as the lab."""

    def __init__(self, lab: LabFolder) -> None:
        self._folder = lab.folder("issuers", mode=0o700)
        # The key's name is the one that lab.aws and lab.kubernetes sign with.
        self._keys = {
            place: SigningKey.made("aws" if place == "sts" else "cluster") for place in _ISSUERS
        }
        for place, key in self._keys.items():
            file = self._folder / f"{place}.pem"
            file.touch(mode=0o600)
            file.write_text(key.pem)

    def signing(self, place: str) -> tuple[str, Path]:
        """Return the name and the private key's file of ``sts``, ``aws`` or ``azure``."""
        return _ISSUERS[place], self._folder / f"{place}.pem"

    def credential(self, place: str, subject: str) -> Credential:
        """Return the federated credential that takes this issuer's word for the subject."""
        return Credential(_ISSUERS[place], subject, key_set(self._keys[place]))


def make_entra(
    lab: LabFolder,
    authority: Authority,
    configuration: Configuration,
    issuers: Issuers,
    person: Person,
) -> Entra:
    """Return the lab's tenant, not started, with the configuration's ids and one person on call."""
    wanted, own = configuration.function_app, Own.of(configuration)
    database = f"system:serviceaccount:{own.namespace}:{own.database}"
    takeover = f"system:serviceaccount:{own.gate_namespace}:landbridge-takeover"
    role = f"arn:aws:iam::{ACCOUNT}:role/landbridge-{configuration.workload}-function-caller"
    certificate = authority.issue("entra", ["localhost"])
    return Entra(
        lab,
        certificate=certificate.certificate,
        private_key=certificate.private_key,
        tenant_id=wanted.tenant_id,
        application_id=wanted.application_id,
        registrations={
            wanted.client_id: Registration(
                roles=[Role.ORCHESTRATOR], credentials=[issuers.credential("sts", role)]
            ),
            DATABASE_CLIENT: Registration(
                roles=[Role.GATE_READER],
                credentials=[issuers.credential(site, database) for site in ("aws", "azure")],
            ),
            configuration.takeover.client_id: Registration(
                roles=[Role.ORCHESTRATOR],
                credentials=[issuers.credential("azure", takeover)],
            ),
        },
        persons=[person],
    )
