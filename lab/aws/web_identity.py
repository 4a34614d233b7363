"""STS's word for who a caller is, signed as AWS signs it: the emulator's own token is not.

The emulator (ministack 1.5.33) signs with HS256 and a key that it does not publish, calls every
caller the account's root, and knows none of the action's condition keys. Source: IAM User Guide,
"Federating AWS identities to external services", "Understanding token claims".
"""

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions
from ministack.core.iam_evaluator import CredentialResolutionError
from ministack.services import sts

from lab.azure.signing import SigningKey

__all__ = ["install"]

_ACTION = "GetWebIdentityToken"
_TOKEN = re.compile(rb"(?<=<WebIdentityToken>)[^<]+(?=</WebIdentityToken>)")
_OK = 200
_ASSUMED = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/.+")


def install(private_key: Path, issuer: str) -> None:
    """Sign with the PEM key in the file, as the account's issuer."""
    handle, context = sts.handle_request, iam_actions.request_tag_context
    key = SigningKey.read("aws", private_key.read_text())

    async def handle_request(
        method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]
    ) -> Any:
        answer = await handle(method, path, headers, body, query)
        asked = _asked(body)
        if not asked or answer[0] != _OK:
            return answer
        status, sent, document = answer
        token = _signed(key, issuer, asked, sts._caller_identity(headers, query))  # noqa: SLF001 - no public way
        text = document if isinstance(document, bytes) else document.encode()
        return status, sent, _TOKEN.sub(token.encode(), text)

    def request_context(service: str, action: str, body: bytes, given: dict[str, Any]) -> Any:
        known = dict(context(service, action, body, given))
        if asked := _asked(body):
            known |= {
                "sts:IdentityTokenAudience": _audiences(asked),
                "sts:DurationSeconds": asked.get("DurationSeconds", ["300"])[0],
                "sts:SigningAlgorithm": asked.get("SigningAlgorithm", [""])[0],
            }
        return known

    sts.handle_request = handle_request
    iam_actions.request_tag_context = request_context


def _asked(body: bytes) -> dict[str, list[str]]:
    """Return what is asked of the action; nothing where the body, maybe a bundle, asks another."""
    if _ACTION.encode() not in body:
        return {}
    asked = parse_qs(body.decode("utf-8", errors="replace"))
    return asked if asked.get("Action") == [_ACTION] else {}


def _audiences(asked: dict[str, list[str]]) -> list[str]:
    return [values[0] for name, values in asked.items() if name.startswith("Audience.member.")]


def _signed(key: SigningKey, issuer: str, asked: dict[str, list[str]], caller: Any) -> str:
    if isinstance(caller, CredentialResolutionError):
        raise TypeError(f"nobody asks for a token: {caller}")
    arn = str(caller["userArn"])
    if assumed := _ASSUMED.fullmatch(arn):
        partition, account, role = assumed.groups()
        arn = f"arn:{partition}:iam::{account}:role/{role}"
    now, audiences = int(time.time()), _audiences(asked)
    claims = {
        "iss": issuer,
        "sub": arn,
        "aud": audiences if len(audiences) > 1 else audiences[0],
        "iat": now,
        "exp": now + int(asked.get("DurationSeconds", ["300"])[0]),
    }
    algorithm = asked["SigningAlgorithm"][0]
    if algorithm != "RS256":
        raise ValueError(f"the lab's AWS signs with RS256, not {algorithm}")
    return key.sign(claims)
