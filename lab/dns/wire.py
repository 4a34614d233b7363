"""DNS on the wire: a query's bytes in, the authoritative answer's bytes out. No sockets."""

from collections.abc import Mapping

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from lab.dns.rules import RecordSet
from lab.dns.zone import Answer, Outcome, Zone, absolute

__all__ = ["TCP_LIMIT", "UDP_LIMIT", "respond"]

TCP_LIMIT = 65_535
UDP_LIMIT = 512
_EDNS_LIMIT = 1232
_HEADER_BYTES = 12

_RCODES = {
    Outcome.FOUND: dns.rcode.NOERROR,
    Outcome.NO_DATA: dns.rcode.NOERROR,
    Outcome.NO_NAME: dns.rcode.NXDOMAIN,
    Outcome.OUTSIDE: dns.rcode.REFUSED,
}


def respond(wire: bytes, zone: Zone, healthy: Mapping[str, bool], *, limit: int) -> bytes | None:
    """Answer one query; None where it is not even a query and silence is right.

    ``limit`` is the transport's size in bytes; over UDP a query's EDNS payload may raise it. What
    does not fit comes back with TC set.
    """
    try:
        query = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return _malformed(wire)
    if query.flags & dns.flags.QR:
        return None
    response = dns.message.make_response(query, our_payload=_EDNS_LIMIT)
    refusal = _refusal(query)
    if refusal is not None:
        response.set_rcode(refusal)
    else:
        question = query.question[0]
        name = absolute(question.name.to_text())
        kind = dns.rdatatype.to_text(question.rdtype)
        _fill(response, zone.ask(name, kind, healthy), zone)
    if limit == UDP_LIMIT and query.edns >= 0:
        limit = max(UDP_LIMIT, min(query.payload, _EDNS_LIMIT))
    return response.to_wire(max_size=limit, prefer_truncation=True)


def _refusal(query: dns.message.Message) -> dns.rcode.Rcode | None:
    if query.opcode() != dns.opcode.QUERY:
        return dns.rcode.NOTIMP
    if len(query.question) != 1:
        return dns.rcode.FORMERR
    if query.question[0].rdclass != dns.rdataclass.IN:
        return dns.rcode.REFUSED
    return None


def _fill(response: dns.message.Message, answer: Answer, zone: Zone) -> None:
    response.set_rcode(_RCODES[answer.outcome])
    if answer.outcome is Outcome.OUTSIDE:
        return
    response.flags |= dns.flags.AA
    for record in answer.records:
        # Compression makes the owner a pointer to the question, so the asked spelling goes back.
        response.answer.append(_rrset(record))
    if answer.outcome is not Outcome.FOUND:
        response.authority.append(_rrset(zone.soa))


def _rrset(record: RecordSet) -> dns.rrset.RRset:
    kind = dns.rdatatype.from_text(record.type)
    rdatas = [
        dns.rdata.from_text(dns.rdataclass.IN, kind, value, origin=dns.name.root, relativize=False)
        for value in record.values
    ]
    return dns.rrset.from_rdata_list(dns.name.from_text(record.name), record.ttl_seconds, rdatas)


def _malformed(wire: bytes) -> bytes | None:
    """Answer FORMERR to what has at least a query's header."""
    if len(wire) < _HEADER_BYTES or wire[2] & 0x80:
        return None
    response = dns.message.Message(id=int.from_bytes(wire[:2], "big"))
    response.flags = dns.flags.Flag(dns.flags.QR)
    response.set_rcode(dns.rcode.FORMERR)
    return response.to_wire()
