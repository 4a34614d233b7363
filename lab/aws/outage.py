"""AWS's control plane while it is away: every call is refused with 503 and counted.

What goes on is what needs no API: the data planes, which are other processes of the lab, and the
lab's own eyes and hands (``OBSERVER`` in the user agent), for a fault must be seen and ended.
Lambda refuses invocations, so the steps of a run fail with Lambda's own error until it is back.
A call that is answered meanwhile is counted too: there is to be none.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterable

from lab.aws.observer import OBSERVER

__all__ = [
    "TAKEOVER_KEY",
    "UNAVAILABLE",
    "answered",
    "begin",
    "calls",
    "denied",
    "end",
    "is_on",
    "refusal",
    "refused_invocation",
    "refuses",
]

Headers = Iterable[tuple[bytes, bytes]]
# Step Functions Developer Guide, "Handle transient Lambda service exceptions".
UNAVAILABLE = "Lambda.ServiceException"
MESSAGE = "The service is temporarily unavailable"
# Services whose answers are XML; the others' are JSON.
_XML = frozenset({"cloudformation", "iam", "route53", "s3", "sns", "sts"})
_SCOPE = re.compile(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/")
# What a takeover's pod signs with, so that a call of its own is known. It opens nothing: no
# account of the emulator's has it.
TAKEOVER_KEY = "takeover"
_OTHERS = "others"

_lock = threading.Lock()
# By what was asked, by whom, and whether it was answered.
_calls: Counter[tuple[str, str, bool]] = Counter()
_on = threading.Event()


def begin() -> None:
    """Refuse every call from now on."""
    _on.set()


def end() -> None:
    """Answer again."""
    _on.clear()


def is_on() -> bool:
    """Whether the control plane is away."""
    return _on.is_set()


def denied() -> dict[str, int]:
    """Return how many calls were refused so far, by what was asked: ``dynamodb PutItem``."""
    refused: Counter[str] = Counter()
    with _lock:
        for (what, _, answer), count in _calls.items():
            if not answer:
                refused[what] += count
    return dict(refused)


def calls() -> list[dict[str, str | int | bool]]:
    """Return what came while the control plane was away: ``what``, ``by``, ``count``, ``answered``.

    ``by`` is ``takeover`` or ``others``; the lab's own calls are not counted.
    """
    with _lock:
        found = sorted(_calls.items())
    return [
        {"what": what, "by": by, "count": count, "answered": answer}
        for (what, by, answer), count in found
    ]


def answered(method: str, path: str, headers: Headers) -> None:
    """Count a call that goes through to the emulator, where it should not have."""
    if refuses(headers):
        _count(*_asked(method, path, headers), answer=True)


def refuses(headers: Headers) -> bool:
    """Whether a request with these headers is refused."""
    return is_on() and OBSERVER not in _value(headers, b"user-agent")


def refusal(method: str, path: str, headers: Headers) -> tuple[dict[str, str], bytes]:
    """Count the call; return headers and body of its 503, in the protocol that it came in."""
    what, by = _asked(method, path, headers)
    _count(what, by, answer=False)
    service = what.partition(" ")[0]
    if service in _XML:
        error = f"<Error><Code>ServiceUnavailable</Code><Message>{MESSAGE}</Message></Error>"
        return {"content-type": "text/xml"}, f"<ErrorResponse>{error}</ErrorResponse>".encode()
    code = "ServiceUnavailableException"
    body = json.dumps({"__type": code, "message": MESSAGE}).encode()
    return {"content-type": "application/x-amz-json-1.0", "x-amzn-errortype": code}, body


def refused_invocation(function: str) -> dict[str, str]:
    """Count it; return the error that Step Functions and EventBridge see of Lambda."""
    _count(f"lambda Invoke {function}", _OTHERS, answer=False)
    return {"errorType": UNAVAILABLE, "errorMessage": f"{function}: {MESSAGE}"}


def _asked(method: str, path: str, headers: Headers) -> tuple[str, str]:
    target = _value(headers, b"x-amz-target").rpartition(".")[2]
    found = _SCOPE.search(_value(headers, b"authorization"))
    key, service = found.groups() if found else ("", "unsigned")
    return f"{service} {target or f'{method} {path}'}", key if key == TAKEOVER_KEY else _OTHERS


def _count(what: str, by: str, *, answer: bool) -> None:
    with _lock:
        _calls[what, by, answer] += 1


def _value(headers: Headers, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), "")
