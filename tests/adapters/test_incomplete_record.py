"""A primary that dies in the middle of a record: its standby is promoted all the same."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pg8000.exceptions
import pytest

from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.replication import DatabasePair, start_pair
from landbridge.adapters.postgres import connect, look
from landbridge.adapters.promotion import replayed_look
from landbridge.domain.promotion import Policy, decide_promotion
from tests.adapters.databases import credentials_of, database_of

LIMIT_SECONDS = 30.0
POLICY = Policy(
    synchronous=True,
    standby_name="azure",
    rpo_seconds=0.0,
    rpo_bytes=0,
    accept_data_loss=True,
    planned=False,
)
MEGABYTES = 100
WRITE = "SELECT pg_logical_emit_message(false, 'a', repeat('x', 1048576 * :megabytes))"
RECEIVED = "SELECT pg_last_wal_receive_lsn() - '0/0', pg_last_wal_replay_lsn() - '0/0'"


@pytest.fixture
def torn(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabasePair]:
    """Kill a primary whose standby has received a part of one large record."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with LabFolder() as lab, ThreadPoolExecutor() as pool:
        pair = start_pair(lab, authority, replication="async")
        monkeypatch.setattr("landbridge.adapters.postgres.read_secret", credentials_of(pair))
        [[begun, _]] = pair.azure.query(RECEIVED)

        def write() -> None:
            with (
                suppress(pg8000.exceptions.Error, OSError),
                pair.aws.superuser("orders", timeout_seconds=LIMIT_SECONDS) as connection,
            ):
                connection.run(WRITE, megabytes=MEGABYTES)

        writing = pool.submit(write)
        wait_until(
            lambda: pair.azure.query(RECEIVED)[0][0] > begun + 1048576,
            "a part of the record",
            poll_seconds=0.005,
        )
        pair.link.cut()
        pair.aws.kill()
        writing.result()
        yield pair


def test_a_part_of_a_record_is_nothing_to_wait_for(torn: DatabasePair) -> None:
    """Each whole record is replayed; what is left can never be, and keeps nobody waiting."""
    with connect(database_of(torn.azure), LIMIT_SECONDS) as connection:
        seen = replayed_look(connection, None, LIMIT_SECONDS)
        assert (seen.replayed_lsn or 0) < (seen.received_lsn or 0), "the record arrived whole"
        assert seen.replay_starved
        assert decide_promotion(seen, look("azure", connection), POLICY, None).action == "promote"


def test_a_token_that_is_not_replayed_is_waited_for(torn: DatabasePair) -> None:
    """A final position that the standby has not reached is never passed over."""
    with connect(database_of(torn.azure), LIMIT_SECONDS) as connection:
        beyond = (look("azure", connection).received_lsn or 0) + 1
        seen = replayed_look(connection, beyond, 1.0)
        planned = replace(POLICY, planned=True)
        decision = decide_promotion(seen, look("azure", connection), planned, beyond)
    assert decision.action == "wait_replay"
