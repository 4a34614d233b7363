"""The lab's person on call, who has signed in with the Azure CLI: what they ask, and as whom.

The sign-in is kept in the lab's folder, which is its user's alone, as the Azure CLI keeps it.
"""

import secrets
from pathlib import Path

from lab.azure.tenant import AZURE_CLI, Person
from landbridge.adapters.entra import AccessTokens, Client
from landbridge.adapters.function_app import FunctionApp
from landbridge.domain.callers import Role
from landbridge.domain.settings import FunctionApp as FunctionAppSettings

__all__ = ["function_app_as", "keep_sign_in", "kept_sign_in", "person_on_call"]

_FILE = "operator-sign-in"


def person_on_call() -> Person:
    """Return somebody with the role Operator, signed in."""
    return Person(secrets.token_urlsafe(32), [Role.OPERATOR])


def keep_sign_in(folder: Path, person: Person) -> None:
    """Keep the sign-in for other processes of the lab's user."""
    file = folder / _FILE
    file.touch(mode=0o600)
    file.write_text(person.refresh_token, encoding="utf-8")


def kept_sign_in(folder: Path) -> str:
    """Return what proves that the person signed in."""
    return (folder / _FILE).read_text(encoding="utf-8")


def function_app_as(sign_in: str, where: FunctionAppSettings) -> FunctionApp:
    """Return the Function App, asked as the person; ``where`` has its URL and Entra's."""
    client = Client(where.authority, where.tenant_id, AZURE_CLI, where.application_id)
    proof = {"grant_type": "refresh_token", "refresh_token": sign_in}
    return FunctionApp(where, AccessTokens(client, lambda: proof))
