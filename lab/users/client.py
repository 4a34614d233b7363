"""Users of the order service, as a process of its own that shares no code with what it judges.

Open loop: writes arrive at the given rate (exponential gaps, as of many people who do not know of
each other) whether or not earlier ones were answered. Each order is attempted once, under a fresh
id; what failed or timed out has an unknown outcome and is never sent again.
"""

import asyncio
import os
import random
import signal
import ssl
import stat
import sys
import threading
import uuid
from collections.abc import Callable, Sequence

from lab.users.connection import Pool
from lab.users.options import Options, parse_options
from lab.users.resolver import Answer, NameNotResolvedError, Resolver
from lab.users.sending import Acknowledgement, WriteFailedError, post_order
from lab.users.writer import LedgerWriter

__all__ = ["Users", "main"]

_ITEMS = ("kettle", "lamp", "rug", "clock", "chair", "mirror", "basket", "blanket")


class Users:
    """N users of one host: each its connections, all of them one resolver and one ledger."""

    def __init__(self, options: Options, ledger: LedgerWriter) -> None:
        self._options = options
        self._ledger = ledger
        self._random = random.Random(options.seed)  # noqa: S311 - arrivals, not secrets
        tls = ssl.create_default_context(cafile=str(options.certificate_authority))
        self._users = [Pool(options.name, options.port, tls) for _ in range(options.clients)]
        self._open = [0] * options.clients
        hosts = options.clients if options.own_caches else 1
        self._resolvers = [self._resolver(own=options.own_caches) for _ in range(hosts)]

    def _resolver(self, *, own: bool) -> Resolver:
        """Return one host's cache; hosts of their own did not all ask at the same moment."""
        return Resolver(
            self._options.name_server,
            timeout_seconds=self._options.dns_timeout_seconds,
            first_age=self._random.random() if own else 0.0,
            on_answer=self._note_answer,
            least_seconds=self._kept_seconds,
        )

    def _kept_seconds(self) -> float:
        """Return for how long answers are kept against their TTL: 0 unless the file says so."""
        if self._options.keep_file is None:
            return 0.0
        try:
            return float(self._options.keep_file.read_text())
        except FileNotFoundError:
            return 0.0

    def _cache_of(self, user: int) -> Resolver:
        return self._resolvers[user % len(self._resolvers)]

    def _note_answer(self, answer: Answer | NameNotResolvedError) -> None:
        if isinstance(answer, Answer):
            self._ledger.write("dns", address=answer.address, ttl=answer.ttl_seconds)
        else:
            self._ledger.write("dns", error=str(answer))

    async def write_until(self, stop: asyncio.Event) -> None:
        """Write at the rate until ``stop`` is set, then let what is under way end."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            async with asyncio.TaskGroup() as writes:
                while not stop.is_set():
                    due += self._random.expovariate(self._options.rate)
                    user = self._random.randrange(self._options.clients)
                    item = self._random.choice(_ITEMS)
                    if await _stopped_before(stop, due - loop.time()):
                        break
                    if self._open[user] >= self._options.in_flight:
                        self._ledger.write("shed", user=user)
                    else:
                        self._open[user] += 1
                        writes.create_task(self._write(user, item))
        finally:
            for pool in self._users:
                pool.close()

    async def _write(self, user: int, item: str) -> None:
        order_id = str(uuid.uuid4())
        ended: dict[str, object] = {"id": order_id, "address": None, "sent": None}
        self._ledger.write("attempt", id=order_id, user=user)
        try:
            async with asyncio.timeout(self._options.timeout_seconds):
                row = await self._send(user, {"id": order_id, "item": item, "quantity": 1}, ended)
        except NameNotResolvedError:
            self._ledger.write("failed", reason="dns", **ended)
        except TimeoutError:
            self._ledger.write("failed", reason="timeout", **ended)
        except WriteFailedError as error:
            self._ledger.write("failed", reason=error.reason, **ended)
        else:
            self._ledger.write(
                "acknowledged", site=row.site, epoch=row.epoch, number=row.number, **ended
            )
        finally:
            self._open[user] -= 1

    async def _send(
        self, user: int, order: dict[str, object], ended: dict[str, object]
    ) -> Acknowledgement:
        ended["address"] = address = await self._cache_of(user).address(self._options.name)

        def note_sent() -> None:
            ended["sent"] = round(self._ledger.now(), 6)

        return await post_order(self._users[user], address, order, on_connected=note_sent)


async def _stopped_before(stop: asyncio.Event, seconds: float) -> bool:
    if seconds <= 0:
        # Behind the rate: catch up, but let the answers be read.
        await asyncio.sleep(0)
        return stop.is_set()
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True


def _call_at_end_of_input(call: Callable[[], object]) -> None:
    """Call when the pipe on standard input closes: the parent has gone, however it went."""
    kind = os.fstat(sys.stdin.fileno()).st_mode if sys.stdin is not None else 0
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        return  # /dev/null ends at once and says nothing

    def read() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        call()

    threading.Thread(target=read, name="end of input", daemon=True).start()


async def _run(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _call_at_end_of_input(lambda: loop.call_soon_threadsafe(stop.set))
    with LedgerWriter(options.ledger) as ledger:
        users = Users(options, ledger)
        ledger.write(
            "start",
            clients=options.clients,
            rate=options.rate,
            seed=options.seed,
            timeout_seconds=options.timeout_seconds,
            in_flight=options.in_flight,
        )  # fmt: skip
        await users.write_until(stop)
        ledger.write("stop")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write orders until told to stop; returns 0."""
    asyncio.run(_run(parse_options(arguments)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
