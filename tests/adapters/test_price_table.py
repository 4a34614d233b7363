"""Prices asked for at servers on this machine that answer in the vendors' own shapes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from landbridge.adapters.price_table import Vendors, read_prices, refresh, write_prices
from landbridge.domain.errors import ConfigurationError
from tests.adapters.serving import running
from tests.domain.test_cost import row
from tests.domain.test_price_answers import item, product

NODE = {"api": "aws", "service": "AmazonEC2", "filters": {"instanceType": "m5.large"}}
VM = {
    "api": "azure",
    "filter": {"serviceName": "Virtual Machines", "armSkuName": "Standard_D2s_v5"},
    "without": ["Windows"],
}


class Prices:
    """Both vendors' APIs: answers by page, and what was asked."""

    def __init__(self) -> None:
        self.products = [[product(("0", "0.10"))]]
        self.rows = [[item(0.11)]]
        self.status = 200
        self.next_host = ""
        self.asked: list[Any] = []
        self.url = ""

    def aws(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return one page of GetProducts."""
        self.asked.append(request)
        page = int(request.get("NextToken", 0))
        more = {"NextToken": str(page + 1)} if page + 1 < len(self.products) else {}
        return {"FormatVersion": "aws_v1", "PriceList": self.products[page], **more}

    def azure(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """Return one page of the Retail Prices API."""
        self.asked.append(query)
        page = int(query.get("$skip", ["0"])[0])
        link = None
        if page + 1 < len(self.rows):
            link = f"{self.next_host or self.url}/azure?api-version=x&$filter=a b&$skip={page + 1}"
        items = self.rows[page]
        return {
            "BillingCurrency": "USD",
            "CustomerEntityId": "Default",
            "CustomerEntityType": "Retail",
            "Items": items,
            "NextPageLink": link,
            "Count": len(items),
        }


@contextmanager
def serving(prices: Prices) -> Iterator[Vendors]:
    """Serve both; give what asks them."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(prices.aws(body))

        def do_GET(self) -> None:
            self._answer(prices.azure(parse_qs(urlsplit(self.path).query)))

        def _answer(self, document: dict[str, Any]) -> None:
            data = json.dumps(document).encode()
            self.send_response(prices.status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    prices.url = f"http://127.0.0.1:{server.server_port}"
    with running(server):
        yield Vendors(prices.url, f"{prices.url}/azure")


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a table with a price of each vendor, and one that nobody can be asked for."""
    document = {
        "schema": 1,
        "regions": {"aws": "us-east-1", "azure": "eastus"},
        "prices": [
            row("aws.node", 0.2, "hour", query=NODE),
            row("azure.vm", 0.1, "hour", query=VM),
            row("azure.free", 0.0, "hour"),
        ],
    }
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(document))
    return path


def test_prices_are_found_and_kept_with_their_day_and_source(file: Path) -> None:
    """Both vendors are asked for the region's price; what has no query stays as it is."""
    prices = Prices()
    table, document = read_prices(file)
    with serving(prices) as vendors:
        found = {one.id: one.after for one in refresh(table, vendors)}
    assert found == {"aws.node": 0.10, "azure.vm": 0.11}
    asked_aws, asked_azure = prices.asked
    assert asked_aws["ServiceCode"] == "AmazonEC2"
    assert {one["Field"]: one["Value"] for one in asked_aws["Filters"]} == {
        "instanceType": "m5.large",
        "regionCode": "us-east-1",
    }
    assert "armRegionName eq 'eastus'" in asked_azure["$filter"][0]

    write_prices(file, document, {k: v for k, v in found.items() if v is not None}, "2027-01-02")

    kept = read_prices(file)[0].prices
    assert (kept["aws.node"].usd, kept["aws.node"].date) == (0.10, "2027-01-02")
    assert kept["aws.node"].source == "V: AWS Price List Query API"
    assert kept["azure.vm"].source == "V: Azure Retail Prices API"
    assert (kept["azure.free"].date, kept["azure.free"].source) == (
        "2026-11-23",
        "GK: the test's own",
    )
    assert [one.name for one in file.parent.iterdir()] == ["prices.json"]


def test_an_answer_in_pages_is_read_to_its_end(file: Path) -> None:
    """The one price may be on the last page; two on different pages are two."""
    prices = Prices()
    prices.products = [[], [product(("0", "0.10"))]]
    prices.rows = [[item(0.188, productName="... Windows")], [item(0.11)]]
    table, _ = read_prices(file)
    with serving(prices) as vendors:
        assert [one.after for one in refresh(table, vendors)] == [0.10, 0.11]
    prices.rows = [[item(0.11)], [item(0.12, meterId="meter-2")]]
    with serving(prices) as vendors:
        problems = {one.id: one.problem for one in refresh(table, vendors)}
    assert problems["azure.vm"] == "more than one price was found: 0.11, 0.12"


def test_a_vendor_that_fails_keeps_its_old_prices(file: Path) -> None:
    """Each price that was not found has its reason; nothing becomes zero."""
    prices = Prices()
    prices.status = 500
    table, _ = read_prices(file)
    with serving(prices) as vendors:
        rows = list(refresh(table, vendors))
    assert [(row.before, row.after) for row in rows] == [(0.2, None), (0.1, None)]
    assert "the Price List API" in rows[0].problem
    assert "the Retail Prices API answered 500" in rows[1].problem


def test_a_table_that_cannot_be_written_stays_whole(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full half way leaves the old table, and nothing beside it."""
    before = file.read_bytes()
    _, document = read_prices(file)

    def full(path: Path, text: str, **_options: Any) -> None:
        path.write_bytes(text[:20].encode())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ConfigurationError, match=r"prices\.json stays as it was: .*No space left"):
        write_prices(file, document, {"aws.node": 0.3}, "2027-01-02")
    assert file.read_bytes() == before
    assert [one.name for one in file.parent.iterdir()] == ["prices.json"]


def test_a_price_of_another_unit_keeps_the_old_one(file: Path) -> None:
    """A thousandfold price is a changed unit until a person has looked."""
    prices = Prices()
    prices.products = [[product(("0", "200.0"))]]
    table, _ = read_prices(file)
    with serving(prices) as vendors:
        aws, azure = refresh(table, vendors)
    assert (aws.after, azure.after) == (None, 0.11)
    assert "200 is over 5 times off" in aws.problem


def test_a_vendor_that_is_not_there_is_named(file: Path) -> None:
    """Without a network every price has a reason."""
    with serving(Prices()) as vendors:
        pass
    table, _ = read_prices(file)
    problems = [one.problem for one in refresh(table, vendors)]
    assert "did not answer" in problems[0]
    assert "did not answer" in problems[1]


def test_a_link_to_another_host_is_not_followed(file: Path) -> None:
    """The next page is on the same host, or there is none."""
    prices = Prices()
    prices.rows = [[item(0.11)], [item(0.11)]]
    prices.next_host = "http://localhost:1"
    table, _ = read_prices(file)
    with serving(prices) as vendors:
        (problem,) = [one.problem for one in refresh(table, vendors) if one.id == "azure.vm"]
    assert "another host" in problem


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 1}'])
def test_a_broken_table_names_its_file(text: str, tmp_path: Path) -> None:
    """The error has the path and what to do."""
    path = tmp_path / "prices.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"prices\.json"):
        read_prices(path)
    with pytest.raises(ConfigurationError, match=r"nowhere\.json"):
        read_prices(tmp_path / "nowhere.json")
