"""A promoted clone is alone, or every reason why it is not is named."""

import pytest

from landbridge.domain.rehearsal_clone import (
    APPLICATION_NAME,
    CLONE_SETTINGS,
    SHOWN,
    clone_faults,
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
