"""The state machines' definitions: the same bytes in the cloud and in the lab."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Flows", "read_flows"]

_FOLDER = Path("statemachines")


@dataclass(frozen=True)
class Flows:
    """Both directions, the GameDay and the waves of several workloads, as ASL texts."""

    failover: str
    failback: str
    gameday: str
    waves: str


def read_flows(root: Path) -> Flows:
    """Return the machines' ASL texts; raise FileNotFoundError where one is not there."""
    failover, failback, gameday, waves = (
        (root / _FOLDER / f"{name}.asl.json").read_text(encoding="utf-8")
        for name in ("failover", "failback", "gameday", "waves")
    )
    return Flows(failover, failback, gameday, waves)
