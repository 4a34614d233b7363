"""Two configurations beside cdk.json's, each synthesized once for all tests: it takes seconds.

``everything`` has all that there may be; ``otherwise`` decides otherwise where there is a choice.
"""

from typing import Any

from lab.aws.synthesis import ROOT
from landbridge.configuration import read_context

__all__ = ["CLIENT_SECRET", "GAMEDAY", "WEBHOOK", "everything", "otherwise"]

WEBHOOK = {"format": "teams", "secret": "landbridge/webhook"}
GAMEDAY = {
    "time_zone": "Europe/Berlin",
    "schedule": {"day": "tue", "at": "10:30", "week": 1},
    "blocked_windows": [{"name": "freeze", "first_date": "2026-12-20", "last_date": "2027-01-03"}],
}
CLIENT_SECRET = "landbridge/entra"
PRIMARY = {
    "administrators": ["arn:aws:iam::111122223333:role/admin"],
    "zones": ["a", "b", "c"],
    "vpn": {"azure_addresses": ["203.0.113.1", "203.0.113.2"]},
}


def everything() -> dict[str, Any]:
    """Return the context with a webhook, a GameDay's schedule and a primary to be made."""
    options = {"webhook": WEBHOOK, "gameday": GAMEDAY, "primary": PRIMARY}
    return {"landbridge": {**_document(), **options}}


def otherwise() -> dict[str, Any]:
    """Return the context with the zone elsewhere, a client secret, and one replica more."""
    document = _document()
    document["zone"] = "elsewhere"
    document["function_app"]["secret"] = CLIENT_SECRET
    document["deployment"]["replicas"] += 1
    return {"landbridge": document}


def _document() -> dict[str, Any]:
    return dict(read_context(ROOT / "cdk.json")["landbridge"])
