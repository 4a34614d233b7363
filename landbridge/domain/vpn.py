"""The way between the clouds as both halves have to have it: who each is, and addresses within.

AWS's half is the stack Primary, Azure's are network.bicep and link.bicep; tests hold the latter to
this.
"""

from ipaddress import IPv4Address, IPv4Network

__all__ = [
    "AWS_ASN",
    "AZURE_ASN",
    "CONNECTIONS",
    "TUNNELS_EACH",
    "aws_address",
    "azure_address",
    "inside_network",
]

# Private autonomous systems (RFC 6996): AWS's default one, and one that Azure keeps for nothing
# (VPN Gateway FAQ, "What ASNs are reserved by Azure?").
AWS_ASN, AZURE_ASN = 64_512, 65_000
# One for each instance of Azure's gateway; AWS makes two tunnels of each.
CONNECTIONS, TUNNELS_EACH = 2, 2


def inside_network(connection: int, tunnel: int) -> IPv4Network:
    """Return a tunnel's own network of four addresses, both counted from 0.

    Azure takes 169.254.21.0 to 169.254.22.255 alone for that (VPN Gateway, "How to configure BGP
    for VPN Gateway", custom APIPA addresses).
    """
    return IPv4Network(f"169.254.{21 + tunnel}.{4 * connection}/30")


def aws_address(connection: int, tunnel: int) -> IPv4Address:
    """Return AWS's end of a tunnel: the first host (Site-to-Site VPN, "Tunnel options")."""
    return inside_network(connection, tunnel)[1]


def azure_address(connection: int, tunnel: int) -> IPv4Address:
    """Return Azure's end of it: the second host, which belongs to that connection's instance."""
    return inside_network(connection, tunnel)[2]
