"""Between the two databases: replay held or paused, and streaming that cannot begin again."""

import secrets

from lab.faults.fault import Effect, Fault, Order, Scene
from lab.faults.sites import (
    SITES,
    ask,
    comes_back,
    database_of,
    other,
    patiently,
    primaries,
    standby,
    streams,
)
from lab.processes.waiting import wait_until

__all__ = ["FAULTS"]

_HELD, _AT_ONCE = "1h", "0"
_ROLE = "replicator"
_NO_STREAM = "no standby streams"
# What the scene keeps: which primaries lost a slot, and what the password was.
_DROPPED, _KNOWN = "dropped slots", "replicator's verifier"
_DELAY = "SHOW recovery_min_apply_delay"
_PAUSE_STATE, _REQUESTED = "SELECT pg_get_wal_replay_pause_state()", [["pause requested"]]
_REPLAYED = (
    "SELECT pg_last_wal_replay_lsn() >= coalesce(pg_last_wal_receive_lsn(), '0/0'), "
    "pg_is_in_recovery()"
)
_STREAM = "SELECT pid FROM pg_stat_replication WHERE application_name = :name"
_END_STREAM = (
    "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_replication WHERE application_name = :name"
)
# In one go: the standby is back within a moment, and a slot in use can't be dropped.
_DROP_SLOT = """
DO $$
BEGIN
    PERFORM pg_terminate_backend(active_pid, 1000)
        FROM pg_replication_slots WHERE slot_name = '{name}' AND active;
    PERFORM pg_drop_replication_slot(slot_name)
        FROM pg_replication_slots WHERE slot_name = '{name}';
END $$
"""
_SLOT = "SELECT slot_name FROM pg_replication_slots WHERE slot_name = :name"
_MAKE_SLOT = (
    "SELECT pg_create_physical_replication_slot(:name, true) "
    "WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = :name)"
)
_VERIFIER = "SELECT rolpassword FROM pg_authid WHERE rolname = :name"


def _receiver(scene: Scene) -> str | None:
    """Return the standby to which WAL comes: another one has nothing that it could replay late."""
    site = standby(scene.clouds)
    return site if site and streams(scene.clouds, site) else None


def _hold(scene: Scene, _argument: str) -> str | None:
    """Let the standby receive and not replay: no commit is old enough for an hour."""
    site = _receiver(scene)
    if site is None:
        return _NO_STREAM
    database_of(scene.clouds, site).configure(recovery_min_apply_delay=_HELD)
    ask(scene.clouds, site, "SELECT pg_reload_conf()")
    wait_until(lambda: ask(scene.clouds, site, _DELAY) in ([[_HELD]], None), "replay that is held")
    return None


def _release(scene: Scene, _argument: str) -> None:
    for site in SITES:
        database_of(scene.clouds, site).configure(recovery_min_apply_delay=_AT_ONCE)
        ask(scene.clouds, site, "SELECT pg_reload_conf()")


def _pause(scene: Scene, _argument: str) -> str | None:
    site = _receiver(scene)
    if site is None:
        return _NO_STREAM
    ask(scene.clouds, site, "SELECT pg_wal_replay_pause()")
    # Not "until it is paused": whoever promotes at this moment ends the pause again.
    wait_until(lambda: ask(scene.clouds, site, _PAUSE_STATE) != _REQUESTED, "paused replay")
    return None


def _resume(scene: Scene, _argument: str) -> None:
    for site in SITES:
        ask(scene.clouds, site, "SELECT pg_wal_replay_resume() WHERE pg_is_in_recovery()")


def _wait_replayed(scene: Scene, _argument: str) -> None:
    for site in SITES:
        patiently(
            lambda site=site: ask(scene.clouds, site, _REPLAYED) != [[False, True]],  # type: ignore[misc]
            f"replay in {site}",
        )


def _break(scene: Scene, how: str) -> str | None:
    sending = [one for one in primaries(scene.clouds) if streams(scene.clouds, other(one))]
    for primary in sending:
        {"slot": _drop_slot, "password": _change_password}[how](scene, primary)
    return None if sending else _NO_STREAM


def _mend(scene: Scene, how: str) -> None:
    for primary in primaries(scene.clouds):
        {"slot": _make_slot, "password": _restore_password}[how](scene, primary)


def _settle(scene: Scene, how: str) -> None:
    """Mend it at a primary that comes back late; an AWS that is rebuilt has neither fault."""
    clouds = scene.clouds
    if any(comes_back(clouds, site) for site in SITES):
        patiently(lambda: bool(primaries(clouds)), "a primary")
    _mend(scene, how)
    for primary in primaries(clouds):
        site = other(primary)
        if standby(clouds) == site:
            patiently(lambda site=site: streams(clouds, site), f"{site} streaming")  # type: ignore[misc]


def _drop_slot(scene: Scene, primary: str) -> None:
    clouds, name = scene.clouds, other(primary)
    scene.kept.setdefault(_DROPPED, set()).add(primary)

    def dropped() -> bool:
        ask(clouds, primary, _DROP_SLOT.format(name=name))
        return ask(clouds, primary, _SLOT, name=name) in ([], None)

    wait_until(dropped, f"{primary} without {name}'s slot")


def _make_slot(scene: Scene, primary: str) -> None:
    if primary in scene.kept.get(_DROPPED, ()):
        ask(scene.clouds, primary, _MAKE_SLOT, name=other(primary))


def _change_password(scene: Scene, primary: str) -> None:
    clouds, name = scene.clouds, other(primary)
    found = ask(clouds, primary, _VERIFIER, name=_ROLE)
    if found:
        scene.kept.setdefault(_KNOWN, found[0][0])
    ask(clouds, primary, f"ALTER ROLE {_ROLE} PASSWORD '{secrets.token_hex(12)}'")

    def ended() -> bool:
        ask(clouds, primary, _END_STREAM, name=name)
        return ask(clouds, primary, _STREAM, name=name) in ([], None)

    wait_until(ended, f"{name} not streaming")


def _restore_password(scene: Scene, primary: str) -> None:
    verifier = scene.kept.get(_KNOWN)
    if verifier:
        # What PostgreSQL keeps of the password, which it takes as it is.
        ask(scene.clouds, primary, f"ALTER ROLE {_ROLE} PASSWORD '{verifier}'")


def _broken_effect(_how: str, replication: str) -> Effect:
    # AWS's commits wait for a standby that lives and cannot come: nobody can write, but on Azure.
    return Effect.OUTAGE if replication == "sync" else Effect.COMPANION


FAULTS = (
    Fault(
        "lag",
        "The standby receives WAL and does not replay it",
        Effect.COMPANION,
        _hold,
        _release,
        _wait_replayed,
        order=Order.FIRST,
        recovers=True,
        # A failback waits for as long as AWS is behind.
        seconds=30.0,
    ),
    Fault(
        "replay-paused",
        "Somebody paused replay on the standby (pg_wal_replay_pause)",
        Effect.COMPANION,
        _pause,
        _resume,
        _wait_replayed,
        order=Order.FIRST,
        recovers=True,
    ),
    Fault(
        "replication-broken",
        "The standby can't stream any more: its slot is gone, or its password is not right",
        _broken_effect,
        _break,
        _mend,
        _settle,
        order=Order.FIRST,
        arguments=("slot", "password"),
    ),
)
