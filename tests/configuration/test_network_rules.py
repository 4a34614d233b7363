"""Networks: what a refusal of one says, field by field."""

from typing import Any

import pytest

from landbridge.configuration.deployment import check_context
from tests.configuration.changes import changed

ADMINISTRATORS = ["arn:aws:iam::111122223333:role/admin"]
ADDRESSES = ["203.0.113.1", "203.0.113.2"]


def refused(**primary: Any) -> list[str]:
    """Return what is said against a primary with these fields."""
    context = changed({"primary": {"administrators": ADMINISTRATORS, **primary}})
    return [str(problem) for problem in check_context(context).problems]


def test_those_who_have_clusters_are_asked_nothing() -> None:
    """Without the part there is no rule to break."""
    assert check_context(changed({})).problems == ()


def test_an_overlap_names_both_networks() -> None:
    """Field, value, rule and remedy, once for the pair."""
    (said,) = refused(network="10.32.0.0/16", vpn={"azure_addresses": ADDRESSES})
    assert said.startswith("primary.vpn.azure_network: '10.32.0.0/16': it shares addresses with ")
    assert "primary.network, 10.32.0.0/16" in said
    assert "Remedy: take two networks that do not overlap" in said


@pytest.mark.parametrize(
    ("network", "rule"),
    [
        ("10.16.0.1/16", "bits are set behind the prefix"),
        ("10.300.0.0/16", "a part is over 255"),
        ("52.16.0.0/16", "it is not private"),
        ("10.16.0.0/24", "its prefix is not from /16 to /20"),
        ("10.0.0.0/8", "its prefix is not from /16 to /20"),
    ],
)
def test_a_network_that_aws_would_refuse_is_refused_here(network: str, rule: str) -> None:
    """Before anything is made, with what to write instead."""
    said = refused(network=network)[0]
    assert said.startswith("primary.network: ")
    assert rule in said
    assert "Remedy: " in said


def test_a_gateways_address_is_a_public_one_of_two() -> None:
    """One address twice, and one that AWS could not reach, are refused."""
    (twice,) = refused(vpn={"azure_addresses": [ADDRESSES[0]] * 2})
    assert "no second way" in twice
    (private,) = refused(vpn={"azure_addresses": ["10.32.0.4", ADDRESSES[0]]})
    assert private.startswith("primary.vpn.azure_addresses[0]: '10.32.0.4': it is private")
    (one,) = refused(vpn={"azure_addresses": ADDRESSES[:1]})
    assert one.startswith("primary.vpn.azure_addresses: ")
