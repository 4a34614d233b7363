"""After a takeover, with AWS back: the runs that its table lacks, and whether the world agrees.

Nothing is decided anew and nothing is moved: records are copied where there is none, and what does
not fit is named with what a person does about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from landbridge.domain.machine.frames import SUCCEEDED

__all__ = ["Agreement", "Copying", "Finding", "World", "check_world", "decide_copying"]

_DNS = {"closed": "aws", "open": "azure"}


class Copying(StrEnum):
    """What becomes of one run's record."""

    COPY = "copy"
    THERE = "there"
    DIFFERS = "differs"
    UNFINISHED = "unfinished"
    UNCHANGED = "unchanged"


def decide_copying(
    azure: Mapping[str, Any] | None, home: Mapping[str, Any] | None, ended: str
) -> tuple[Copying, str]:
    """Decide by the short record in AKS and the one in the table; None where there is none.

    ``ended`` is the machine's own end, empty while it is on. A run that found Azure serving ends
    well and leaves no record, as it does in AWS.
    """
    if azure is None and ended == SUCCEEDED:
        return Copying.UNCHANGED, "Azure served already: there is no record"
    if azure is None:
        return (
            Copying.UNFINISHED,
            "the run left no record in AKS: it is on, or its pods ended first",
        )
    if home is None:
        return Copying.COPY, f"{azure.get('outcome')}: {azure.get('outcome_reason')}"
    if dict(home) == dict(azure):
        return Copying.THERE, "the table has it"
    names = sorted(name for name in {*home, *azure} if home.get(name) != azure.get(name))
    return Copying.DIFFERS, f"the table has another: {', '.join(names)}"


class Agreement(StrEnum):
    """Whether two things that must agree do."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One thing that was checked."""

    name: str
    agrees: Agreement
    reason: str
    remedy: str = ""


@dataclass(frozen=True)
class World:
    """What is true now. ``dns`` and ``active`` are aws, azure, or in words why it is neither."""

    gate: Mapping[str, Any] | None
    dns: str
    active: str
    newest: Mapping[str, Any] | None


def check_world(world: World) -> list[Finding]:
    """Return what agrees and what does not: gate with DNS, databases and the newest record."""
    if world.gate is None:
        said = "the gate could not be read"
        return [Finding("gate", Agreement.UNKNOWN, said, "see the Function App")]
    return [_dns(world, world.gate), _database(world, world.gate), _epoch(world, world.gate)]


def _dns(world: World, gate: Mapping[str, Any]) -> Finding:
    state, said = gate["state"], f"the gate is {gate['state']}, DNS answers {world.dns}"
    if state not in _DNS:
        return Finding("dns", Agreement.NO, said, "a run is half way: landbridge failover --resume")
    if world.dns not in _DNS.values():
        return Finding("dns", Agreement.UNKNOWN, said, "ask each of the zone's name servers")
    if world.dns != _DNS[state]:
        return Finding("dns", Agreement.NO, said, "see Route 53's health checks: landbridge status")
    return Finding("dns", Agreement.YES, said)


def _database(world: World, gate: Mapping[str, Any]) -> Finding:
    site = gate["active_site"]
    said = f"the gate says that {site} is active, writes are taken by {world.active}"
    if world.active == site:
        return Finding("database", Agreement.YES, said)
    known = world.active in {*_DNS.values(), "both", "none"}
    agrees = Agreement.NO if known else Agreement.UNKNOWN
    return Finding("database", agrees, said, "landbridge preflight says what each database is")


def _epoch(world: World, gate: Mapping[str, Any]) -> Finding:
    epoch = (world.newest or {}).get("epoch")
    if epoch is None:
        said = "no run that recovered has a record with an epoch"
        return Finding("epoch", Agreement.UNKNOWN, said)
    said = f"the gate is in epoch {gate['epoch']}, the newest recovery is of {epoch}"
    if gate["epoch"] == epoch:
        return Finding("epoch", Agreement.YES, said)
    return Finding("epoch", Agreement.NO, said, "a run wrote the gate that has no record here")
