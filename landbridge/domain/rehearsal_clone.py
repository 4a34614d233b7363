"""A clone of the standby: what it runs with, and what must be true before anybody uses it.

It can neither stream from production nor be streamed from, archives nothing and runs no command of
the host's: an ``archive_cleanup_command`` or ``recovery_end_command`` knows only one production.
Given on the command line, so that no ALTER SYSTEM and no file that came along changes them
(PostgreSQL 16, "Setting Parameters"; which settings a standby must share with its primary:
"Hot Standby", "Administrator's Overview").
"""

from collections.abc import Iterator, Mapping

__all__ = ["APPLICATION_NAME", "CLONE_SETTINGS", "SHOWN", "clone_faults", "room_fault"]

# Never a site's own name: in synchronous_standby_names it would stand for one.
APPLICATION_NAME = "landbridge-rehearsal"

_EMPTY = (
    "primary_conninfo",
    "primary_slot_name",
    "restore_command",
    "archive_cleanup_command",
    "recovery_end_command",
    "archive_command",
    "archive_library",
    "synchronous_standby_names",
    "recovery_target",
    "recovery_target_lsn",
    "recovery_target_name",
    "recovery_target_time",
    "recovery_target_xid",
    "external_pid_file",
)
CLONE_SETTINGS: Mapping[str, str] = {
    **dict.fromkeys(_EMPTY, ""),
    "archive_mode": "off",
    "hot_standby": "on",
    "recovery_min_apply_delay": "0",
    "default_transaction_read_only": "off",
    "listen_addresses": "127.0.0.1",
    # A subscription would stream from wherever it subscribed, a scheduled job do what it does.
    "max_logical_replication_workers": "0",
    "cron.launch_active_jobs": "off",
    # So that whoever writes to it is a client.
    "autovacuum": "off",
    # It stands beside the real one, on a node that was not sized for two.
    "shared_buffers": "128MB",
    "huge_pages": "try",
    "logging_collector": "off",
}
# What is asked of the promoted clone itself, by name, each as an expression of text.
_SETTINGS = (
    "primary_conninfo",
    "primary_slot_name",
    "restore_command",
    "archive_cleanup_command",
    "recovery_end_command",
    "archive_library",
    "synchronous_standby_names",
    "archive_mode",
    "listen_addresses",
    "max_logical_replication_workers",
)
SHOWN: Mapping[str, str] = {
    **{name: f"current_setting('{name}')" for name in _SETTINGS},
    "in_recovery": "pg_is_in_recovery()::text",
    "slots": "(SELECT count(*) FROM pg_replication_slots)::text",
    "receivers": "(SELECT count(*) FROM pg_stat_wal_receiver)::text",
    "senders": "(SELECT count(*) FROM pg_stat_replication)::text",
}
_WANTED: Mapping[str, str] = {
    **{name: CLONE_SETTINGS[name] for name in _SETTINGS},
    "in_recovery": "false",
    "slots": "0",
    "receivers": "0",
    "senders": "0",
}
# WAL goes on while the copy is made, and the clone writes some of its own.
_GROWTH, _LEAST_GROWTH_BYTES = 0.1, 256 * 2**20


def room_fault(
    copy_bytes: int, free_bytes: int, disk_bytes: int, *, keep_free_percent: float
) -> str:
    """Return why a copy of that size would fill its disk, empty where it fits.

    The disk may be the node's own: where little of it is free Kubernetes ends pods there, the
    standby's database among them. Source: Kubernetes, "Node-pressure Eviction", hard thresholds
    ``nodefs.available<10%`` and ``imagefs.available<15%``.
    """
    needed = copy_bytes + max(round(copy_bytes * _GROWTH), _LEAST_GROWTH_BYTES)
    kept = round(disk_bytes * keep_free_percent / 100)
    if free_bytes - needed >= kept:
        return ""
    return (
        f"the copy needs {needed:,} bytes and {keep_free_percent:g} % of the disk, {kept:,} bytes, "
        f"must stay free; {free_bytes:,} bytes are"
    )


def clone_faults(shown: Mapping[str, str], *, signal_file: bool) -> Iterator[str]:
    """Yield why the promoted clone is not alone; nothing where it is.

    ``signal_file``: whether standby.signal or recovery.signal is in its data folder still.
    """
    if signal_file:
        yield "a signal file would make it a standby again"
    for name, wanted in _WANTED.items():
        is_so = shown.get(name)
        if is_so != wanted:
            # A connection's words may hold an address, and nobody needs them here.
            said = "not empty" if wanted == "" else f"{is_so}, not {wanted}"
            yield f"{name} is {said}"
