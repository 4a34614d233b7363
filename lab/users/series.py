"""Writes over time, counted for plots: acknowledgements by site, and failures."""

import math
from dataclasses import dataclass

from lab.users.ledger import History

__all__ = ["Series", "series_of"]


@dataclass(frozen=True)
class Series:
    """Counts per bucket; bucket ``n`` begins at ``start + n * bucket_seconds`` (epoch seconds)."""

    start: float
    bucket_seconds: float
    acknowledged: dict[str, tuple[int, ...]]
    failed: tuple[int, ...]


def series_of(history: History, *, start: float, end: float, bucket_seconds: float = 1.0) -> Series:
    """Count what ended in [start, end) into whole buckets from ``start``, by the time it ended."""
    size = max(0, math.ceil((end - start) / bucket_seconds))
    sites = sorted({write.site for write in history.writes if write.site is not None})
    acknowledged = {site: [0] * size for site in sites}
    failed = [0] * size
    for write in history.writes:
        if write.ended is None or not start <= write.ended < end:
            continue
        bucket = min(size - 1, int((write.ended - start) / bucket_seconds))
        row = failed if write.site is None else acknowledged[write.site]
        row[bucket] += 1
    counts = {site: tuple(row) for site, row in acknowledged.items()}
    return Series(start, bucket_seconds, counts, tuple(failed))
