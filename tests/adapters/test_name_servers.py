"""Names asked of the zone's own servers."""

import pytest

from landbridge.adapters.name_servers import SYSTEM, answers, parse_name_server, resolve
from landbridge.domain.errors import ConfigurationError, SiteUnknownError
from tests.adapters.scripted_name_server import SILENT, name_server

AWS, AZURE = "127.1.2.3", "127.4.5.6"


def test_resolves_at_the_server() -> None:
    """All addresses come from the server that was named, which is not asked to recurse."""
    script = {"orders.shop.test": [f"orders.shop.test A {AWS}", f"orders.shop.test A {AZURE}"]}
    with name_server(script) as server:
        assert resolve("orders.shop.test", [server.address], 5.0) == [AWS, AZURE]
        assert not server.recursion_wanted


def test_answer_too_long_for_udp() -> None:
    """A truncated answer is asked for again over TCP."""
    with name_server({"orders.shop.test": [f"orders.shop.test A {AWS}"]}) as server:
        server.truncate = True

        assert resolve("orders.shop.test", [server.address], 5.0) == [AWS]
        assert [protocol for protocol, _ in server.asked] == ["udp", "tcp"]


def test_alias_within_the_zone() -> None:
    """A CNAME that the server resolves itself is followed."""
    records = ["orders.shop.test CNAME aws.shop.test.", f"aws.shop.test A {AWS}"]
    with name_server({"orders.shop.test": records}) as server:
        assert resolve("orders.shop.test", [server.address], 5.0) == [AWS]


def test_alias_out_of_the_zone() -> None:
    """A CNAME that leads out of the zone is resolved by the machine's own resolver."""
    records = ["orders.shop.test CNAME localhost."]
    with name_server({"orders.shop.test": records}) as server:
        assert resolve("orders.shop.test", [server.address], 5.0) == ["127.0.0.1"]


def test_address_is_its_own_answer() -> None:
    """An address is not asked about."""
    assert resolve(AWS, ["192.0.2.1:53"], 0.001) == [AWS]


def test_no_servers() -> None:
    """Without servers the machine's own resolver is asked."""
    assert resolve("localhost", [], 5.0) == ["127.0.0.1"]
    assert answers("localhost", [], 5.0) == {SYSTEM: ("127.0.0.1",)}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("NXDOMAIN", "NXDOMAIN"),
        ("SERVFAIL", "SERVFAIL"),
        ("REFUSED", "REFUSED"),
        ([], "no address"),
        (SILENT, "timed out"),
    ],
)
def test_no_answer_is_unknown(told: list[str] | str, said: str) -> None:
    """Whatever keeps a name from being resolved is unknown, and says which server said what."""
    with name_server({"orders.shop.test": told}) as server:
        with pytest.raises(SiteUnknownError, match=said) as raised:
            resolve("orders.shop.test", [server.address], 0.3)

        assert server.address in str(raised.value)


def test_next_server_is_asked() -> None:
    """A silent server leaves time for the next one."""
    with (
        name_server({"orders.shop.test": SILENT}) as silent,
        name_server({"orders.shop.test": [f"orders.shop.test A {AWS}"]}) as good,
    ):
        assert resolve("orders.shop.test", [silent.address, good.address], 2.0) == [AWS]


def test_every_server_answers_for_itself() -> None:
    """Servers that disagree are shown as they are, and one that fails is an error as a value."""
    with (
        name_server({"orders.shop.test": [f"orders.shop.test A {AWS}"]}) as old,
        name_server({"orders.shop.test": [f"orders.shop.test A {AZURE}"]}) as new,
        name_server({"orders.shop.test": "SERVFAIL"}) as broken,
    ):
        seen = answers("orders.shop.test", [old.address, new.address, broken.address], 5.0)

        assert seen[old.address] == (AWS,)
        assert seen[new.address] == (AZURE,)
        assert isinstance(seen[broken.address], SiteUnknownError)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_server_text(text: str, parsed: tuple[str, int]) -> None:
    """A server is an address, with port 53 unless it says otherwise."""
    assert parse_name_server(text) == parsed


@pytest.mark.parametrize("text", ["", "ns1.example.com", "192.0.2.1:x", "192.0.2.1:99999", "[::1"])
def test_server_text_that_is_wrong(text: str) -> None:
    """A server that is not an address and a port is a setting to mend."""
    with pytest.raises(ConfigurationError, match="name server"):
        parse_name_server(text)
