"""``landbridge cost`` as a person and a program ask it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from landbridge.adapters import price_table
from landbridge.cli.main import app
from landbridge.domain.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def in_a_copy_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work beside copies of cdk.json and prices.json."""
    for name in ("cdk.json", "prices.json"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def ask(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, ["cost", *arguments])


def configure(cost: dict[str, Any]) -> None:
    """Write that into cdk.json."""
    document = json.loads(Path("cdk.json").read_text())
    document["context"]["landbridge"]["cost"] = cost
    Path("cdk.json").write_text(json.dumps(document))


def test_the_share_is_shown_with_what_was_assumed() -> None:
    """18 % with the assumed sizes, which are called assumed, and where prices are from."""
    shown = ask()
    assert shown.exit_code == 0, shown.output
    (warm,) = [line for line in shown.output.splitlines() if line.strip().startswith("warm ")]
    assert warm.split()[1:4] == ["200.37", "18.0%", "65.7"]
    assert shown.output.count("assumed: ") == 5
    assert (
        "assumed: prices: of us-east-1 and eastus, though cdk.json is in eu-west-1" in shown.output
    )
    assert "List prices on demand, the oldest of 2026-11-23" in shown.output


def test_a_program_reads_every_line() -> None:
    """Lines add up to their bill, and null is what nobody knows."""
    told = json.loads(ask("--json").stdout)
    for bill in (told["primary"], *told["standbys"].values(), told["orchestrator"]):
        assert bill["usd"] == pytest.approx(sum(line["usd"] for line in bill["lines"]), abs=0.01)
    assert told["standbys"]["cold"]["rto_seconds"] is None
    assert told["usd_per_month_per_second_of_rto"] == pytest.approx(38.219, abs=1e-3)


def test_sizes_of_ones_own_take_the_assumptions_place() -> None:
    """What cdk.json says is counted, and no longer assumed."""
    configure(
        {
            "primary": {"aws.ec2.m5.large": 2},
            "warm": {"azure.vm.B2s": 1},
            "warm_rto": {"seconds": 90, "source": "our GameDay of May"},
        }
    )
    told = json.loads(ask("--json").stdout)
    assert told["primary"]["usd"] == pytest.approx(2 * 0.096 * 730)
    assert told["standbys"]["warm"]["share"] == pytest.approx(0.0416 / 0.192, abs=1e-4)
    assert told["standbys"]["warm"]["rto_source"] == "our GameDay of May"
    assert [text.partition(":")[0] for text in told["assumptions"]] == ["cold", "hot", "prices"]


def test_a_size_without_a_price_is_named() -> None:
    """The error has the field and a price that is near; there is no half of a report."""
    configure({"warm": {"azure.vm.D3s_v5": 1}})
    answer = ask("--json")
    assert isinstance(answer.exception, ConfigurationError)
    assert "cost.warm: 'azure.vm.D3s_v5' has no price" in str(answer.exception)
    assert "azure.vm." in answer.exception.remedy
    assert answer.stdout == ""


class Vendors:
    """Both vendors, who know one price."""

    def price(self, query: dict[str, Any], _table: object) -> float:
        """Return it, or say that there is none."""
        if query.get("filter", {}).get("armSkuName") == "Standard_D2s_v5":
            return 0.2
        raise price_table.AnswerError("nothing was found")


def test_a_refresh_keeps_what_it_found_and_says_what_it_did_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The new price is in the file and in the bill; the exit status says that some are old."""
    monkeypatch.setattr(price_table, "Vendors", Vendors)
    before = json.loads(Path("prices.json").read_text())
    answer = ask("--refresh", "--json")
    assert answer.exit_code == 1
    assert "nothing was found" in answer.stderr
    told = json.loads(answer.stdout)
    assert told["standbys"]["warm"]["usd"] == pytest.approx(200.37 + 2 * 0.104 * 730)
    after = json.loads(Path("prices.json").read_text())
    changed = [
        new["id"] for old, new in zip(before["prices"], after["prices"], strict=True) if old != new
    ]
    assert changed == ["azure.vm.D2s_v5"]


def test_a_refresh_that_finds_nothing_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is the same, byte for byte."""
    monkeypatch.setattr(price_table, "Vendors", Vendors)
    monkeypatch.setattr(Vendors, "price", lambda *_: (_ for _ in ()).throw(_none()))
    before = Path("prices.json").read_bytes()
    assert ask("--refresh").exit_code == 1
    assert Path("prices.json").read_bytes() == before


def _none() -> Exception:
    return price_table.AnswerError("nothing was found")


def test_sites_that_are_made_are_counted_as_they_are_made() -> None:
    """With `primary` in cdk.json: its nodes, and both halves of the VPN in the standby's bill."""
    document = json.loads(Path("cdk.json").read_text())
    document["context"]["landbridge"]["primary"] = {
        "administrators": ["arn:aws:iam::111122223333:role/admin"],
        "nodes": 6,
        "vpn": {"azure_addresses": ["203.0.113.1", "203.0.113.2"]},
    }
    Path("cdk.json").write_text(json.dumps(document))
    told = json.loads(ask("--json").stdout)
    primary = {line["id"]: line["count"] for line in told["primary"]["lines"]}
    warm = {line["id"]: line["count"] for line in told["standbys"]["warm"]["lines"]}
    assert primary["aws.ec2.m5.xlarge"] == 6
    assert (warm["aws.vpn.hour"], warm["azure.vpn.VpnGw1AZ"]) == (2, 1)
    assert any(text.startswith("warm: what standby.bicep makes") for text in told["assumptions"])
