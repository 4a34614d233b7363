"""Where a failback begins, decided for every state that a run may have stopped in."""

from dataclasses import replace

import pytest

from landbridge.domain.database import DatabaseLook, StandbyConnection, unreachable
from landbridge.domain.failback import Return, decide_return, why_not_admitted
from landbridge.domain.gate import Gate, GateState

STREAMS = StandbyConnection("azure", "streaming", "sync", 100)
AWS = DatabaseLook(
    "aws", True, in_recovery=False, read_only=False, timeline=1, epoch=1, standbys=(STREAMS,)
)
AZURE = DatabaseLook("azure", True, in_recovery=False, read_only=False, timeline=2, epoch=2)
AWS_STANDBY = replace(AWS, in_recovery=True, read_only=True, epoch=2, standbys=())
AWS_ADMITTED = replace(AWS, timeline=3, epoch=3, standbys=())
AZURE_STANDBY = replace(AZURE, in_recovery=True, read_only=True)
HELD = replace(AZURE, read_only=True)
SILENT = unreachable("aws", "no answer in 5 s")


def gate(state: GateState) -> Gate:
    """Return the gate in that state."""
    active = {"closed": "aws", "engaged": "none", "open": "azure"}[state.value]
    return Gate(state, active, 2, "a run", "2026-11-23T12:00:00Z")


CLOSED, ENGAGED, OPEN = map(gate, GateState)


@pytest.mark.parametrize(
    ("aws", "azure", "seen", "situation", "said"),
    [
        (AWS, AZURE_STANDBY, CLOSED, Return.ON_AWS, "AWS is already active"),
        (SILENT, AZURE, OPEN, Return.ON_AZURE, "Azure serves in epoch 2"),
        (AWS_STANDBY, AZURE, OPEN, Return.ON_AZURE, "Azure serves"),
        # Stale: it came back as it was, with the epoch of before the failover.
        (AWS, AZURE, OPEN, Return.ON_AZURE, "Azure serves"),
        # Promoted and not admitted: read-only, or without an epoch of its own.
        (replace(AWS_ADMITTED, read_only=True), AZURE, OPEN, Return.ON_AZURE, "Azure serves"),
        (replace(AWS_ADMITTED, epoch=2), AZURE, OPEN, Return.ON_AZURE, "Azure serves"),
        # A run died in the hold; whether AWS was admitted meanwhile, nobody may know.
        (AWS_STANDBY, HELD, OPEN, Return.HELD, "writes are held"),
        (SILENT, HELD, OPEN, Return.HELD, "writes are held"),
        (replace(AWS_ADMITTED, epoch=2), HELD, OPEN, Return.HELD, "writes are held"),
        # Its epoch is committed and nothing was lifted: the hold begins anew, from a rebuild.
        (replace(AWS_ADMITTED, read_only=True), HELD, OPEN, Return.HELD, "writes are held"),
        (AWS_ADMITTED, HELD, OPEN, Return.RETURNING, "takes writes in epoch 3"),
        (AWS_ADMITTED, AZURE, OPEN, Return.UNKNOWN, "and so does Azure in epoch 2"),
        (AWS_ADMITTED, AZURE, CLOSED, Return.UNPROTECTED, "it has none"),
        (AWS_ADMITTED, unreachable("azure", "x"), CLOSED, Return.UNPROTECTED, "it has none"),
        (
            replace(AWS, standbys=(replace(STREAMS, sync_state="async"),)),
            AZURE_STANDBY,
            CLOSED,
            Return.UNPROTECTED,
            "do not wait for Azure",
        ),
        (
            replace(AWS, standbys=(replace(STREAMS, application_name="backup"),)),
            AZURE_STANDBY,
            CLOSED,
            Return.UNPROTECTED,
            "it has none",
        ),
        (AWS, AZURE_STANDBY, None, Return.UNKNOWN, "the gate could not be read"),
        (AWS, AZURE, ENGAGED, Return.UNKNOWN, "engaged"),
        (SILENT, AZURE_STANDBY, CLOSED, Return.UNKNOWN, "no answer in 5 s"),
        (AWS_STANDBY, AZURE, CLOSED, Return.UNKNOWN, "it is in recovery"),
        (AWS_STANDBY, unreachable("azure", "no route"), OPEN, Return.UNKNOWN, "no route"),
        (AWS_STANDBY, AZURE_STANDBY, OPEN, Return.UNKNOWN, "in recovery"),
    ],
)
def test_the_way_home_begins_where_the_world_stands(
    aws: DatabaseLook, azure: DatabaseLook, seen: Gate | None, situation: Return, said: str
) -> None:
    """Databases and gate give one situation, and the sentence that says why."""
    standing = decide_return(aws, azure, seen, "azure", synchronous=True)
    assert standing.situation is situation
    assert said in standing.reason


def test_a_failover_on_its_way_is_gone_on_with_first() -> None:
    """The way home is closed until the way out has ended: the remedy is that one's command."""
    standing = decide_return(AWS_STANDBY, AZURE, ENGAGED, "azure", synchronous=True)
    assert standing.remedy == "`landbridge failover --resume` first"


def test_an_asynchronous_standby_protects_where_commits_do_not_wait() -> None:
    """In async mode a streaming standby is all that there shall be."""
    aws = replace(AWS, standbys=(replace(STREAMS, sync_state="async"),))
    standing = decide_return(aws, AZURE_STANDBY, CLOSED, "azure", synchronous=False)
    assert standing.situation is Return.ON_AWS


@pytest.mark.parametrize(
    ("aws", "azure", "why"),
    [
        (AWS_ADMITTED, AZURE, ""),
        (SILENT, AZURE, "no answer in 5 s"),
        (AWS_STANDBY, AZURE, "it is in recovery"),
        (replace(AWS_ADMITTED, read_only=True), AZURE, "it is held read-only"),
        (replace(AWS_ADMITTED, epoch=None), AZURE, "unknown"),
        (AWS_ADMITTED, replace(AZURE, epoch=None), "unknown"),
        (AWS, AZURE, "its epoch 1 is not newer than Azure's 2"),
    ],
)
def test_only_a_newer_epoch_that_takes_writes_is_admitted(
    aws: DatabaseLook, azure: DatabaseLook, why: str
) -> None:
    """All else has its reason, and unknown is never admitted."""
    said = why_not_admitted(aws, azure)
    assert said == why if not why else why in said
