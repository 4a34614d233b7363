"""The state machines' definitions: the same bytes in the cloud and in the lab."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Flows", "read_flows"]

_FOLDER = Path("statemachines")


@dataclass(frozen=True)
class Flows:
    """Both directions as ASL texts."""

    failover: str
    failback: str


def read_flows(root: Path) -> Flows:
    """Return both machines' ASL texts; raise FileNotFoundError where one is not there."""
    failover, failback = (
        (root / _FOLDER / f"{name}.asl.json").read_text(encoding="utf-8")
        for name in ("failover", "failback")
    )
    return Flows(failover, failback)
