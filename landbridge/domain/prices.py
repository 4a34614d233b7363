"""The price table: list prices in US dollars, each with its unit, its date and where it is from.

A source begins with ``V`` (several independent places agree, or an API said it) or ``GK`` (general
knowledge: look before you rely on it).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.domain.errors import ConfigurationError

__all__ = ["HOURS_PER_MONTH", "UNITS", "Price", "PriceTable", "parse_price_table"]

HOURS_PER_MONTH = 730.0  # 8,760 a year by 12, as both clouds' calculators have it

# How often a month has the unit, for something that is there all month. ``each`` and the like are
# used as often as the count says.
UNITS: Mapping[str, float] = {
    "hour": HOURS_PER_MONTH,
    "month": 1.0,
    "GB-month": 1.0,
    "GB": 1.0,
    "million": 1.0,
    "GB-second": 1.0,
}
_ID = re.compile(r"(aws|azure)(\.[A-Za-z0-9_-]+)+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_GLOBAL = "Global"  # as Azure's own rows have it
_REMEDY = "see prices.json as the repository has it"


@dataclass(frozen=True)
class Price:
    """One list price; ``query`` is how ``landbridge cost --refresh`` asks for it, if it can.

    ``region`` is the vendor's, or Global where the thing is priced for all of them.
    """

    id: str
    what: str
    usd: float
    unit: str
    date: str
    source: str
    region: str
    query: Mapping[str, Any] | None = None

    @property
    def usd_per_month(self) -> float:
        """What one of it costs in a month."""
        return self.usd * UNITS[self.unit]


@dataclass(frozen=True)
class PriceTable:
    """The prices by their ids, and the regions that they are of."""

    aws_region: str
    azure_region: str
    prices: Mapping[str, Price]

    def price(self, price_id: str, where: str) -> Price:
        """Return a price; raise ConfigurationError, which says where it is wanted and what is near.

        ``where`` is a field of the configuration.
        """
        found = self.prices.get(price_id)
        if found is not None:
            return found
        family = price_id.rpartition(".")[0]
        near = sorted(one for one in self.prices if one.startswith(family)) or sorted(self.prices)
        raise ConfigurationError(
            f"{where}: {price_id!r} has no price", f"add it to prices.json, or use {near[0]!r}"
        )


def parse_price_table(document: object) -> PriceTable:
    """Return the table; raise ConfigurationError, which names the price and the field."""
    if not isinstance(document, Mapping) or document.get("schema") != 1:
        raise ConfigurationError("prices: schema 1 is needed", _REMEDY)
    regions, rows = document.get("regions"), document.get("prices")
    if not isinstance(regions, Mapping) or not isinstance(rows, list):
        raise ConfigurationError("prices: regions and prices are needed", _REMEDY)
    prices: dict[str, Price] = {}
    for number, row in enumerate(rows):
        price = _price(row, f"prices[{number}]", regions)
        if price.id in prices:
            raise ConfigurationError(f"prices[{number}].id: {price.id!r} is there twice", _REMEDY)
        prices[price.id] = price
    return PriceTable(str(regions.get("aws")), str(regions.get("azure")), prices)


def _price(row: object, where: str, regions: Mapping[str, Any]) -> Price:
    if not isinstance(row, Mapping):
        raise ConfigurationError(f"{where}: an object is needed", _REMEDY)
    usd, query = row.get("usd"), row.get("query")
    if isinstance(usd, bool) or not isinstance(usd, int | float) or not 0 <= usd < math.inf:
        raise ConfigurationError(f"{where}.usd: {usd!r} is no price", _REMEDY)
    if row.get("unit") not in UNITS:
        known = ", ".join(UNITS)
        raise ConfigurationError(f"{where}.unit: {row.get('unit')!r} is no unit", f"use {known}")
    if query is not None and not isinstance(query, Mapping):
        raise ConfigurationError(f"{where}.query: an object or null is needed", _REMEDY)
    price_id = _text(row, "id", where, _ID)
    return Price(
        id=price_id,
        what=_text(row, "what", where),
        usd=float(usd),
        unit=str(row["unit"]),
        date=_text(row, "date", where, _DATE),
        source=_text(row, "source", where, re.compile(r"(V|GK): .+")),
        region=_region(price_id, query or {}, regions),
        query=query,
    )


def _region(price_id: str, query: Mapping[str, Any], regions: Mapping[str, Any]) -> str:
    if query.get("global"):
        return _GLOBAL
    return str(query.get("region") or regions.get(price_id.partition(".")[0]))


def _text(
    row: Mapping[str, Any], name: str, where: str, shape: re.Pattern[str] | None = None
) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value or (shape and not shape.fullmatch(value)):
        raise ConfigurationError(f"{where}.{name}: {value!r} is not as it must be", _REMEDY)
    return value
