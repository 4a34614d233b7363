"""Whom a primary waits for before it acknowledges a commit: synchronous_standby_names, read.

Source: PostgreSQL 16, "Replication", synchronous_standby_names: ``[FIRST] n (names)`` waits for the
first n that are connected, ``ANY n (names)`` for any n of them, ``names`` alone is ``FIRST 1``;
``*`` is everybody; names are compared without case and may be quoted.
"""

import re

__all__ = ["acknowledges_without"]

_COUNTED = re.compile(r"(?:(?:FIRST|ANY)\s+)?(\d+)\s*\((.*)\)", re.IGNORECASE | re.DOTALL)


def acknowledges_without(setting: str, standby_name: str) -> str | None:
    """Return why the primary may acknowledge what ``standby_name`` lacks; None: it never does."""
    setting = setting.strip()
    if not setting:
        return "the primary required no standby"
    counted = _COUNTED.fullmatch(setting)
    count, listed = (int(counted[1]), counted[2]) if counted else (1, setting)
    names = [name.strip().strip('"').lower() for name in listed.split(",")]
    if "*" in names:
        return f"synchronous_standby_names is {setting!r}: any standby satisfies it"
    if standby_name.lower() not in names:
        return f"synchronous_standby_names is {setting!r}: {standby_name} is not in it"
    if count < len(names):
        return f"synchronous_standby_names is {setting!r}: the others satisfy it too"
    return None
