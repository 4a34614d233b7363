"""The outside client: what it writes, how it fails, and that it stands on its own."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from loopback_doubles import NAME, Loop, NameServer, Site

from lab.users.client import Users
from lab.users.ledger import History, read_history
from lab.users.options import Options, parse_options
from lab.users.writer import LedgerWriter

Sites = tuple[Site, Site, int]
MakeOptions = Callable[..., list[str]]
Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse | None]]


@pytest.fixture
def options(
    name_server: NameServer, sites: Sites, authority: tuple[Path, Path], tmp_path: Path
) -> MakeOptions:
    """Return a maker of the client's command line."""

    def make(**changes: object) -> list[str]:
        given = {
            "name": NAME,
            "port": sites[2],
            "name-server": "{}:{}".format(*name_server.where),
            "ca-file": authority[0],
            "ledger": tmp_path / "ledger.jsonl",
            "clients": 2,
            "rate": 200,
        } | {key.replace("_", "-"): value for key, value in changes.items()}
        return [text for key, value in given.items() for text in (f"--{key}", str(value))]

    return make


class Watch(LedgerWriter):
    """A ledger that calls ``on_event`` after each line; the tests' only clock."""

    def __init__(self, path: Path, on_event: Callable[[str, dict[str, object]], None]) -> None:
        super().__init__(path)
        self._on_event = on_event

    def write(self, event: str, **fields: object) -> None:
        super().write(event, **fields)
        self._on_event(event, fields)


def run_users(given: Options, script: Callable[[str, dict[str, object]], bool]) -> History:
    """Run the users until ``script`` says True of an event; return their history."""

    async def run() -> None:
        stop = asyncio.Event()

        def hear(event: str, fields: dict[str, object]) -> None:
            if script(event, fields):
                stop.set()

        with Watch(given.ledger, hear) as ledger:
            await Users(given, ledger).write_until(stop)

    asyncio.run(run())
    return read_history(given.ledger)


def after(count: int, event: str) -> Callable[[str, dict[str, object]], bool]:
    """Return a script that stops at the count-th such event."""
    seen = []

    def script(kind: str, _: dict[str, object]) -> bool:
        seen.extend([1] * (kind == event))
        return len(seen) >= count

    return script


def test_acknowledged_means_that_the_site_has_it(sites: Sites, options: MakeOptions) -> None:
    """Each order is acknowledged with its site, epoch and number, and is where that says."""
    aws, _, port = sites

    history = run_users(parse_options(options()), after(20, "acknowledged"))

    acked = [write for write in history.writes if write.acknowledged]
    assert len(acked) >= 20
    assert {(write.site, write.epoch, write.address) for write in acked} == {
        ("aws", 1, "127.0.0.1")
    }
    assert {write.id: write.number for write in acked} == aws.orders
    assert all(write.started <= write.sent <= write.ended for write in acked)
    assert aws.hosts == {f"{NAME}:{port}"}


def test_connections_are_kept(sites: Sites, options: MakeOptions) -> None:
    """One user's writes, one at a time, share a connection."""
    given = parse_options(options(clients=1, in_flight=1))

    run_users(given, after(10, "acknowledged"))

    assert len(sites[0].peers) == 1


def test_the_attempt_is_in_the_ledger_before_it_is_sent(sites: Sites, options: MakeOptions) -> None:
    """When the service sees an order, the ledger already has its attempt."""
    given = parse_options(options())
    seen: list[bool] = []

    async def look(request: web.Request) -> None:
        order = await request.json()
        seen.append(f'"attempt", "id": "{order["id"]}"' in given.ledger.read_text())

    sites[0].behave = look
    run_users(given, after(5, "acknowledged"))

    assert seen
    assert all(seen)


