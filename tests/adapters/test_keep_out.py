"""An AWS whose admission died half way, on a real database: it is kept out for certain."""

from collections.abc import Iterator

import pg8000.exceptions
import pytest

from lab.processes.folder import LabFolder
from lab.sites.certificates import Authority
from lab.sites.postgres import PostgresServer
from lab.sites.replication import start_pair
from landbridge.adapters.epochs import write_epoch
from landbridge.adapters.postgres import connect
from landbridge.adapters.switchover import admit, hold_unadmitted, promote_held
from landbridge.domain.database import DatabaseLook, unreachable
from landbridge.domain.errors import AlreadyPromotedError, SiteUnknownError
from tests.adapters.databases import credentials_of, database_of
from tests.lab.sites.test_database_pair import NEW_ORDER

LIMIT_SECONDS = 30.0
AZURE = DatabaseLook("azure", True, in_recovery=False, read_only=True, timeline=1, epoch=2)


@pytest.fixture
def promoted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer]:
    """Return AWS's database, promoted read-only as the switchover does it, in epoch 3."""
    with LabFolder() as lab:
        pair = start_pair(lab, authority, replication="async")
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
        monkeypatch.setattr("landbridge.adapters.postgres.read_secret", credentials_of(pair))
        with connect(database_of(pair.azure), LIMIT_SECONDS) as connection:
            promote_held(connection, LIMIT_SECONDS)
            write_epoch(connection, "aws", 3, "run-a")
        yield pair.azure


def refuses_writes(server: PostgresServer) -> bool:
    """Tell whether a client's order is refused as read-only."""
    try:
        server.query(NEW_ORDER)
    except pg8000.exceptions.DatabaseError as error:
        return "read-only" in str(error)
    return False


def test_what_was_half_admitted_stays_out(promoted: PostgresServer) -> None:
    """The file says that AWS takes writes, the server does not know yet: a restart changes nothing.

    Once AWS is admitted it is not kept out any more.
    """
    database = database_of(promoted)
    promoted.query("ALTER SYSTEM RESET default_transaction_read_only")
    said = hold_unadmitted(database, AZURE, LIMIT_SECONDS)
    assert said == "it is held read-only"
    promoted.stop()
    promoted.start()
    assert refuses_writes(promoted)

    admit(database, 3, "run-a", LIMIT_SECONDS)
    with pytest.raises(AlreadyPromotedError):
        hold_unadmitted(database, AZURE, LIMIT_SECONDS)
    assert not refuses_writes(promoted)

    unseen = unreachable("azure", "no answer")
    with pytest.raises(SiteUnknownError, match="Azure's database: no answer"):
        hold_unadmitted(database, unseen, LIMIT_SECONDS)
