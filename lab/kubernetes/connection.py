"""How to reach a cluster as somebody: the one object that every kind of cluster gives."""

from dataclasses import dataclass
from pathlib import Path

from kubernetes import client


@dataclass(frozen=True)
class Connection:
    """A cluster's URL, a bearer token, and for HTTPS the file of the authority to trust."""

    url: str
    token: str
    ca_file: Path | None = None

    def api_client(self) -> client.ApiClient:
        """Give an official client for this user."""
        configuration = client.Configuration()
        configuration.host = self.url
        configuration.api_key = {"authorization": f"Bearer {self.token}"}
        if self.ca_file is not None:
            configuration.ssl_ca_cert = str(self.ca_file)
        return client.ApiClient(configuration)
