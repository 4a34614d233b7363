"""Which site the hosted zone's own name servers answer."""

from contextlib import ExitStack

import pytest

from landbridge.adapters.zone import site_answering
from landbridge.domain.errors import SiteUnknownError
from landbridge.domain.settings import Names
from tests.adapters.scripted_name_server import name_server

AWS, AZURE, STRANGER = "127.1.2.3", "127.4.5.6", "127.7.8.9"
NAMES = Names("shop.test", "orders.shop.test", "health.shop.test", "health-azure.shop.test")


def answered(*workload: list[str] | str, health_azure: str = AZURE) -> tuple[str, list[str]]:
    """Return what is made of name servers that answer so for the users' name, and who they are."""
    with ExitStack() as stack:
        servers = []
        for told in workload:
            records = [f"{NAMES.workload} A {one}" for one in told]
            script = {
                NAMES.workload: told if isinstance(told, str) else records,
                NAMES.health_aws: [f"{NAMES.health_aws} A {AWS}"],
                NAMES.health_azure: [f"{NAMES.health_azure} A {health_azure}"],
            }
            servers.append(stack.enter_context(name_server(script)).address)
        return site_answering(NAMES, servers), servers


@pytest.mark.parametrize(("address", "site"), [(AWS, "aws"), (AZURE, "azure")])
def test_a_site_is_known_by_its_health_name(address: str, site: str) -> None:
    """The users' name leads to the addresses of one site's own name, at every server."""
    assert answered([address], [address])[0] == site


def test_name_servers_that_differ_are_all_quoted() -> None:
    """While one server still answers AWS the switch is not done, and it is named."""
    said, (first, second) = answered([AZURE], [AWS])
    assert f"{first}: azure" in said
    assert f"{second}: aws" in said


def test_addresses_of_no_site_are_said_as_they_are() -> None:
    """A stranger's address, both sites at once, or one address for both: no site."""
    assert answered([STRANGER])[0] == STRANGER
    both, _ = answered([AWS, AZURE])
    assert AWS in both
    assert AZURE in both
    assert answered([AWS], health_azure=AWS)[0] == AWS


def test_a_server_that_fails_is_unknown() -> None:
    """One that refuses leaves the answer open; it is not the other site."""
    said, (first, second) = answered([AZURE], "REFUSED")
    assert f"{first}: azure" in said
    assert f"{second}: unknown" in said


def test_health_names_that_nobody_knows_are_unknown() -> None:
    """Without the sites' own names nothing can be said of the users' name."""
    with (
        name_server({NAMES.workload: [f"{NAMES.workload} A {AWS}"]}) as server,
        pytest.raises(SiteUnknownError),
    ):
        site_answering(NAMES, [server.address])
