"""The words that several commands take as options."""

from enum import StrEnum

__all__ = ["Fault", "Replication"]


class Fault(StrEnum):
    """What befalls AWS."""

    REGION_LOSS = "region-loss"
    HEALTH_ONLY = "health-only"


class Replication(StrEnum):
    """Whether AWS waits for Azure before it acknowledges."""

    SYNC = "sync"
    ASYNC = "async"
