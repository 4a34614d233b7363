"""What the order service acknowledges is stored, replicated and found again."""

import gc
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.orders.database import POOL_SIZE
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.replication import DatabasePair
from tests.lab.orders.conftest import Service, environment

SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'orders'"
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'orders'"
)


def test_an_order_is_acknowledged_once_and_found_again(aws: Service, order_id: str) -> None:
    """201 for a new order, 200 with the same number for the same id, and GET gives the row."""
    status, created = aws.order(order_id)
    assert (status, created["site"], created["epoch"]) == (201, "aws", 1)
    assert aws.order(order_id) == (200, created)
    assert aws.ask("GET", f"/orders/{order_id}") == (200, created)


def test_an_unknown_order_is_not_found(aws: Service, order_id: str) -> None:
    """404 for an id that nobody ordered."""
    assert aws.ask("GET", f"/orders/{order_id}")[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"id": "x", "item": "tea", "quantity": 1},
        {"id": "00000000-0000-0000-0000-000000000001", "item": "tea", "quantity": 0},
        {"id": "00000000-0000-0000-0000-000000000001", "item": "tea", "quantity": 2**31},
        {"id": "00000000-0000-0000-0000-000000000001", "item": "tea", "quantity": True},
        {"id": "00000000-0000-0000-0000-000000000001", "item": "", "quantity": 1},
        {"id": "00000000-0000-0000-0000-000000000001", "item": "a\0b", "quantity": 1},
    ],
)
def test_a_bad_order_is_the_client_s_fault(aws: Service, body: Any) -> None:
    """Nothing in a body makes the service say that the database is at fault."""
    status, document = aws.ask("POST", "/orders", body)
    assert status in {400, 411}
    assert document["error"]


def test_a_primary_is_ready_and_a_standby_is_not(aws: Service, azure: Service) -> None:
    """Ready means that a write was committed and read back: a standby can't."""
    assert aws.ask("GET", "/ready") == (200, {"site": "aws"})
    status, document = azure.ask("GET", "/ready")
    assert (status, "read-only" in document["error"]) == (503, True)


def test_a_standby_takes_no_order(azure: Service, order_id: str) -> None:
    """A write that a standby refuses is 503, for the client to send again."""
    assert azure.order(order_id)[0] == 503


def test_a_fenced_primary_takes_no_order_and_serves_again_when_freed(
    aws: Service, pair: DatabasePair, order_id: str
) -> None:
    """Read-only by default is how a fence begins: neither ready nor taking orders."""
    fence(pair, "on")
    assert aws.order(order_id)[0] == 503
    wait_until(lambda: aws.ask("GET", "/ready")[0] == 503, "fenced service")
    fence(pair, "off")
    wait_until(lambda: aws.ask("GET", "/ready")[0] == 200, "freed service")
    assert aws.order(order_id)[0] == 201


def fence(pair: DatabasePair, value: str) -> None:
    """Switch the primary's default for transactions, and see it read."""
    with pair.aws.superuser() as connection:
        connection.run(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        connection.run("SELECT pg_reload_conf()")
    shown = "SELECT current_setting('default_transaction_read_only')"
    wait_until(lambda: pair.aws.query(shown) == [[value]], "setting")


def test_a_commit_that_nobody_confirmed_is_not_acknowledged(
    aws: Service, pair: DatabasePair, order_id: str
) -> None:
    """A cancelled wait for the standby "succeeds" with a warning: that is no acknowledgement.

    The row is there by then, and sending the order again must not acknowledge it either, until
    the standby has it.
    """
    pair.link.hold()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(aws.order, order_id)
        cancel = (
            "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity "
            "WHERE wait_event = 'SyncRep' AND usename = 'orders'"
        )
        wait_until(lambda: pair.aws.query(cancel) == [[1]], "waiting commit", poll_seconds=0.01)
        status, document = answer.result()
    assert (status, document["error"]) == (503, "committed here, but not known to be replicated")
    assert aws.ask("GET", f"/orders/{order_id}")[0] == 200
    assert aws.order(order_id)[0] == 503
    pair.link.heal()
    assert aws.order(order_id)[0] == 200
    stored = "SELECT count(*) FROM public.orders WHERE id = :id"
    wait_until(lambda: pair.azure.query(stored, id=order_id) == [[1]], "order in Azure")


def test_a_lost_standby_hangs_no_request(aws: Service, pair: DatabasePair, order_id: str) -> None:
    """While commits wait, requests end with 503 all the same, more of them than connections."""
    pair.link.hold()
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: aws.order(order_id)[0], range(24)))
    assert set(answers) == {503}
    pair.link.heal()
    wait_until(lambda: pair.aws.query(WAITING) == [[0]], "end of the waiting")
    assert aws.order(order_id)[0] in {200, 201}


def test_connections_that_were_given_up_are_closed(aws: Service, pair: DatabasePair) -> None:
    """However many commits hung, the database has no more sessions than the pool once they end."""
    gc.disable()  # a pod's collector comes by too rarely to close what nobody else closes
    try:
        pair.link.hold()
        with ThreadPoolExecutor(24) as pool:
            list(pool.map(lambda _: aws.order(str(uuid.uuid4())), range(60)))
        assert pair.aws.query(SESSIONS)[0][0] > POOL_SIZE
        pair.link.heal()
        wait_until(lambda: pair.aws.query(SESSIONS)[0][0] <= POOL_SIZE, "end of the sessions")
    finally:
        gc.enable()


def test_the_init_container_ends_once_a_write_was_read_back(
    pair: DatabasePair, authority: Authority
) -> None:
    """On a standby it waits and says why; after the promotion it ends with success.

    The last test of this module: nothing is as before.
    """
    variables = environment(pair.azure, pair, authority, "azure")
    program = [sys.executable, "-m", "lab.orders", "wait-for-database"]
    with subprocess.Popen(program, env=variables, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout is not None
        assert "read-only" in waiting.stdout.readline()
        assert waiting.poll() is None
        pair.azure.query("SELECT pg_promote()")
        assert "read back" in waiting.stdout.read()
    assert waiting.returncode == 0
