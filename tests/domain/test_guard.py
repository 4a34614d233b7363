"""Which database may start as a primary, by the gate and the epoch of its data."""

import pytest

from landbridge.domain.gate import Gate, GateState
from landbridge.domain.guard import may_start_as_primary


@pytest.mark.parametrize(
    ("active", "gate_epoch", "data_epoch", "starts", "why"),
    [
        ("aws", 4, 1, True, "aws is active in epoch 4"),
        ("azure", 2, 1, False, "the data is of epoch 1: it waits to be rebuilt"),
        ("none", 2, 1, False, "none is active in epoch 2"),
        ("azure", 2, 2, True, "which is not older"),
        ("azure", 2, 3, True, "which is not older"),
        ("azure", 2, None, False, "could not be read: rebuild it"),
        ("aws", 2, None, True, "aws is active"),
    ],
)
def test_an_older_epoch_does_not_start_beside_another_site(
    active: str,
    gate_epoch: int,
    data_epoch: int | None,
    starts: bool,  # noqa: FBT001 - a table's column
    why: str,
) -> None:
    """A gate that names another site in a newer epoch holds it, and so does an unknown epoch."""
    gate = Gate(GateState.OPEN, active, gate_epoch, "a run", "then")
    started, said = may_start_as_primary("aws", gate, data_epoch)
    assert started is starts
    assert why in said


def test_a_gate_that_cannot_be_read_holds_nobody() -> None:
    """The other cloud's outage must not become one here."""
    assert may_start_as_primary("aws", None, None)[0]
