"""Production's ledger, read from a real primary and its standby."""

import subprocess

import pytest

from lab.processes.waiting import wait_until
from lab.sites.replication import DatabasePair
from landbridge.adapters.production_ledger import site_facts
from landbridge.domain.rehearsal_clone import APPLICATION_NAME
from tests.adapters.databases import database_of

pytestmark = pytest.mark.usefixtures("trusted")


def test_both_sites_tell_what_must_not_change(pair: DatabasePair) -> None:
    """Roles, timelines, slots and standbys, as landbridge's own role sees them."""
    aws = site_facts("aws", database_of(pair.aws), 5.0)
    azure = site_facts("azure", database_of(pair.azure), 5.0)
    assert (aws.in_recovery, azure.in_recovery) == (False, True)
    assert (aws.timeline, azure.timeline, aws.epoch, azure.epoch) == (1, 1, 1, 1)
    assert (aws.slots, aws.standbys) == (("azure",), ("azure streaming sync",))
    assert (azure.slots, azure.standbys) == ((), ())
    assert aws.rehearsals == azure.rehearsals == ()


def test_a_connection_by_a_rehearsals_name_is_found(pair: DatabasePair) -> None:
    """With its process, by which it can be ended; it is no standby of production's."""
    home = pair.source_of("aws").replace("application_name=aws", "")
    conninfo = f"{home} dbname=orders application_name={APPLICATION_NAME}"
    azure = database_of(pair.azure)
    program = pair.aws._installation.program("psql")
    with subprocess.Popen(
        [program, "-X", "-d", conninfo, "-c", "SELECT pg_sleep(600)"],
        env=pair.aws._installation.environment("psql") | {"HOME": str(pair.aws.folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_until(lambda: bool(site_facts("azure", azure, 5.0).rehearsals), "its connection")
            (found,) = site_facts("azure", azure, 5.0).rehearsals
        finally:
            process.kill()
    assert found.endswith(" client backend")
    pid = int(found.split(" ")[0])
    pair.azure.query("SELECT pg_terminate_backend(:pid)", pid=pid)
    wait_until(lambda: not site_facts("azure", azure, 5.0).rehearsals, "its end")


def test_a_role_that_cannot_see_connections_is_a_reason(pair: DatabasePair) -> None:
    """It would find none of a rehearsal's, and call that a proof."""
    pair.aws.query("REVOKE pg_monitor FROM landbridge")
    try:
        facts = site_facts("aws", database_of(pair.aws), 5.0)
    finally:
        pair.aws.query("GRANT pg_monitor TO landbridge")
    assert "GRANT pg_monitor" in facts.reason


def test_a_database_that_cannot_be_asked_is_a_reason(pair: DatabasePair) -> None:
    """And no error: the other site is still seen."""
    facts = site_facts("aws", database_of(pair.aws, port=1), 1.0)
    assert facts.reason
    assert facts.in_recovery is None
