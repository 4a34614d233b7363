"""Questions and answers on the wire, without sockets."""

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import pytest

from lab.dns.wire import TCP_LIMIT, UDP_LIMIT, respond
from lab.dns.zone import UnsupportedByLabError, parse_check, parse_zone


def record(name: str, kind: str, *values: str, ttl: int = 5, **more: str) -> dict[str, object]:
    """Return a record set as the API lists it."""
    values_found = [{"Value": value} for value in values]
    return {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": values_found, **more}


ZONE = parse_zone(
    "Shop.test.",
    [
        record("shop.test.", "SOA", "ns.shop.test. host.shop.test. 1 7200 900 1209600 86400"),
        record("shop.test.", "NS", "ns-1.example.com", "ns-2.example.com"),
        record("Orders.shop.test.", "A", "10.0.0.1", ttl=1, Failover="PRIMARY", HealthCheckId="p"),
        record("orders.shop.test.", "A", "10.0.0.2", ttl=2, Failover="SECONDARY"),
        record("www.shop.test.", "CNAME", "orders.shop.test"),
        record("away.shop.test.", "CNAME", "example.org."),
        record("six.shop.test.", "AAAA", "::1"),
        record("text.shop.test.", "TXT", '"a b" "c"'),
        record("a.deep.shop.test.", "A", "10.0.0.9"),
        record("many.shop.test.", "TXT", *(f'"{number:0200}"' for number in range(20))),
        record("some.shop.test.", "TXT", *(f'"{number:0200}"' for number in range(4))),
    ],
)


def ask(name: str, kind: str = "A", *, primary: bool = True) -> dns.message.Message:
    """Ask the zone over the wire format; the parsed answer."""
    query = dns.message.make_query(name, kind)
    wire = respond(query.to_wire(), ZONE, {"p": primary}, limit=TCP_LIMIT)
    assert wire is not None
    response = dns.message.from_wire(wire)
    assert query.is_response(response)
    return response


def lines(response: dns.message.Message) -> list[str]:
    """Return the answer section's lines."""
    return [line for rrset in response.answer for line in rrset.to_text().split("\n")]


class TestAnswers:
    def test_answers_with_authority(self) -> None:
        """An answer has AA, not RA, and the record's own TTL."""
        response = ask("orders.shop.test.")

        assert lines(response) == ["orders.shop.test. 1 IN A 10.0.0.1"]
        assert response.flags & dns.flags.AA
        assert not response.flags & dns.flags.RA

    def test_failover_pair_is_chosen_as_it_is_asked(self) -> None:
        """The same question gets the secondary, with its TTL, once primary is unhealthy."""
        response = ask("orders.shop.test.", primary=False)

        assert lines(response) == ["orders.shop.test. 2 IN A 10.0.0.2"]

    def test_case(self) -> None:
        """Names match whatever their case, and the asked spelling comes back."""
        assert lines(ask("oRDers.SHOP.test.")) == ["oRDers.SHOP.test. 1 IN A 10.0.0.1"]

    def test_cname_is_followed_within_the_zone(self) -> None:
        """A CNAME comes with what it leads to, chosen by health as well."""
        assert lines(ask("www.shop.test.", primary=False)) == [
            "www.shop.test. 5 IN CNAME orders.shop.test.",
            "orders.shop.test. 2 IN A 10.0.0.2",
        ]

    def test_cname_itself(self) -> None:
        """Asked for the CNAME, only that is answered."""
        answer = lines(ask("www.shop.test.", "CNAME"))

        assert answer == ["www.shop.test. 5 IN CNAME orders.shop.test."]

    def test_cname_out_of_the_zone(self) -> None:
        """A CNAME that leaves the zone is the resolver's to follow."""
        assert lines(ask("away.shop.test.")) == ["away.shop.test. 5 IN CNAME example.org."]

    @pytest.mark.parametrize(
        ("name", "kind", "expected"),
        [
            ("six.shop.test.", "AAAA", ["six.shop.test. 5 IN AAAA ::1"]),
            ("text.shop.test.", "TXT", ['text.shop.test. 5 IN TXT "a b" "c"']),
        ],
    )
    def test_types(self, name: str, kind: str, expected: list[str]) -> None:
        """AAAA and TXT are answered as the API holds them."""
        assert lines(ask(name, kind)) == expected

    def test_apex(self) -> None:
        """The apex has SOA and NS."""
        assert len(lines(ask("shop.test.", "NS"))) == 2
        assert lines(ask("shop.test.", "SOA"))[0].startswith("shop.test. 5 IN SOA ns.shop.test.")


class TestNegativeAnswers:
    @pytest.mark.parametrize(
        ("name", "kind", "rcode"),
        [
            ("nobody.shop.test.", "A", dns.rcode.NXDOMAIN),
            ("orders.shop.test.", "AAAA", dns.rcode.NOERROR),
            ("deep.shop.test.", "A", dns.rcode.NOERROR),
        ],
    )
    def test_negative(self, name: str, kind: str, rcode: dns.rcode.Rcode) -> None:
        """No name is NXDOMAIN; no such type, or only names below, is an empty answer: with SOA."""
        response = ask(name, kind)

        assert (response.rcode(), response.answer) == (rcode, [])
        assert [str(rrset.name) for rrset in response.authority] == ["shop.test."]
        assert response.flags & dns.flags.AA

    @pytest.mark.parametrize("name", ["example.org.", "test.", "xshop.test."])
    def test_outside(self, name: str) -> None:
        """Outside the zone is REFUSED, without AA and without SOA."""
        response = ask(name)

        assert response.rcode() == dns.rcode.REFUSED
        assert not response.flags & dns.flags.AA
        assert response.authority == []


class TestOddQueries:
    def test_truncation(self) -> None:
        """Over UDP an answer too long for it comes back with TC, to be asked over TCP."""
        query = dns.message.make_query("many.shop.test.", "TXT")
        wire = respond(query.to_wire(), ZONE, {}, limit=UDP_LIMIT)

        assert wire is not None
        assert len(wire) <= UDP_LIMIT
        assert dns.message.from_wire(wire).flags & dns.flags.TC
        assert len(lines(ask("many.shop.test.", "TXT"))) == 20

    def test_edns_raises_the_limit(self) -> None:
        """A query that can take more over UDP gets more."""
        query = dns.message.make_query("some.shop.test.", "TXT", use_edns=0, payload=4096)
        wire = respond(query.to_wire(), ZONE, {}, limit=UDP_LIMIT)

        assert wire is not None
        assert len(wire) > UDP_LIMIT
        assert not dns.message.from_wire(wire).flags & dns.flags.TC

    def test_garbage(self) -> None:
        """What has a query's header is FORMERR; what is no query at all is not answered."""
        wire = respond(b"\x12\x34\x00\x00\x00\x05" + b"\x00" * 6, ZONE, {}, limit=UDP_LIMIT)

        assert wire is not None
        assert wire[:2] == b"\x12\x34"
        assert dns.message.from_wire(wire).rcode() == dns.rcode.FORMERR
        assert respond(b"hello", ZONE, {}, limit=UDP_LIMIT) is None

    def test_a_response_is_not_answered(self) -> None:
        """Two servers can't be made to talk to each other for ever."""
        wire = respond(ask("orders.shop.test.").to_wire(), ZONE, {}, limit=UDP_LIMIT)

        assert wire is None

    def test_other_opcodes_and_classes(self) -> None:
        """Updates and notifies are NOTIMP, other classes REFUSED."""
        notify = dns.message.make_query("orders.shop.test.", "A")
        notify.set_opcode(dns.opcode.NOTIFY)
        chaos = dns.message.make_query("version.bind.", "TXT", rdclass=dns.rdataclass.CH)
        answers = [respond(q.to_wire(), ZONE, {}, limit=UDP_LIMIT) for q in (notify, chaos)]

        assert [dns.message.from_wire(wire).rcode() for wire in answers if wire] == [
            dns.rcode.NOTIMP,
            dns.rcode.REFUSED,
        ]


class TestUnsupported:
    @pytest.mark.parametrize("more", [{"Weight": 1}, {"AliasTarget": {"DNSName": "x"}}])
    def test_other_routing_is_refused(self, more: dict[str, object]) -> None:
        """What the lab cannot route by Route 53's rules it refuses to serve."""
        with pytest.raises(UnsupportedByLabError, match=r"w\.shop\.test\. A"):
            parse_zone("shop.test.", [{**record("w.shop.test.", "A", "10.0.0.1"), **more}])

    def test_other_checks_are_refused(self) -> None:
        """A check on a CloudWatch alarm is named and refused."""
        with pytest.raises(UnsupportedByLabError, match="health check x: type CLOUDWATCH_METRIC"):
            parse_check({"Id": "x", "HealthCheckConfig": {"Type": "CLOUDWATCH_METRIC"}})
