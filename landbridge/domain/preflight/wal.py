"""Is WAL kept for the standby, within its limit, and is there room for it.

Source: PostgreSQL 16, "pg_replication_slots", max_slot_wal_keep_size.
"""

from collections.abc import Callable, Iterable, Iterator

from landbridge.domain.preflight.check import (
    SITE,
    Check,
    Finding,
    amount,
    check_of,
    fail,
    unknown,
    warn,
)
from landbridge.domain.preflight.database_facts import DatabaseFacts, Pair, Slot, unasked
from landbridge.domain.preflight.replication import Replication

__all__ = ["disk_check", "wal_checks"]

_FULL, _FILLING = 0.8, 0.5  # of max_slot_wal_keep_size: then the slot's WAL goes, and the standby


def wal_checks(pair: Pair, wanted: Replication) -> list[Check]:
    """Return the checks of the slot that keeps the primary's WAL for the standby."""
    blind = unasked(pair.primary)
    return [
        check_of(name, blind or judge(pair, wanted), otherwise)
        for name, judge, otherwise in (
            ("slot", _slot_present, "a slot keeps WAL for the standby"),
            ("wal-retained", _retained, "the slot's WAL is within its limit"),
        )
    ]


def _slot(pair: Pair, wanted: Replication) -> Slot | None:
    name = wanted.name_of(pair.standby.site)
    return next((slot for slot in pair.primary.slots if slot.name == name), None)


def _severity(pair: Pair) -> Callable[[str, str], Finding]:
    # Without it the way home copies everything: slower, but it is the way home's to do.
    return fail if pair.standby.site == "azure" else warn


def _slot_present(pair: Pair, wanted: Replication) -> Iterator[Finding]:
    slot, name = _slot(pair, wanted), wanted.name_of(pair.standby.site)
    if slot is None:
        yield _severity(pair)(
            f"{SITE[pair.primary.site]} has no slot {name!r}: nothing keeps WAL for the standby",
            f"SELECT pg_create_physical_replication_slot('{name}', true) on the primary",
        )
    elif not slot.active:
        yield warn(
            f"slot {name!r} is not in use: the standby streams without it, or not at all",
            f"set primary_slot_name = '{name}' on the standby",
        )


def _retained(pair: Pair, wanted: Replication) -> Iterator[Finding]:
    limit, slot = pair.primary.slot_limit_bytes, _slot(pair, wanted)
    for one in (pair.primary, pair.standby):
        if one.look.reachable and one.slot_limit_bytes is None:
            yield warn(
                f"{SITE[one.site]}: max_slot_wal_keep_size has no limit: the slot of a standby that"
                " stays away fills the disk, and a promotion makes no slot",
                "ALTER SYSTEM SET max_slot_wal_keep_size = '4GB'; SELECT pg_reload_conf(), there",
            )
    if slot is None:
        return
    if slot.wal_status in {"lost", "unreserved"}:
        yield _severity(pair)(
            f"slot {slot.name!r} is {slot.wal_status}: WAL that the standby needs is going or gone",
            "the standby must be built anew: landbridge failback --watch does it on either side",
        )
    elif limit and slot.retained_bytes is not None and slot.retained_bytes > limit * _FILLING:
        found = _severity(pair) if slot.retained_bytes > limit * _FULL else warn
        yield found(
            f"slot {slot.name!r} retains {amount(slot.retained_bytes)} of the {amount(limit)} that"
            " it may",
            "see why the standby does not take its WAL, or ALTER SYSTEM SET max_slot_wal_keep_size"
            " on the primary",
        )


def disk_check(facts: Iterable[tuple[DatabaseFacts, int | None]]) -> Check:
    """Return whether databases, WAL and what the slots may yet retain fit each site's volume.

    ``facts`` has the volume's size in bytes with each database; None where it is not known.
    """
    return check_of("disk", _disk(facts), "the volumes hold the data and all WAL that may be kept")


def _disk(facts: Iterable[tuple[DatabaseFacts, int | None]]) -> Iterator[Finding]:
    for one, volume in facts:
        who = SITE[one.site]
        if not one.look.reachable or not volume:
            yield from unasked(one) or [unknown(f"the size of {who}'s volume is not known")]
            continue
        kept = max((slot.retained_bytes or 0 for slot in one.slots), default=0)
        may_grow = max(0, (one.slot_limit_bytes or 0) - kept)
        needed = (one.database_bytes or 0) + (one.wal_bytes or 0) + may_grow
        if needed > volume * _FULL:
            found = fail if needed > volume else warn
            yield found(
                f"{who}: data, WAL and what slots may retain come to {amount(needed)} of the"
                f" volume's {amount(volume)}",
                "enlarge the volume, or lower max_slot_wal_keep_size",
            )
