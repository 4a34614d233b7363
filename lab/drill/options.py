"""What a drill is asked to do."""

from dataclasses import dataclass, field

from lab.clouds.options import LabOptions

__all__ = ["FAULTS", "DrillOptions"]

FAULTS = {
    "region-loss": "AWS's database, pods and entry are killed",
    "health-only": "AWS's entry answers 503 while its database lives: it must be fenced",
}


@dataclass(frozen=True)
class DrillOptions:
    """One drill: the lab it runs in, the traffic on it, and the fault."""

    lab: LabOptions = field(default_factory=LabOptions)
    fault: str = "region-loss"
    clients: int = 8
    rate: float = 60.0
    seed: int = 1
    calm_seconds: float = 3.0
    failback: bool = True
    data_megabytes: int = 0
