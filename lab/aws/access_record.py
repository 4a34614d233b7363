"""What the emulator's IAM was asked: which role, which action, and whether its policies allow it.

In the emulator's own process, under each call of a role's session; the account's root, which the
lab itself is, is held to no policy and not noted.
"""

import threading
from collections import Counter
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id

__all__ = ["asked", "install"]

_lock = threading.Lock()
_asked: Counter[tuple[str, str, bool]] = Counter()


def install() -> None:
    """Note from now on every question that is put to IAM."""
    within = iam_evaluator.enforce

    def enforce(access_key_id: str, iam_action: str, *rest: Any, **named: Any) -> Any:
        denied = within(access_key_id, iam_action, *rest, **named)
        principal = iam_evaluator.resolve_principal(access_key_id or "", get_account_id())
        if getattr(principal, "type", "") == "AssumedRole":
            # arn:aws:sts::111122223333:assumed-role/ROLE/SESSION
            role = principal.arn.split("/")[1]
            with _lock:
                _asked[role, iam_action, denied is None] += 1
        return denied

    iam_evaluator.enforce = enforce


def asked() -> list[dict[str, Any]]:
    """Return ``{"role", "action", "allowed", "times"}`` for each that was asked."""
    with _lock:
        found = sorted(_asked.items())
    return [
        {"role": role, "action": action, "allowed": allowed, "times": times}
        for (role, action, allowed), times in found
    ]
