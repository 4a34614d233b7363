"""The half in Azure: is the Function App up, of our version, signed in to its cluster."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.gate import Gate, parse_gate
from landbridge.domain.lock import RunLock
from landbridge.domain.preflight.check import Check, Finding, check_of, fail, unknown, warn
from landbridge.domain.preflight.cluster_facts import (
    ClusterFacts,
    read_cluster,
    unreachable_cluster,
)
from landbridge.domain.preflight.takeover import TakeoverFacts, read_takeover

__all__ = ["OtherHalf", "half_checks", "read_half", "unreachable_half"]

_UNASKED = "the Function App could not be asked: see function-app"
_TOKEN_SECONDS = 300.0  # azure-identity takes a new token that long before the old one ends


@dataclass(frozen=True)
class OtherHalf:
    """What the Function App answered. ``gate`` and ``lock`` are None where there never was one.

    ``gate_reason`` says why the two could not be read, empty where they were; ``token_seconds`` is
    what is left of the identity's token for AKS, ``at`` the Function App's own clock. ``takeover``
    is None where its cluster was not seen.
    """

    reachable: bool
    cluster: ClusterFacts
    reason: str = ""
    version: str = ""
    at: float = 0.0
    gate: Gate | None = None
    lock: RunLock | None = None
    gate_reason: str = ""
    token_seconds: float | None = None
    token_reason: str = ""
    takeover: TakeoverFacts | None = None


def unreachable_half(reason: str) -> OtherHalf:
    """Return the half that was not seen."""
    return OtherHalf(False, unreachable_cluster("azure", _UNASKED), reason, gate_reason=_UNASKED)


def read_half(document: Mapping[str, Any]) -> OtherHalf:
    """Return the half as the route answers it; raise InvalidEventError, which names the version."""
    version = document.get("version")
    try:
        gate, lock = document["gate"], document["lock"]
        return OtherHalf(
            reachable=True,
            cluster=read_cluster(document["cluster"]),
            version=str(version),
            at=float(document["at"]),
            gate=parse_gate(gate) if gate else None,
            lock=RunLock(**lock) if lock else None,
            gate_reason=str(document["gate_reason"]),
            token_seconds=document["token_seconds"],
            token_reason=str(document["token_reason"]),
            takeover=read_takeover(seen) if (seen := document["takeover"]) else None,
        )
    except (KeyError, TypeError, ValueError, InvalidEventError) as error:
        raise InvalidEventError(
            f"the Function App, version {version}, answers something else: {error!r}",
            "deploy both halves from one version",
        ) from None


def half_checks(half: OtherHalf, version: str) -> list[Check]:
    """Return the checks of the Function App; ``version`` is our own."""
    return [
        check_of("function-app", _reach(half), "the Function App answers"),
        check_of("version", _version(half, version), f"both halves are version {version}"),
        check_of("aks-token", _token(half), _token_good(half)),
    ]


def _reach(half: OtherHalf) -> Iterator[Finding]:
    if not half.reachable:
        yield fail(
            f"the Function App: {half.reason}",
            "see the Function App's log (az functionapp log tail), and the network to it",
        )


def _version(half: OtherHalf, version: str) -> Iterator[Finding]:
    if not half.reachable:
        yield unknown(_UNASKED)
    elif half.version != version:
        yield fail(
            f"the Function App is version {half.version}, the Lambdas are {version}",
            "deploy both halves from one version",
        )


def _token_good(half: OtherHalf) -> str:
    minutes = (half.token_seconds or 0.0) / 60
    return f"the Function App's identity has a token for AKS, good for {minutes:.0f} minutes"


def _token(half: OtherHalf) -> Iterator[Finding]:
    if not half.reachable:
        yield unknown(_UNASKED)
    elif half.token_seconds is None:
        yield fail(half.token_reason, "give the Function App a managed identity with a role in AKS")
    elif half.token_seconds < _TOKEN_SECONDS:
        yield warn(
            f"the token for AKS ends in {half.token_seconds:.0f} s and was not renewed",
            "az functionapp restart; then see the identity endpoint in its log",
        )