@pytest.mark.usefixtures("sites")
def test_users_follow_the_name(options: MakeOptions, name_server: NameServer) -> None:
    """When the name resolves elsewhere, new writes go there and none to the old address."""
    name_server.ttl = 0
    moved = after(5, "acknowledged")
    there = after(5, "acknowledged")

    def script(event: str, fields: dict[str, object]) -> bool:
        if moved(event, fields):
            name_server.address = "127.0.0.2"
        return fields.get("site") == "azure" and there(event, fields)

    history = run_users(parse_options(options()), script)

    first_azure = next(n for n, write in enumerate(history.writes) if write.site == "azure")
    assert first_azure >= 5
    assert {write.site for write in history.writes if write.address == "127.0.0.2"} == {"azure"}
    assert [look.address for look in history.lookups][-1] == "127.0.0.2"


@pytest.mark.usefixtures("sites")
def test_users_may_be_told_to_keep_an_address(
    options: MakeOptions, name_server: NameServer, tmp_path: Path
) -> None:
    """While the file is there users go where the name no longer leads, and after it they follow."""
    kept = tmp_path / "kept-seconds"
    name_server.ttl = 0
    early, moved, there = (after(count, "acknowledged") for count in (5, 15, 5))

    def script(event: str, fields: dict[str, object]) -> bool:
        if early(event, fields):
            kept.write_text("600")
            name_server.address = "127.0.0.2"
        if moved(event, fields):
            kept.unlink(missing_ok=True)
        return fields.get("site") == "azure" and there(event, fields)

    history = run_users(parse_options(options(**{"keep-file": kept})), script)

    first_azure = next(n for n, write in enumerate(history.writes) if write.site == "azure")
    assert first_azure >= 15


async def _hangs(_: web.Request) -> None:
    await asyncio.Event().wait()


async def _says_503(_: web.Request) -> web.Response:
    return web.json_response({"error": "no database"}, status=503)


async def _says_nothing_of_the_order(_: web.Request) -> web.Response:
    return web.json_response({}, status=201)


async def _cuts_the_line(request: web.Request) -> None:
    request.transport.abort()
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (_says_503, "http-503"),
        (_says_nothing_of_the_order, "malformed"),
        (_cuts_the_line, "reset"),
        (_hangs, "timeout"),
    ],
    ids=["503", "malformed", "reset", "timeout"],
)
def test_how_a_write_fails_is_named(
    sites: Sites, options: MakeOptions, behave: Behaviour, reason: str
) -> None:
    """A failed write has a class, and when it was sent, since its outcome is unknown."""
    sites[0].behave = behave

    history = run_users(parse_options(options(timeout_seconds=0.3)), after(2, "failed"))

    failed = [write for write in history.writes if write.reason]
    assert {write.reason for write in failed} == {reason}
    assert all(write.sent is not None for write in failed)


def test_a_refused_connection_is_named_and_was_never_sent(
    loop: Loop, sites: Sites, options: MakeOptions
) -> None:
    """Where nobody listens the write is refused, and the ledger says that it never left."""
    loop.run(sites[0].stop())

    history = run_users(parse_options(options()), after(2, "failed"))

    assert {(write.reason, write.sent, write.address) for write in history.writes} == {
        ("refused", None, "127.0.0.1")
    }


def test_no_answer_from_dns_fails_the_write(options: MakeOptions, name_server: NameServer) -> None:
    """Without an address there is no write, and the ledger says why."""
    name_server.silent = True

    given = parse_options(options(dns_timeout_seconds=0.05))
    history = run_users(given, after(2, "failed"))

    assert {(write.reason, write.address) for write in history.writes} == {("dns", None)}
    assert all(look.error for look in history.lookups)


def test_a_certificate_of_a_stranger_is_refused(
    options: MakeOptions, authority: tuple[Path, Path]
) -> None:
    """The server must prove its name by the given authority."""
    given = options(ca_file=authority[1])  # a leaf is no authority

    history = run_users(parse_options(given), after(1, "failed"))

    assert {write.reason for write in history.writes} == {"tls"}


def test_arrivals_do_not_wait_for_answers(sites: Sites, options: MakeOptions) -> None:
    """Writes keep coming while none is answered, up to each user's bound; the rest are shed."""
    sites[0].behave = _hangs
    given = parse_options(options(clients=2, in_flight=3, rate=500, timeout_seconds=0.5))
    seen: list[str] = []

    def script(event: str, _: dict[str, object]) -> bool:
        seen.append(event)
        return seen.count("shed") >= 5

    history = run_users(given, script)

    assert "acknowledged" not in seen
    assert seen[: seen.index("shed")].count("attempt") >= 3
    assert len(history.writes) <= 6
    assert len(history.shed) >= 5


