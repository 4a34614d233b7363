"""The state machine's definition: the same bytes in the cloud and in the lab."""

from pathlib import Path

__all__ = ["FAILOVER_FLOW", "read_flow"]

FAILOVER_FLOW = Path("statemachines") / "failover.asl.json"


def read_flow(root: Path) -> str:
    """Return the failover machine's ASL text; raise FileNotFoundError where there is none."""
    return (root / FAILOVER_FLOW).read_text(encoding="utf-8")
