"""The price table as a file, and the vendors' APIs that it can be refreshed from."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
from botocore.config import Config

from landbridge.adapters.aws_errors import aws_errors
from landbridge.adapters.http_probe import NoAnswerError, request_json
from landbridge.domain.errors import ConfigurationError, LandbridgeError, SiteUnknownError
from landbridge.domain.foreign import shown_path, unreadable
from landbridge.domain.price_answers import (
    AnswerError,
    aws_filters,
    aws_price,
    azure_filter,
    azure_price,
    check_jump,
)
from landbridge.domain.prices import Price, PriceTable, parse_price_table

__all__ = ["PRICES", "Refreshed", "Vendors", "read_prices", "refresh", "write_prices"]

PRICES = Path("prices.json")
# The Price List Query API is in a few regions only (AWS Billing User Guide, "Endpoints").
_PRICING_REGION = "us-east-1"
_AZURE = "https://prices.azure.com/api/retail/prices"
_AZURE_VERSION = "2023-01-01-preview"
_SOURCES = {"aws": "V: AWS Price List Query API", "azure": "V: Azure Retail Prices API"}
_TIMEOUT_SECONDS = 20.0
_PAGES = 20
_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3})


@dataclass(frozen=True)
class Refreshed:
    """One price: what it was, what it is (None: not taken), and why not."""

    id: str
    before: float
    after: float | None
    problem: str = ""


def read_prices(path: Path) -> tuple[PriceTable, dict[str, Any]]:
    """Return the table and its document; raise ConfigurationError, which names file and field."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = unreadable(str(path), error)
        raise ConfigurationError(why, "take it from the repository") from None
    try:
        return parse_price_table(document), document
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{shown_path(str(path))}: {error.message}", error.remedy
        ) from None


class Vendors:
    """Both APIs; addresses are replaced where something else stands for them."""

    def __init__(self, aws_url: str | None = None, azure_url: str = _AZURE) -> None:
        with aws_errors("the Price List API"):
            self._pricing: Any = boto3.client(
                "pricing", region_name=_PRICING_REGION, endpoint_url=aws_url, config=_CONFIG
            )
        self._azure_url = azure_url

    def price(self, query: Mapping[str, Any], table: PriceTable) -> float:
        """Return what one query finds.

        Raises AnswerError where the answer is not clear, and AccessDeniedError, ConfigurationError
        or SiteUnknownError where there was none.
        """
        if query["api"] == "aws":
            return aws_price(self._products(query, table.aws_region), query)
        return azure_price(list(self._items(azure_filter(query, table.azure_region))), query)

    def _products(self, query: Mapping[str, Any], region: str) -> list[str]:
        with aws_errors("the Price List API"):
            pages = self._pricing.get_paginator("get_products").paginate(
                ServiceCode=query["service"],
                Filters=aws_filters(query, region),
                FormatVersion="aws_v1",
            )
            return [product for page in pages for product in page["PriceList"]]

    def _items(self, odata: str) -> Iterator[Mapping[str, Any]]:
        url = f"{self._azure_url}?api-version={_AZURE_VERSION}&$filter={quote(odata)}"
        for _ in range(_PAGES):
            page = self._page(url)
            yield from page.get("Items", [])
            url = page.get("NextPageLink") or ""
            if not url:
                return
            if urlsplit(url).hostname != urlsplit(self._azure_url).hostname:
                raise SiteUnknownError(f"the Retail Prices API leads to another host: {url}")
        raise AnswerError(f"it goes on after {_PAGES} pages")

    def _page(self, url: str) -> dict[str, Any]:
        try:
            status, page = request_json(
                "GET", url.replace(" ", "%20"), timeout_seconds=_TIMEOUT_SECONDS
            )
        except NoAnswerError as error:
            raise SiteUnknownError(f"the Retail Prices API did not answer: {error}") from None
        if status != 200 or not isinstance(page, dict):  # noqa: PLR2004 - HTTP's OK
            raise SiteUnknownError(f"the Retail Prices API answered {status}")
        return page


def refresh(table: PriceTable, vendors: Vendors) -> Iterator[Refreshed]:
    """Yield each price that has a query as it is now; what was not found keeps its old price."""
    for price in table.prices.values():
        if price.query is not None:
            yield _refreshed(price, price.query, table, vendors)


def _refreshed(
    price: Price, query: Mapping[str, Any], table: PriceTable, vendors: Vendors
) -> Refreshed:
    try:
        found = vendors.price(query, table)
        check_jump(price.usd, found)
        return Refreshed(price.id, price.usd, found)
    except AnswerError as error:
        return Refreshed(price.id, price.usd, None, str(error))
    except LandbridgeError as error:
        return Refreshed(price.id, price.usd, None, error.message)
    except (KeyError, TypeError, ValueError) as error:
        return Refreshed(price.id, price.usd, None, f"not as documented: {error!r}")


def write_prices(
    path: Path, document: Mapping[str, Any], found: Mapping[str, float], today: str
) -> None:
    """Write the table with the prices that were found, dated ``today``; the rest stays as it is.

    The whole of it takes the old one's place, or none. Raises ConfigurationError, which names it.
    """
    rows = []
    for row in document["prices"]:
        usd = found.get(row["id"])
        fresh = {} if usd is None else {"usd": usd, "date": today, "source": _source(row)}
        rows.append({**row, **fresh})
    half = path.with_name(f".{path.name}.half")
    text = json.dumps({**document, "prices": rows}, indent=2) + "\n"
    try:
        half.write_text(text, encoding="utf-8")
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise ConfigurationError(f"{path} stays as it was: {error}", "make it writable") from None


def _source(row: Mapping[str, Any]) -> str:
    return _SOURCES[str(row["query"]["api"])]
