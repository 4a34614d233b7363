"""Looking at a real pair of databases, and at what only looks like one."""

import socket
from collections.abc import Iterator

import pytest

from lab.processes.folder import LabFolder
from lab.processes.ports import free_ports
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.replication import DatabasePair
from landbridge.adapters.postgres import connect, heartbeat, look, look_at
from landbridge.domain.database import StandbyConnection
from landbridge.domain.errors import (
    AccessDeniedError,
    DatabaseUnreachableError,
    LandbridgeError,
    SiteUnknownError,
)
from landbridge.domain.gate import Gate, GateState
from landbridge.domain.settings import Database
from landbridge.domain.situation import Situation, decide_situation
from tests.adapters.databases import database_of

pytestmark = pytest.mark.usefixtures("trusted")

LIMIT_SECONDS = 10.0
SHORT_SECONDS = 0.3  # for what never answers
CLOSED = Gate(GateState.CLOSED, "aws", 1, "", "2026-01-01T00:00:00Z")


def test_a_primary_and_its_standby_are_told_apart(pair: DatabasePair) -> None:
    """One look each gives role, timeline, positions, epoch and who replicates how."""
    aws = look_at("aws", database_of(pair.aws), LIMIT_SECONDS)
    azure = look_at("azure", database_of(pair.azure), LIMIT_SECONDS)

    assert (aws.is_primary, aws.timeline, aws.epoch, aws.read_only) == (True, 1, 1, False)
    assert aws.synchronous_standby_names == "azure"
    (standby,) = aws.standbys
    replayed = standby.replay_lsn
    since = standby.since_seconds
    assert standby == StandbyConnection("azure", "streaming", "sync", replayed, since)
    assert since is not None
    assert 0 < since < 3600
    assert (azure.is_standby, azure.timeline, azure.epoch) == (True, 1, 1)
    assert (azure.replay_paused, azure.standbys) == (False, ())
    assert aws.current_lsn
    assert azure.replayed_lsn
    assert (aws.received_lsn, azure.current_lsn) == (None, None)


@pytest.fixture
def silent() -> Iterator[int]:
    """Give a port that takes connections, as a frozen host's kernel does, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def not_seen(database: Database, seconds: float) -> tuple[type[LandbridgeError], str]:
    """Return how connecting fails, and the reason of a look; the look itself claims nothing."""
    with pytest.raises(LandbridgeError) as failed, connect(database, seconds):
        pass
    seen = look_at("azure", database, seconds)
    assert (seen.reachable, seen.in_recovery, seen.timeline) == (False, None, None)
    assert not seen.is_primary
    assert not seen.is_standby
    assert decide_situation(seen, CLOSED).situation is Situation.UNKNOWN
    return failed.type, seen.reason


def test_nobody_listens(pair: DatabasePair) -> None:
    """A refused connection is an unreachable database, and the reason says so."""
    (port,) = free_ports(1)
    kind, reason = not_seen(database_of(pair.aws, port=port), LIMIT_SECONDS)
    assert kind is DatabaseUnreachableError
    assert f"127.0.0.1:{port}" in reason
    assert "refused" in reason


def test_nobody_answers(pair: DatabasePair, silent: int) -> None:
    """A server that takes the connection and stays silent is given up after the timeout."""
    kind, reason = not_seen(database_of(pair.aws, port=silent), SHORT_SECONDS)
    assert kind is DatabaseUnreachableError
    assert "timed out" in reason


def test_a_password_that_is_wrong(pair: DatabasePair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says no has answered: access denied, and the password is not repeated."""
    wrong = {"username": "landbridge", "password": "not-the-one"}
    monkeypatch.setattr("landbridge.adapters.postgres.read_secret", lambda _name: wrong)
    kind, reason = not_seen(database_of(pair.aws), LIMIT_SECONDS)
    assert kind is AccessDeniedError
    assert "password authentication failed" in reason
    assert "not-the-one" not in reason


def test_an_authority_that_nobody_knows(
    pair: DatabasePair, lab: LabFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No password goes to a server whose certificate does not verify."""
    stranger = Authority(lab.folder("unknown-authority"))
    monkeypatch.setenv("SSL_CERT_FILE", str(stranger.path))
    kind, reason = not_seen(database_of(pair.aws), LIMIT_SECONDS)
    assert kind is DatabaseUnreachableError
    assert "certificate verify failed" in reason


def test_a_secret_that_cannot_be_read_now(
    pair: DatabasePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A throttled Secrets Manager makes the database unknown; the look does not fail."""

    def throttled(name: str) -> dict[str, str]:
        raise SiteUnknownError(f"secret {name}: ThrottlingException")

    monkeypatch.setattr("landbridge.adapters.postgres.read_secret", throttled)
    kind, reason = not_seen(database_of(pair.aws), LIMIT_SECONDS)
    assert kind is SiteUnknownError
    assert "ThrottlingException" in reason


def test_a_statement_that_is_not_answered_in_time(pair: DatabasePair) -> None:
    """The limit holds for each statement too, not for connecting alone."""
    with (
        pytest.raises(DatabaseUnreachableError),
        connect(database_of(pair.aws), SHORT_SECONDS) as connection,
    ):
        connection.run("SELECT pg_sleep(30)")


def test_a_heartbeat_shows_on_the_standby(pair: DatabasePair) -> None:
    """Beating twice keeps one row with the newer time, and the standby's look sees it."""
    with connect(database_of(pair.aws), LIMIT_SECONDS) as connection:
        heartbeat("aws", connection)
        first = look("aws", connection).heartbeat_at
        heartbeat("aws", connection)
        second = look("aws", connection).heartbeat_at
    assert pair.aws.query("SELECT count(*) FROM landbridge.heartbeat") == [[1]]
    assert first is not None
    assert second is not None
    assert first < second
    database = database_of(pair.azure)
    wait_until(
        lambda: look_at("azure", database, LIMIT_SECONDS).heartbeat_at == second, "heartbeat"
    )


def test_a_heartbeat_does_not_wait_for_the_standby(pair: DatabasePair) -> None:
    """While the synchronous standby hears nothing, the heartbeat still commits at once."""
    with connect(database_of(pair.aws), LIMIT_SECONDS) as connection:
        before = look("aws", connection).heartbeat_at or 0.0
        pair.link.hold()
        try:
            heartbeat("aws", connection)
            assert (look("aws", connection).heartbeat_at or 0.0) > before
        finally:
            pair.link.heal()
