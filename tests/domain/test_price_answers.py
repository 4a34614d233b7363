"""Which price an answer of AWS or Azure gives: one, or a reason."""

import json
from typing import Any

import pytest

from landbridge.domain.price_answers import (
    AnswerError,
    aws_filters,
    aws_price,
    azure_filter,
    azure_price,
    check_jump,
)


def product(*tiers: tuple[str, str], currency: str = "USD") -> str:
    """Return one product as GetProducts answers it: a JSON text; tiers are beginning and price."""
    dimensions = {
        f"SKU.TERM.{number}": {
            "unit": "Hrs",
            "beginRange": begin,
            "endRange": "Inf",
            "description": f"${usd} per hour",
            "appliesTo": [],
            "rateCode": f"SKU.TERM.{number}",
            "pricePerUnit": {currency: usd},
        }
        for number, (begin, usd) in enumerate(tiers)
    }
    terms = {"OnDemand": {"SKU.TERM": {"priceDimensions": dimensions, "sku": "SKU"}}}
    return json.dumps({"product": {"sku": "SKU", "attributes": {}}, "terms": terms})


def item(usd: float, **changes: Any) -> dict[str, Any]:
    """Return one row as the Retail Prices API answers it."""
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": usd,
        "unitPrice": usd,
        "armRegionName": "eastus",
        "meterId": "meter-1",
        "meterName": "D2s v5",
        "productName": "Virtual Machines Dsv5 Series",
        "skuName": "D2s v5",
        "serviceName": "Virtual Machines",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "armSkuName": "Standard_D2s_v5",
        **changes,
    }


def test_filters_name_the_region_but_of_global_services() -> None:
    """Route 53's products have no region to match."""
    query = {"filters": {"usagetype": "NatGateway-Hours"}}
    fields = {one["Field"]: one["Value"] for one in aws_filters(query, "us-east-1")}
    assert fields == {"usagetype": "NatGateway-Hours", "regionCode": "us-east-1"}
    everywhere = aws_filters({**query, "global": True}, "us-east-1")
    assert [one["Field"] for one in everywhere] == ["usagetype"]
    assert {one["Type"] for one in everywhere} == {"TERM_MATCH"}


@pytest.mark.parametrize(
    ("products", "scale", "usd"),
    [
        ([product(("0", "0.0960000000"))], 1, 0.096),
        # The first 50 health checks are free, and are not counted on.
        ([product(("0", "0.0000000000"), ("50", "0.5000000000"))], 1, 0.5),
        ([product(("10240", "0.085"), ("0", "0.09"))], 1, 0.09),
        ([product(("0", "0.0000250000"))], 1_000_000, 25.0),
        ([product(("0", "0.1")), product(("0", "0.1"))], 1, 0.1),
    ],
)
def test_awss_first_tier_that_costs_is_taken(products: list[str], scale: int, usd: float) -> None:
    """Scaled to the table's unit."""
    assert aws_price(products, {"scale": scale}) == pytest.approx(usd)


@pytest.mark.parametrize(
    ("products", "why"),
    [
        ([], "nothing was found"),
        ([product(("0", "0.0"))], "nothing was found"),
        ([product(("0", "0.1"), currency="CNY")], "nothing was found"),
        ([product(("0", "0.1")), product(("0", "0.2"))], "more than one price was found: 0.1, 0.2"),
        ([json.dumps({"product": {}, "terms": {"Reserved": {}}})], "nothing was found"),
    ],
)
def test_an_answer_of_aws_that_is_not_clear_gives_none(products: list[str], why: str) -> None:
    """A filter that is too wide is no price."""
    with pytest.raises(AnswerError, match=why):
        aws_price(products, {})


def test_the_filter_asks_for_consumption_in_the_region() -> None:
    """A meter that is priced for all regions is asked for where it is."""
    query = {"filter": {"serviceName": "Virtual Machines", "armSkuName": "Standard_D2s_v5"}}
    assert azure_filter(query, "eastus") == (
        "serviceName eq 'Virtual Machines' and armSkuName eq 'Standard_D2s_v5'"
        " and armRegionName eq 'eastus' and priceType eq 'Consumption'"
    )
    assert "armRegionName eq 'Global'" in azure_filter({**query, "region": "Global"}, "eastus")


def test_windows_and_spot_are_other_things() -> None:
    """One size has a row for each of them; the Linux row is the one."""
    rows = [
        item(0.096),
        item(0.188, meterId="meter-2", productName="Virtual Machines Dsv5 Series Windows"),
        item(0.02, meterId="meter-3", meterName="D2s v5 Spot", skuName="D2s v5 Spot"),
        item(0.0192, meterId="meter-4", skuName="D2s v5 Low Priority"),
        item(519.0, meterId="meter-5", type="Reservation"),
        item(0.09, meterId="meter-6", currencyCode="EUR"),
    ]
    assert azure_price(rows, {"without": ["Windows", "Spot", "Low Priority"]}) == 0.096
    with pytest.raises(AnswerError, match="more than one price"):
        azure_price(rows, {})


def test_azures_first_tier_that_costs_is_taken() -> None:
    """Tiers are rows of one meter."""
    rows = [
        item(0.0),
        item(0.07, tierMinimumUnits=51_200.0),
        item(0.087, tierMinimumUnits=100.0),
    ]
    assert azure_price(rows, {}) == 0.087


def test_no_rows_are_no_price() -> None:
    """Nothing found is said."""
    with pytest.raises(AnswerError, match="nothing was found"):
        azure_price([], {})


@pytest.mark.parametrize(("before", "after"), [(0.1, 0.5), (0.1, 0.02), (0.0, 40.0), (0.1, 0.1)])
def test_a_price_may_move(before: float, after: float) -> None:
    """Up to five times either way; what was free may become anything."""
    check_jump(before, after)


@pytest.mark.parametrize(("before", "after"), [(0.1, 100.0), (25.0, 0.000025), (0.1, 0.0)])
def test_a_price_that_is_far_off_is_not_taken(before: float, after: float) -> None:
    """A price for each and one for a million are a million times apart."""
    with pytest.raises(AnswerError, match="5 times off"):
        check_jump(before, after)
