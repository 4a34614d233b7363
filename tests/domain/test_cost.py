"""Bills against an example worked by hand, and what may not be known."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from landbridge.domain.cost import (
    Bill,
    RtoFigure,
    bill_of,
    gameday_bill,
    share_of,
    usd_per_month_per_second,
)
from landbridge.domain.cost_gameday import GamedayFacts, gameday_counts, gameday_states, looks_of
from landbridge.domain.cost_orchestrator import OrchestratorFacts, orchestrator_counts
from landbridge.domain.cost_report import CostInputs, cost_report
from landbridge.domain.cost_shapes import ORIGINAL, ORIGINAL_SHARE
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.plan import WARMED
from landbridge.domain.prices import PriceTable, parse_price_table
from landbridge.domain.settings import Gameday

ROOT = Path(__file__).resolve().parents[2]
PRICES = {
    "aws.node": (0.20, "hour"),
    "aws.disk": (0.10, "GB-month"),
    "aws.egress": (0.09, "GB"),
    "azure.node": (0.10, "hour"),
    "azure.disk": (20.0, "month"),
    "azure.egress": (0.08, "GB"),
    "aws.sfn.transitions": (25.0, "million"),
    "aws.lambda.requests": (0.2, "million"),
}


def row(price_id: str, usd: float, unit: str, **changes: Any) -> dict[str, Any]:
    """Return one price as the file has it."""
    return {
        "id": price_id,
        "what": price_id,
        "usd": usd,
        "unit": unit,
        "date": "2026-11-23",
        "source": "GK: the test's own",
        "query": None,
        **changes,
    }


def table_of(*rows: dict[str, Any]) -> PriceTable:
    """Return a table of those rows."""
    regions = {"aws": "us-east-1", "azure": "eastus"}
    return parse_price_table({"schema": 1, "regions": regions, "prices": list(rows)})


TABLE = table_of(*(row(price_id, *price) for price_id, price in PRICES.items()))


def bill(**counts: float) -> Bill:
    """Return the bill of counts by ids with a dot for each double underscore."""
    named = {name.replace("__", "."): count for name, count in counts.items()}
    return bill_of(named, TABLE, "cost.test")


# Worked by hand, with 730 hours a month:
#   primary: 4 nodes    4 x 0.20 x 730 = 584.00
#            500 GB   500 x 0.10       =  50.00   -> 634.00
#   warm:    1 node     1 x 0.10 x 730 =  73.00
#            1 disk     1 x 20         =  20.00
#            100 GB   100 x 0.09       =   9.00   -> 102.00, 102 / 634 = 16.088 %
#   hot:     4 nodes    4 x 0.10 x 730 = 292.00
#            2 disks    2 x 20         =  40.00
#            100 GB                    =   9.00   -> 341.00, 341 / 634 = 53.785 %
#   a second of RTO, from 60 s to 30 s: (341 - 102) / 30 = 7.9667 a month
#   a GameDay of 3 hours with 10 GB rebuilt each way:
#            larger: 3 h x (4 - 1) nodes x 0.10 = 0.90 (disks are there by the month, not the hour)
#            egress: 10 x 0.09 + 10 x 0.08      = 1.70
#            50 transitions, 50 requests: 50e-6 x 25 + 50e-6 x 0.2 = 0.00126   -> 2.60126
PRIMARY = bill(aws__node=4, aws__disk=500)
WARM = bill(azure__node=1, azure__disk=1, aws__egress=100)
HOT = bill(azure__node=4, azure__disk=2, aws__egress=100)


def test_bills_are_what_a_hand_makes_of_them() -> None:
    """Each line is count times price times the hours of a month; the dearest is the first."""
    assert [(line.id, line.usd) for line in PRIMARY.lines] == [
        ("aws.node", pytest.approx(584.0)),
        ("aws.disk", pytest.approx(50.0)),
    ]
    assert (PRIMARY.usd, WARM.usd, HOT.usd) == pytest.approx((634.0, 102.0, 341.0))


def test_shares_and_the_price_of_a_second_follow() -> None:
    """16.1 % warm, 53.8 % hot, and 7.97 dollars a month for each second less."""
    assert share_of(WARM, PRIMARY) == pytest.approx(0.16088, abs=1e-5)
    assert share_of(HOT, PRIMARY) == pytest.approx(0.53785, abs=1e-5)
    slow, fast = RtoFigure(60.0, "a drill"), RtoFigure(30.0, "a drill")
    assert usd_per_month_per_second(WARM, slow, HOT, fast) == pytest.approx(7.96667, abs=1e-5)


def test_a_gameday_costs_hours_and_gigabytes() -> None:
    """Only what is billed by the hour grows for its hours."""
    used = {
        "aws.sfn.transitions": 50e-6,
        "aws.lambda.requests": 50e-6,
        "aws.egress": 10.0,
        "azure.egress": 10.0,
    }
    made = gameday_bill(WARM, HOT, 3.0, used, TABLE)
    assert made.lines[0].usd == pytest.approx(0.90)
    assert made.usd == pytest.approx(2.60126)


def test_a_standby_that_is_larger_than_hot_costs_a_gameday_no_less() -> None:
    """Nothing is given back for its hours."""
    assert gameday_bill(HOT, WARM, 3.0, {}, TABLE).usd == 0


def test_a_gamedays_looks_are_counted() -> None:
    """By hand, with a look each 15 s and phases of no minute: 0, 15, 30 s are three looks.

    Notice 30 s and ways of 30 s each: three looks in each of three phases, 3 x 3 x 3 = 27 states
    without their last waits, 24; soak 30 s: 3 x 4 - 1 = 11; 11 of its own: 46. With the runs' 61
    states 107 transitions, and as many calls of a second at half a GB.
    """
    options = Gameday(notice_seconds=30, soak_seconds=30, ways_seconds=60)
    assert looks_of(options, 30) == 3
    assert gameday_states(9, 3) == 46
    counts = gameday_counts(GamedayFacts(1.0, 4.0, options))
    assert counts == {
        "aws.sfn.transitions": pytest.approx(107e-6),
        "aws.lambda.requests": pytest.approx(107e-6),
        "aws.lambda.gb-second": pytest.approx(53.5),
        "aws.egress": 4.0,
        "azure.egress": 4.0,
    }


def test_looks_become_rarer_in_a_long_phase() -> None:
    """An hour with a look each 15 s would be 241 looks."""
    assert looks_of(Gameday(), 3_600) < 120
    assert looks_of(Gameday(), 0) == 1


@pytest.mark.parametrize(("slow", "fast"), [(None, 30.0), (60.0, None), (60.0, 60.0), (30.0, 60.0)])
def test_a_second_that_was_not_saved_has_no_price(slow: float | None, fast: float | None) -> None:
    """Unknown figures and a standby that is no faster give null, not zero and not infinity."""
    figures = RtoFigure(slow, "s"), RtoFigure(fast, "f")
    assert usd_per_month_per_second(WARM, figures[0], HOT, figures[1]) is None
    assert share_of(WARM, Bill(())) is None


def test_a_thing_without_a_price_is_named() -> None:
    """The error says which field wants it, and what is near it."""
    with pytest.raises(ConfigurationError, match=r"cost\.test: 'aws\.nodes' has no price") as seen:
        bill(aws__nodes=1)
    assert "'aws.disk'" in seen.value.remedy


BROKEN = [
    ({"usd": -1.0}, r"prices\[0\]\.usd: -1\.0 is no price"),
    ({"usd": float("nan")}, r"prices\[0\]\.usd: nan is no price"),
    ({"usd": "0.1"}, r"prices\[0\]\.usd: '0\.1' is no price"),
    ({"usd": True}, r"prices\[0\]\.usd: True is no price"),
    ({"unit": "year"}, r"prices\[0\]\.unit: 'year' is no unit"),
    ({"date": "yesterday"}, r"prices\[0\]\.date: 'yesterday'"),
    ({"source": "somebody said so"}, r"prices\[0\]\.source: 'somebody said so'"),
    ({"id": "gcp.node"}, r"prices\[0\]\.id: 'gcp\.node'"),
    ({"query": "all"}, r"prices\[0\]\.query"),
]


@pytest.mark.parametrize(("changes", "said"), BROKEN)
def test_a_price_that_cannot_be_is_named(changes: dict[str, Any], said: str) -> None:
    """Field, value and where; a price without a date or a source is no price."""
    with pytest.raises(ConfigurationError, match=said):
        table_of({**row("aws.node", 0.2, "hour"), **changes})


def test_a_price_is_there_once() -> None:
    """Of two prices for one thing neither is taken."""
    with pytest.raises(ConfigurationError, match=r"prices\[1\]\.id: 'aws\.node' is there twice"):
        table_of(row("aws.node", 0.2, "hour"), row("aws.node", 0.3, "hour"))


@pytest.mark.parametrize("document", [None, {}, {"schema": 2}, {"schema": 1, "prices": []}])
def test_what_is_no_table_is_refused(document: object) -> None:
    """An empty or newer file is named as such."""
    with pytest.raises(ConfigurationError, match="prices: "):
        parse_price_table(document)


# --- the repository's own table and the original's shape ---


def repository_table() -> PriceTable:
    """Return prices.json."""
    return parse_price_table(json.loads((ROOT / "prices.json").read_text()))


INPUTS = CostInputs({}, {}, GamedayFacts(1.0, 1.0), OrchestratorFacts(10, 2, hosted_zone=True))


def test_the_originals_shape_comes_out_near_its_share() -> None:
    """With the assumed sizes the warm standby is 18 % of the primary, within one point.

    By hand: warm 2 x 0.096 x 730 + 19.71 + 9.60 + 0.025 x 730 + 0.005 x 730 + 100 x 0.09 = 200.37;
    primary (4 x 0.192 + 0.384 + 0.10 + 2 x 0.045 + 0.0225 + 2 x 0.008 + 3 x 0.005) x 730
    + 500 x 0.08 + 200 x 0.045 + 500 x 0.09 = 1,112.715; 200.37 / 1,112.715 = 18.0 %.
    """
    report = cost_report(INPUTS, repository_table())
    assert report.standbys["warm"].usd == pytest.approx(200.37)
    assert report.primary.usd == pytest.approx(1_112.715)
    assert report.share("warm") == pytest.approx(ORIGINAL_SHARE, abs=0.01)
    cold, hot = report.share("cold"), report.share("hot")
    assert cold is not None
    assert hot is not None
    assert cold < 0.02
    assert hot > 0.8


def test_the_page_says_what_the_command_does() -> None:
    """The figures of docs/cost.md are those of today's prices, sizes and stacks."""
    page = (ROOT / "docs" / "cost.md").read_text()
    report = cost_report(INPUTS, repository_table())
    bills = report.standbys
    each = report.usd_per_month_per_second
    for said in (
        f"{bills['warm'].usd:,.2f} of {report.primary.usd:,.2f} USD a month, **18.0 %**",
        f"cold: {bills['cold'].usd:,.2f} USD, 1.1 %; hot: {bills['hot'].usd:,.2f} USD, 90.1 %",
        f"{each:,.2f} USD a month for each second",
        f"landbridge itself: {report.orchestrator.usd:,.2f} USD a month",
        f"rebuilt on each side: {report.gameday.usd:,.2f} USD",
    ):
        assert said in page


