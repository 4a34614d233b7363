"""When a database that was a primary may start as one again."""

import pytest

from landbridge.domain.gate import Gate, GateState
from landbridge.domain.old_primary import may_start_as_primary

ACTIVE = {"closed": "aws", "engaged": "none", "open": "azure"}


def gate(state: str, epoch: int = 5) -> Gate:
    """Return the gate in that state."""
    return Gate(GateState(state), ACTIVE[state], epoch, "a run", "2026-11-23T12:00:00Z")


@pytest.mark.parametrize(
    ("site", "state", "data", "starts", "why"),
    [
        ("aws", "closed", 1, True, "aws is active in epoch 5"),
        ("aws", "engaged", 4, False, "none is active in epoch 5, the data is of epoch 4"),
        ("aws", "engaged", 5, True, "which is not older"),
        ("aws", "open", 4, False, "azure is active in epoch 5, the data is of epoch 4"),
        ("aws", "open", 6, True, "which is not older"),
        ("aws", "open", None, False, "could not be read: rebuild it"),
        ("azure", "open", 1, True, "azure is active in epoch 5"),
        ("azure", "closed", 4, False, "aws is active in epoch 5, the data is of epoch 4"),
        # Promoted by a failover that is not over: each run that goes on has a newer epoch.
        ("azure", "engaged", 1, True, "a failover to azure is on its way"),
        ("azure", "engaged", None, True, "a failover to azure is on its way"),
    ],
)
def test_an_old_primary_waits_and_a_new_one_does_not(
    site: str, state: str, data: int | None, *, starts: bool, why: str
) -> None:
    """The gate and the data's own epoch decide, with the reason."""
    said = may_start_as_primary(site, gate(state), lambda: data)
    assert said[0] is starts
    assert why in said[1]


def test_the_data_is_not_read_where_the_gate_is_enough() -> None:
    """Reading the epoch of a stopped database takes a while: only where it decides."""

    def read() -> int:
        raise AssertionError("read")

    assert may_start_as_primary("azure", gate("open"), read)[0]