def test_a_seed_decides_who_writes_what(sites: Sites, options: MakeOptions, tmp_path: Path) -> None:
    """The same seed gives the same users in the same order; ids are fresh each time."""

    def users_of(seed: int, name: str) -> list[object]:
        given = parse_options(options(seed=seed, clients=8, ledger=tmp_path / name))
        run_users(given, after(12, "attempt"))
        events = [json.loads(line) for line in given.ledger.read_text().splitlines()]
        return [event["user"] for event in events if event["event"] == "attempt"][:12]

    assert users_of(3, "a") == users_of(3, "b") != users_of(4, "c")
    assert len(sites[0].orders) >= 36


def _start(arguments: list[str], **how: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "lab.users.client", *arguments]
    return subprocess.Popen(command, **how)


def _ended(process: subprocess.Popen[bytes]) -> int:
    with contextlib.ExitStack() as stack:
        stack.callback(process.kill)
        return process.wait(30)


def _last(ledger: Path) -> str:
    return json.loads(ledger.read_text().splitlines()[-1])["event"]


def test_the_process_ends_in_order_on_sigterm(
    sites: Sites, options: MakeOptions, tmp_path: Path
) -> None:
    """SIGTERM lets open writes end, and the ledger says that this was the end."""
    process = _start(options(), stdin=subprocess.DEVNULL)
    assert sites[0].received.wait(30)

    process.send_signal(signal.SIGTERM)

    assert _ended(process) == 0
    assert _last(tmp_path / "ledger.jsonl") == "stop"
    writes = read_history(tmp_path / "ledger.jsonl").writes
    assert writes
    assert all(write.ended for write in writes)


def test_the_process_ends_when_its_parent_goes(
    sites: Sites, options: MakeOptions, tmp_path: Path
) -> None:
    """The end of its standard input's pipe ends it."""
    process = _start(options(), stdin=subprocess.PIPE)
    assert sites[0].received.wait(30)

    process.stdin.close()

    assert _ended(process) == 0
    assert _last(tmp_path / "ledger.jsonl") == "stop"


def test_a_killed_client_leaves_every_line(
    sites: Sites, options: MakeOptions, tmp_path: Path
) -> None:
    """After SIGKILL the ledger has every attempt that the service saw."""
    process = _start(options(), stdin=subprocess.DEVNULL)
    assert sites[0].received.wait(30)

    process.kill()
    process.wait(30)

    ids = {write.id for write in read_history(tmp_path / "ledger.jsonl").writes}
    assert set(sites[0].orders) <= ids


def test_a_wrong_option_is_refused(
    options: MakeOptions, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rate of nothing ends the process with the reason."""
    with pytest.raises(SystemExit):
        parse_options(options(rate=0))

    assert "not more than zero" in capsys.readouterr().err


def test_the_bound_leaves_room_for_a_whole_timeout(options: MakeOptions) -> None:
    """Unless told, users may have open twice what piles up when everything times out."""
    assert parse_options(options(clients=10, rate=100, timeout_seconds=2)).in_flight == 40


def test_the_client_shares_no_code() -> None:
    """The client imports nothing of landbridge, nor of the lab but its own folder."""
    code = "import sys, lab.users.client; print(*sorted(sys.modules))"
    seen = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    ).stdout.split()

    ours = {"landbridge", "functions", "azure_functions", "stacks", "lab"}
    mine = {name for name in seen if name.partition(".")[0] in ours}
    assert mine == {
        "lab",
        "lab.users",
        "lab.users.client",
        "lab.users.connection",
        "lab.users.options",
        "lab.users.resolver",
        "lab.users.sending",
        "lab.users.writer",
    }
    assert not {"aiohttp", "boto3", "kubernetes", "pg8000"} & set(seen)