def test_what_is_assumed_is_said() -> None:
    """Each part that cdk.json does not tell is on the list; a part that it tells is not."""
    assumed = cost_report(INPUTS, repository_table()).assumptions
    assert [text.partition(":")[0] for text in assumed] == ["primary", "cold", "warm", "hot"]
    told = CostInputs(
        {"warm": {"azure.vm.D4s_v5": 1}},
        {"warm": RtoFigure(50.0, "our drill")},
        INPUTS.gameday,
        INPUTS.orchestrator,
    )
    report = cost_report(told, repository_table())
    assert [text.partition(":")[0] for text in report.assumptions] == ["primary", "cold", "hot"]
    assert report.standbys["warm"].usd == pytest.approx(0.192 * 730)
    document = report.document()
    assert document["standbys"]["warm"]["rto_source"] == "our drill"
    assert document["standbys"]["cold"]["rto_seconds"] is None
    json.dumps(document, allow_nan=False)


def test_prices_of_another_region_are_called_so() -> None:
    """The table has one region of each vendor; cdk.json may be elsewhere."""
    there = replace(INPUTS, aws_regions=("us-east-1", "us-east-1"))
    assert not any("prices:" in text for text in cost_report(there, repository_table()).assumptions)
    elsewhere = replace(INPUTS, aws_regions=("eu-west-1", "eu-central-1"))
    assert cost_report(elsewhere, repository_table()).assumptions[-1] == (
        "prices: of us-east-1 and eastus, though cdk.json is in eu-west-1 and eu-central-1"
    )


