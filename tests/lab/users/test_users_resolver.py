"""The users' resolver and its cache, by the rules of RFC 1034 and RFC 1035."""

import asyncio

import dns.rcode
import pytest
from loopback_doubles import NameServer

from lab.users.resolver import Answer, NameNotResolvedError, Resolver

NAME = "orders.shop.test"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_used_for_its_ttl_and_not_longer(name_server: NameServer) -> None:
    """Within the TTL the cache answers; from its last instant on the server is asked again."""
    clock = Clock()
    resolver = Resolver(name_server.where, clock=clock)
    name_server.ttl = 30

    async def ask() -> list[tuple[str, int]]:
        seen = []
        for now in (0.0, 29.999, 30.0, 59.999, 60.0):
            clock.now = now
            seen.append((await resolver.address(NAME), name_server.questions))
            name_server.address = "127.0.0.2"
        return seen

    one, two = "127.0.0.1", "127.0.0.2"
    assert asyncio.run(ask()) == [(one, 1), (one, 1), (two, 2), (two, 2), (two, 3)]


def test_an_answer_may_be_kept_against_its_ttl(name_server: NameServer) -> None:
    """A resolver that is told to keeps an answer past its TTL, and no longer than it is told to."""
    clock, kept_seconds = Clock(), [0.0]
    resolver = Resolver(name_server.where, clock=clock, least_seconds=lambda: kept_seconds[0])
    name_server.ttl = 1

    async def ask() -> list[str]:
        seen = []
        for now, kept in ((0.0, 0.0), (14.9, 15.0), (15.0, 15.0), (20.0, 15.0), (20.0, 0.0)):
            clock.now, kept_seconds[0] = now, kept
            seen.append(await resolver.address(NAME))
            name_server.address = f"127.0.0.{len(seen) + 1}"
        return seen

    one, three, five = "127.0.0.1", "127.0.0.3", "127.0.0.5"
    assert asyncio.run(ask()) == [one, one, three, three, five]


def test_a_ttl_of_zero_is_for_one_use(name_server: NameServer) -> None:
    """An answer with TTL 0 is not kept."""
    name_server.ttl = 0
    resolver = Resolver(name_server.where, clock=Clock())

    async def ask() -> None:
        await resolver.address(NAME)
        await resolver.address(NAME)

    asyncio.run(ask())
    assert name_server.questions == 2


def test_all_who_wait_share_one_question(name_server: NameServer) -> None:
    """Users who need the name at once ask once, and one who gives up takes nothing away."""
    heard: list[object] = []
    resolver = Resolver(name_server.where, on_answer=heard.append)

    async def ask() -> list[object]:
        waiting = [asyncio.create_task(resolver.address(NAME)) for _ in range(5)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        return await asyncio.gather(*waiting, return_exceptions=True)

    impatient, *others = asyncio.run(ask())
    assert isinstance(impatient, asyncio.CancelledError)
    assert others == ["127.0.0.1"] * 4
    assert name_server.questions == 1
    assert heard == [Answer("127.0.0.1", 60)]


def test_a_stale_answer_is_never_served(name_server: NameServer) -> None:
    """When DNS is silent after the TTL, the name does not resolve; when it speaks, it does."""
    clock, heard = Clock(), []
    resolver = Resolver(
        name_server.where, timeout_seconds=0.05, clock=clock, on_answer=heard.append
    )

    async def ask() -> str:
        await resolver.address(NAME)
        clock.now = 61.0
        name_server.silent = True
        with pytest.raises(NameNotResolvedError, match=r"no answer in 0.05 s"):
            await resolver.address(NAME)
        name_server.silent = False
        return await resolver.address(NAME)

    assert asyncio.run(ask()) == "127.0.0.1"
    assert [type(one) for one in heard] == [Answer, NameNotResolvedError, Answer]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"rcode": dns.rcode.SERVFAIL}, "SERVFAIL"),
        ({"rcode": dns.rcode.NXDOMAIN}, "NXDOMAIN"),
        ({"address": None}, "no address"),
    ],
)
def test_an_answer_without_an_address_is_not_kept(
    name_server: NameServer, change: dict[str, object], text: str
) -> None:
    """An error or an empty answer fails that use alone."""
    resolver = Resolver(name_server.where)

    async def ask() -> str:
        right = dict(vars(name_server))
        vars(name_server).update(change)
        with pytest.raises(NameNotResolvedError, match=text):
            await resolver.address(NAME)
        vars(name_server).update({key: right[key] for key in change})
        return await resolver.address(NAME)

    assert asyncio.run(ask()) == "127.0.0.1"


def test_a_truncated_answer_is_asked_again_over_tcp(name_server: NameServer) -> None:
    """The truncation bit sends the question over TCP, as RFC 1123 section 6.1.3.2 has it."""
    name_server.truncated = True

    assert asyncio.run(Resolver(name_server.where).address(NAME)) == "127.0.0.1"
