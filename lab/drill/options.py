"""What a drill is asked to do."""

from dataclasses import dataclass, field

from lab.clouds.options import LabOptions
from lab.faults.fault import Effect
from lab.faults.schedule import Asked, parse_fault

__all__ = ["DEFAULT_FAULT", "DrillOptions"]

DEFAULT_FAULT = "region-loss"
# What landbridge must recover from by itself where nothing else is broken.
_CLEAN = frozenset({"region-loss", "health-only"})


@dataclass(frozen=True)
class DrillOptions:
    """One drill: the lab it runs in, the traffic on it, and what goes wrong."""

    lab: LabOptions = field(default_factory=LabOptions)
    faults: tuple[Asked, ...] = (parse_fault(DEFAULT_FAULT),)
    clients: int = 8
    rate: float = 60.0
    seed: int = 1
    calm_seconds: float = 3.0
    failback: bool = True
    data_megabytes: int = 0

    @property
    def fault(self) -> str:
        """The faults as they are asked for, in one line."""
        return " + ".join(str(one) for one in self.faults)

    @property
    def quiet(self) -> bool:
        """Whether AWS serves on through all of it, so that no failover may start."""
        return all(one.effect(self.lab.replication) is Effect.QUIET for one in self.faults)

    @property
    def must_recover(self) -> bool:
        """Whether the run must recover by itself; with more broken it may refuse, and say why."""
        return all(one.fault.name in _CLEAN and one.seconds is None for one in self.faults)

    @property
    def command(self) -> str:
        """The command that plays this drill again."""
        words = ["landbridge drill", f"--replication {self.lab.replication}", f"--seed {self.seed}"]
        words += [f"--fault '{one}'" for one in self.faults]
        return " ".join(words if self.failback else [*words, "--no-failback"])

    def leg(self, leg: str) -> tuple[Asked, ...]:
        """Return the faults of the way ``out`` or of the way ``home``."""
        return tuple(one for one in self.faults if one.leg == leg)
