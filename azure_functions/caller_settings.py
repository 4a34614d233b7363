"""Whose tokens the Function App takes, from its environment."""

import re
from collections.abc import Mapping

from azure_functions.app_settings import text, url
from landbridge.domain.callers import Trust
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.foreign import shown

__all__ = ["trust_from"]

_AUTHORITY = "https://login.microsoftonline.com"
_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
_REMEDY = "set it among the Function App's application settings, as Entra shows it"


def trust_from(environment: Mapping[str, str]) -> Trust:
    """Return the trust; raise ConfigurationError, which names the setting that is wrong."""
    if environment.get("LANDBRIDGE_AUTHORITY"):
        authority = url(environment, "LANDBRIDGE_AUTHORITY", plain_on_loopback=True).rstrip("/")
    else:
        authority = _AUTHORITY
    callers = text(environment, "LANDBRIDGE_CALLERS").split(",")
    return Trust(
        authority=authority,
        tenant_id=_guid("LANDBRIDGE_TENANT_ID", text(environment, "LANDBRIDGE_TENANT_ID")),
        application_id=_guid(
            "LANDBRIDGE_APPLICATION_ID", text(environment, "LANDBRIDGE_APPLICATION_ID")
        ),
        callers=tuple(_guid("LANDBRIDGE_CALLERS", one.strip()) for one in callers),
    )


def _guid(name: str, value: str) -> str:
    if not _GUID.fullmatch(value):
        raise ConfigurationError(f"{name}: {shown(value)} is not an id of Entra's", _REMEDY)
    return value
