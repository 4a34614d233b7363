"""Which price a vendor's answer gives: exactly one, or a reason why none was taken.

Sources: AWS Price List Query API, "GetProducts" (each product is a JSON text with its on-demand
terms and their price dimensions, some of them tiers that begin free); Azure Retail Prices API
(rows for each meter, a row for each tier; Windows, Spot and Low Priority are rows of their own).
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["AnswerError", "aws_filters", "aws_price", "azure_filter", "azure_price", "check_jump"]

_LANDED = 1e-9
_MOST_TIMES = 5.0


class AnswerError(Exception):
    """The answer has no price that is surely the one; the message says why."""


def aws_filters(query: Mapping[str, Any], region: str) -> list[dict[str, str]]:
    """Return GetProducts' filters; global services' products have no region."""
    wanted = dict(query["filters"])
    if not query.get("global"):
        wanted["regionCode"] = region
    return [
        {"Type": "TERM_MATCH", "Field": field, "Value": str(value)}
        for field, value in wanted.items()
    ]


def aws_price(products: Iterable[str], query: Mapping[str, Any]) -> float:
    """Return the on-demand price in US dollars of the one product that was found.

    Of tiers it is the first that costs something: free tiers are not counted on.
    """
    found = [price for product in products for price in _on_demand(json.loads(product))]
    return _the_one(found) * float(query.get("scale", 1))


def _on_demand(product: Mapping[str, Any]) -> Iterator[float]:
    for offer in product.get("terms", {}).get("OnDemand", {}).values():
        tiers = sorted(
            (float(tier.get("beginRange", 0)), float(tier["pricePerUnit"]["USD"]))
            for tier in offer.get("priceDimensions", {}).values()
            if "USD" in tier.get("pricePerUnit", {})
        )
        yield from [price for _, price in tiers if price > 0][:1]


def azure_filter(query: Mapping[str, Any], region: str) -> str:
    """Return the request's OData filter."""
    wanted = {
        **query["filter"],
        "armRegionName": query.get("region", region),
        "priceType": "Consumption",
    }
    return " and ".join(f"{field} eq '{value}'" for field, value in wanted.items())


def azure_price(items: Sequence[Mapping[str, Any]], query: Mapping[str, Any]) -> float:
    """Return the price in US dollars of the one meter that was found, likewise."""
    without = query.get("without", ())
    kept = [
        item
        for item in items
        if item.get("type") == "Consumption"
        and item.get("currencyCode") == "USD"
        and not any(word in _named(item) for word in without)
    ]
    meters: dict[str, list[tuple[float, float]]] = {}
    for item in kept:
        tier = (float(item.get("tierMinimumUnits") or 0), float(item["retailPrice"]))
        meters.setdefault(str(item.get("meterId")), []).append(tier)
    first = [[usd for _, usd in sorted(tiers) if usd > 0][:1] for tiers in meters.values()]
    return _the_one([usd for found in first for usd in found]) * float(query.get("scale", 1))


def check_jump(before: float, after: float) -> None:
    """Raise AnswerError for a price that is far from what it was: a unit changed, or a meter.

    Prices move by percents. One that was 0 may become anything.
    """
    if before > 0 and not before / _MOST_TIMES <= after <= before * _MOST_TIMES:
        raise AnswerError(f"{after:g} is over {_MOST_TIMES:g} times off: see whether its unit is")


def _named(item: Mapping[str, Any]) -> str:
    return " ".join(str(item.get(name, "")) for name in ("productName", "skuName", "meterName"))


def _the_one(found: Sequence[float]) -> float:
    prices = sorted(usd for usd in found if math.isfinite(usd))
    if not prices:
        raise AnswerError("nothing was found")
    if prices[-1] - prices[0] > _LANDED * prices[-1]:
        listed = ", ".join(f"{usd:g}" for usd in dict.fromkeys(prices))
        raise AnswerError(f"more than one price was found: {listed}")
    return prices[0]
