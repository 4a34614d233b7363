"""What a lab is asked to be: sizes, clocks and imitated slowness."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["LabOptions"]

QUICK_SCALE = 0.05  # a checker's 10 s become 0.5 s, the alarm's minute 3 s
QUICK_TTL_SECONDS = 1  # DNS knows whole seconds only
REAL_TTL_SECONDS = 60
INTERVAL_SECONDS = 10
FAILURE_THRESHOLD = 3


@dataclass(frozen=True)
class LabOptions:
    """One lab. ``ttl_seconds`` None: the mode's own; delays imitate slower parts of real clouds.

    ``paths``: each way between two places has a proxy of its own, for faults of the network, and
    clocks can be set wrong.
    ``budgets`` go over the configuration's, by the names of ``landbridge.domain.settings.Budgets``,
    ``gameday`` over the lab's own GameDay, by those of ``Gameday``.
    ``automatic`` is what Azure's timer may do after ``timer_seconds``: off, or on.
    """

    replication: str = "sync"
    realtime: bool = False
    ttl_seconds: int | None = None
    replicas: int = 2
    pod_start_seconds: float = 0.0
    promotion_delay_seconds: float = 0.0
    paths: bool = False
    budgets: Mapping[str, float] = field(default_factory=dict)
    gameday: Mapping[str, int] = field(default_factory=dict)
    automatic: str = "off"
    timer_seconds: int = 30

    @property
    def time_scale(self) -> float:
        """Seconds of the lab per second of Route 53's and CloudWatch's clocks."""
        return 1.0 if self.realtime else QUICK_SCALE

    @property
    def ttl(self) -> int:
        """The records' TTL in seconds."""
        if self.ttl_seconds is not None:
            return self.ttl_seconds
        return REAL_TTL_SECONDS if self.realtime else QUICK_TTL_SECONDS

    @property
    def health_interval_seconds(self) -> float:
        """How often one checker looks, in seconds of the lab."""
        return INTERVAL_SECONDS * self.time_scale
