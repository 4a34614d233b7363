"""A host's stub resolver with a small cache: one per process, as one host's users share one.

Rules (RFC 1034 section 3.6, RFC 1035 section 3.2.1): an answer may be used for as many seconds as
the smallest TTL on its way says, counted from its arrival, and no longer; TTL 0 is for the one use.
When the time has run out the next use asks again and waits for the answer. A stale answer is never
served and a failure is never cached (no RFC 8767, no RFC 2308), so what DNS does is seen at once.

Some break that first rule: Java's ``networkaddress.cache.ttl`` keeps an answer for its own number
of seconds, by default 30, or for ever, whatever the TTL and whether or not the address still
answers. ``least_seconds`` makes this one such.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype

__all__ = ["Answer", "NameNotResolvedError", "Resolver"]


class NameNotResolvedError(Exception):
    """DNS gave no address: no answer in time, an error code, or a name without one."""


@dataclass(frozen=True)
class Answer:
    """An IPv4 address and the seconds for which it may be used."""

    address: str
    ttl_seconds: int


async def _ask(name: str, server: tuple[str, int], timeout_seconds: float) -> Answer:
    query = dns.message.make_query(name, dns.rdatatype.A)
    host, port = server
    try:
        reply, _ = await dns.asyncquery.udp_with_fallback(
            query, host, timeout=timeout_seconds, port=port
        )
        if reply.rcode() != dns.rcode.NOERROR:
            raise NameNotResolvedError(f"{name}: {dns.rcode.to_text(reply.rcode())}")
        chain = reply.resolve_chaining()  # type: ignore[attr-defined]
    except dns.exception.Timeout:
        raise NameNotResolvedError(f"{name}: no answer in {timeout_seconds:g} s") from None
    except (dns.exception.DNSException, OSError, EOFError) as error:
        raise NameNotResolvedError(f"{name}: {type(error).__name__} {error}") from error
    if chain.answer is None:
        raise NameNotResolvedError(f"{name}: no address")
    return Answer(str(next(iter(chain.answer))), chain.minimum_ttl)


class Resolver:
    """Answers from its cache while it may, otherwise asks ``server`` (ip, port).

    Whoever asks while a question is open waits for that question's answer. ``on_answer`` hears each
    answer of the server, and each failure as an error, once. ``first_age`` is how much of its life
    the first answer has behind it (0 to 1), as in a cache that was filled before anybody looked.
    ``least_seconds`` is asked at each use for how long an answer is kept at least.
    """

    def __init__(
        self,
        server: tuple[str, int],
        *,
        timeout_seconds: float = 1.0,
        first_age: float = 0.0,
        on_answer: Callable[[Answer | NameNotResolvedError], None] = lambda _: None,
        least_seconds: Callable[[], float] = lambda: 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._timeout_seconds = timeout_seconds
        self._age = first_age
        self._on_answer = on_answer
        self._least_seconds = least_seconds
        self._clock = clock
        self._cache: dict[str, tuple[Answer, float, float]] = {}
        self._open: dict[str, asyncio.Task[Answer]] = {}

    async def address(self, name: str) -> str:
        """Return the address of ``name``; raises NameNotResolvedError."""
        cached = self._cache.get(name)
        if cached is not None:
            answer, arrived, expires = cached
            if self._clock() < max(expires, arrived + self._least_seconds()):
                return answer.address
            del self._cache[name]
        question = self._open.get(name)
        if question is None:
            question = self._open[name] = asyncio.create_task(self._question(name))
            question.add_done_callback(lambda done: self._closed(name, done))
        # One impatient user must not take the answer away from the others.
        return (await asyncio.shield(question)).address

    async def _question(self, name: str) -> Answer:
        try:
            answer = await _ask(name, self._server, self._timeout_seconds)
        except NameNotResolvedError as error:
            self._on_answer(error)
            raise
        left, self._age = answer.ttl_seconds * (1.0 - self._age), 0.0
        now = self._clock()
        self._cache[name] = (answer, now, now + left)
        self._on_answer(answer)
        return answer

    def _closed(self, name: str, question: asyncio.Task[Answer]) -> None:
        self._open.pop(name, None)
        if not question.cancelled():
            # Read, so that asyncio does not complain when all who waited have gone.
            question.exception()
