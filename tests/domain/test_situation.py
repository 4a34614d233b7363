"""Where the world stands when a run begins, by Azure's database and the gate."""

from dataclasses import replace

import pytest

from landbridge.domain.database import DatabaseLook, unreachable
from landbridge.domain.gate import Gate, GateState
from landbridge.domain.situation import Situation, Standing, decide_situation

STANDBY = DatabaseLook(site="azure", reachable=True, in_recovery=True)
PRIMARY = replace(STANDBY, in_recovery=False)
GATE = Gate(GateState.CLOSED, "aws", 1, "", "then")
BY_HAND = "an earlier run stopped half way: Azure's database is promoted and the gate is closed"
NOBODY = (
    "the gate is open, yet Azure's database is in recovery: "
    "it serves nobody and may not be promoted blindly"
)
ASK = (
    "Azure's database is promoted and the gate is closed: it was promoted by hand, "
    "or a failback is not finished"
)


@pytest.mark.parametrize(
    ("azure", "state", "situation", "reason"),
    [
        (STANDBY, GateState.CLOSED, Situation.ON_AWS, "AWS is active, Azure is its standby"),
        (
            STANDBY,
            GateState.ENGAGED,
            Situation.ON_AWS,
            "an earlier run engaged the gate and did not promote",
        ),
        (
            STANDBY,
            GateState.OPEN,
            Situation.UNKNOWN,
            NOBODY,
        ),
        (PRIMARY, GateState.CLOSED, Situation.UNKNOWN, ASK),
        (
            PRIMARY,
            GateState.ENGAGED,
            Situation.MOVING,
            "an earlier run stopped half way: Azure's database is promoted and the gate is engaged",
        ),
        (PRIMARY, GateState.OPEN, Situation.ON_AZURE, "already on Azure"),
    ],
)
def test_six_ways_to_stand(
    azure: DatabaseLook, state: GateState, situation: Situation, reason: str
) -> None:
    """Standby or primary, and the gate in one of three states."""
    standing = decide_situation(azure, replace(GATE, state=state))
    assert (standing.situation, standing.reason) == (situation, reason)
    assert ("--force" in standing.remedy) is (reason == ASK)


def test_azure_in_a_hold_is_not_a_failover_that_is_done() -> None:
    """Nobody can write: the run does not say that all is well, but names what goes on."""
    held = decide_situation(replace(PRIMARY, read_only=True), replace(GATE, state=GateState.OPEN))
    assert held.situation is Situation.UNKNOWN
    assert "`landbridge failback` goes on" in held.remedy


def test_force_takes_a_database_promoted_by_hand_for_the_truth() -> None:
    """Only then does a run go on behind a closed gate; elsewhere force changes nothing here."""
    assert decide_situation(PRIMARY, GATE, force=True) == Standing(Situation.MOVING, BY_HAND)
    for azure in (STANDBY, PRIMARY):
        for state in (GateState.ENGAGED, GateState.OPEN):
            gate = replace(GATE, state=state)
            assert decide_situation(azure, gate, force=True) == decide_situation(azure, gate)


@pytest.mark.parametrize("accept", [True, False])
def test_a_held_azure_behind_a_closed_gate_is_no_truth(accept: bool) -> None:  # noqa: FBT001 - a column
    """AWS was admitted after it: only who accepts the loss goes on without AWS's newer orders."""
    held = replace(PRIMARY, read_only=True)
    calm = decide_situation(held, GATE, accept_data_loss=accept)
    assert calm.situation is Situation.UNKNOWN
    assert "`landbridge failback` goes on" in calm.remedy
    forced = decide_situation(held, GATE, force=True, accept_data_loss=accept)
    assert forced == (Standing(Situation.MOVING, BY_HAND) if accept else calm)


@pytest.mark.parametrize("force", [True, False])
def test_what_is_not_seen_is_unknown(force: bool) -> None:  # noqa: FBT001 - a table's column
    """No gate, no database, or a database that does not say what it is."""
    assert decide_situation(STANDBY, None, force=force) == Standing(
        Situation.UNKNOWN, "the gate could not be read"
    )
    assert decide_situation(unreachable("azure", "timed out"), GATE, force=force) == Standing(
        Situation.UNKNOWN, "Azure's database: timed out"
    )
    assert decide_situation(replace(STANDBY, in_recovery=None), GATE, force=force) == Standing(
        Situation.UNKNOWN, "Azure's database: no answer"
    )


def test_a_database_that_was_not_reached_is_neither_primary_nor_standby() -> None:
    """What a look did not see is nothing in particular."""
    gone = unreachable("azure", "refused")
    assert gone == DatabaseLook(site="azure", reachable=False, reason="refused")
    assert (gone.is_primary, gone.is_standby) == (False, False)
    assert (PRIMARY.is_primary, PRIMARY.is_standby) == (True, False)
    assert (STANDBY.is_primary, STANDBY.is_standby) == (False, True)
    stale = replace(PRIMARY, reachable=False)
    assert (stale.is_primary, stale.is_standby) == (False, False)