def test_a_program_reads_where_each_price_is_from() -> None:
    """Of each price that was counted with: its unit, region, day and source."""
    prices = {
        one["id"]: one for one in cost_report(INPUTS, repository_table()).document()["prices"]
    }
    assert prices["aws.ec2.m5.xlarge"]["region"] == "us-east-1"
    assert prices["azure.vm.D2s_v5"]["region"] == "eastus"
    assert prices["aws.route53.check-aws"]["region"] == "Global"
    assert prices["azure.lb.hour"]["region"] == "Global"
    assert "azure.vm.B2s" not in prices
    for one in prices.values():
        assert set(one) == {"id", "what", "usd", "unit", "date", "source", "region"}


def test_every_price_of_the_repository_is_dated_and_marked() -> None:
    """V or GK, a day, and a way to ask for it again or none."""
    for price in repository_table().prices.values():
        assert price.source.startswith(("V: ", "GK: ")), price.id
        assert price.date.startswith("2026-"), price.id
    used = {price_id for counts in ORIGINAL.values() for price_id in counts}
    assert used <= set(repository_table().prices)


def test_landbridges_own_bill_counts_checks_and_minutes() -> None:
    """Options are billed for each check; a slow interval is one option less.

    Fast: A has HTTPS and fast, 2 options of an AWS endpoint; Z and Z' have 2 each, G and H match a
    string too: 10 of endpoints elsewhere. Slow (30 s): A has 1; Z and Z' have 1 each, G and H
    still 3: 8.
    Calls: 43,800 minutes times the warmed steps, the warmer, the look, the watchdog and the
    preflight, which takes 2 s where the others take 0.1 s; at half a GB.
    """
    fast = orchestrator_counts(OrchestratorFacts(10, 2, hosted_zone=True))
    slow = orchestrator_counts(OrchestratorFacts(30, 4, hosted_zone=False))
    assert (fast["aws.route53.option-aws"], fast["aws.route53.option-other"]) == (2, 10)
    assert (slow["aws.route53.option-aws"], slow["aws.route53.option-other"]) == (1, 8)
    assert (fast["aws.route53.check-aws"], fast["aws.route53.check-other"]) == (3, 4)
    assert (slow["aws.secret"], slow["aws.route53.zone"]) == (4, 0)
    assert fast["aws.lambda.requests"] == pytest.approx(43_800 * (len(WARMED) + 4) / 1e6)
    seconds = 43_800 * ((len(WARMED) + 3) * 0.1 + 2.0)
    assert fast["aws.lambda.gb-second"] == pytest.approx(seconds / 2)


def test_landbridges_own_bill_has_what_it_reads_writes_and_keeps() -> None:
    """Each minute 9 units written, and 14.5 read: 100 KB not of the newest, and two small items.

    Three users of the table ask for its key each five minutes, 8,760 times a month. Eight runs a
    month of 100 KB for 84 months are 0.0672 GB.
    """
    counts = orchestrator_counts(INPUTS.orchestrator)
    assert counts["aws.dynamodb.writes"] == pytest.approx(43_800 * 9 / 1e6)
    assert counts["aws.dynamodb.reads"] == pytest.approx(43_800 * 14.5 / 1e6)
    assert counts["aws.kms.requests"] == pytest.approx(3 * 8_760 / 1e6)
    assert counts["aws.s3.storage"] == pytest.approx(0.0672)
    assert counts["aws.s3.puts"] == pytest.approx(8e-6)
    assert counts["aws.cloudwatch.dashboard"] == 1
