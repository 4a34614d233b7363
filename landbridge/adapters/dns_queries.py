"""One question to one name server, with dnspython."""

from typing import cast

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from landbridge.adapters.name_servers import left_seconds
from landbridge.domain.errors import SiteUnknownError

__all__ = ["ask"]


def ask(name: str, server: str, address: str, port: int, deadline: float) -> tuple[str, ...] | str:
    """Return the addresses that the server has for ``name``, or the name that it leads to.

    ``server`` is the server as an error says it; ``deadline`` is of time.monotonic, in seconds.
    Raises SiteUnknownError.
    """
    query = dns.message.make_query(name, dns.rdatatype.A, flags=0)  # 0: no recursion wanted
    try:
        response = _exchange(query, address, port, deadline)
        if response.rcode() != dns.rcode.NOERROR:
            raise SiteUnknownError(f"{name}: {server}: {dns.rcode.to_text(response.rcode())}")
        chain = response.resolve_chaining()
    except (dns.exception.DNSException, OSError) as error:
        reason = str(error) or type(error).__name__
        raise SiteUnknownError(f"{name}: {server}: {reason}") from error
    if chain.answer is not None:
        return tuple(record.address for record in chain.answer)
    if chain.cnames:
        return chain.canonical_name.to_text(omit_final_dot=True)
    raise SiteUnknownError(f"{name}: {server}: no address")


def _exchange(
    query: dns.message.QueryMessage, address: str, port: int, deadline: float
) -> dns.message.QueryMessage:
    try:
        response = dns.query.udp(
            query,
            address,
            port=port,
            timeout=left_seconds(deadline),
            ignore_unexpected=True,
            raise_on_truncation=True,
        )
    except dns.message.Truncated:
        response = dns.query.tcp(query, address, port=port, timeout=left_seconds(deadline))
    return cast("dns.message.QueryMessage", response)
