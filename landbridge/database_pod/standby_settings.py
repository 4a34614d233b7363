"""What makes a data folder a standby: a signal file, and two settings of its own.

pg_basebackup and pg_rewind bring the other site's postgresql.auto.conf along. It is replaced
whole: a stale ``synchronous_standby_names`` or ``default_transaction_read_only`` would come to
life at the next promotion.
"""

from pathlib import Path

from landbridge.database_pod.environment import RebuildOrder
from landbridge.database_pod.volume import Volume

__all__ = ["make_standby"]


def make_standby(volume: Volume, folder: Path, order: RebuildOrder) -> None:
    """Make ``folder`` a standby's; killed in between, it starts as no primary."""
    volume.write(folder / "standby.signal", "")
    (folder / "recovery.signal").unlink(missing_ok=True)
    settings = {"primary_conninfo": order.conninfo, "primary_slot_name": order.slot}
    lines = (f"{name} = {_quoted(value)}\n" for name, value in settings.items())
    volume.write(folder / "postgresql.auto.conf", "".join(lines))


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
