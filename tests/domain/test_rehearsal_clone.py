"""A promoted clone is alone, or every reason why it is not is named."""

import pytest

from landbridge.domain.rehearsal_clone import (
    APPLICATION_NAME,
    CLONE_SETTINGS,
    SHOWN,
    clone_faults,
    room_fault,
)

ALONE = {
    **{name: CLONE_SETTINGS[name] for name in SHOWN if name in CLONE_SETTINGS},
    "in_recovery": "false",
    "slots": "0",
    "receivers": "0",
    "senders": "0",
}


def test_what_it_is_started_with_makes_it_alone() -> None:
    """The settings and the check are of one mind."""
    assert set(ALONE) == set(SHOWN)
    assert list(clone_faults(ALONE, signal_file=False)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("primary_conninfo", "host=aws"),
        ("primary_slot_name", "azure"),
        ("archive_mode", "on"),
        ("restore_command", "cp"),
        ("archive_cleanup_command", "rm"),
        ("recovery_end_command", "tell"),
        ("archive_library", "basic_archive"),
        ("max_logical_replication_workers", "4"),
        ("synchronous_standby_names", "azure"),
        ("listen_addresses", "*"),
        ("in_recovery", "true"),
        ("slots", "1"),
        ("receivers", "1"),
        ("senders", "1"),
    ],
)
def test_each_thing_that_ties_it_to_production_is_a_fault(name: str, value: str) -> None:
    """One reason for one setting; an address is not repeated."""
    (fault,) = clone_faults(ALONE | {name: value}, signal_file=False)
    assert fault.startswith(name)
    assert "aws" not in fault


def test_a_signal_file_is_a_fault() -> None:
    """It would be a standby again after a restart."""
    assert len(list(clone_faults(ALONE, signal_file=True))) == 1


def test_what_was_not_shown_is_a_fault() -> None:
    """Unknown is not apart."""
    assert len(list(clone_faults({}, signal_file=False))) == len(SHOWN)


def test_it_has_no_sites_name() -> None:
    """In synchronous_standby_names it would stand for that site."""
    assert APPLICATION_NAME not in {"aws", "azure"}


GIB = 2**30


@pytest.mark.parametrize(
    ("copy_bytes", "free_bytes", "fits"),
    [
        (100 * GIB, 260 * GIB, True),  # 110 with its growth, and 150 stay free of 1000
        (100 * GIB, 259 * GIB, False),
        (1, 151 * GIB, True),
        (1, 150 * GIB, False),  # a small one grows, too
    ],
)
def test_a_copy_leaves_a_part_of_the_disk_free(
    copy_bytes: int, free_bytes: int, *, fits: bool
) -> None:
    """A node whose disk is full ends pods, the standby's database among them."""
    fault = room_fault(copy_bytes, free_bytes, 1000 * GIB, keep_free_percent=15)
    assert (not fault) is fits
    assert fits or "15 % of the disk" in fault
