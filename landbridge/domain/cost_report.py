"""The whole answer of ``landbridge cost``: every bill, its share, and what was assumed for it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from landbridge.domain.cost import (
    Bill,
    RtoFigure,
    bill_of,
    gameday_bill,
    share_of,
    usd_per_month_per_second,
)
from landbridge.domain.cost_gameday import GamedayFacts, gameday_counts
from landbridge.domain.cost_orchestrator import OrchestratorFacts, orchestrator_counts
from landbridge.domain.cost_shapes import ASSUMPTIONS, ORIGINAL, ORIGINAL_RTO
from landbridge.domain.prices import Price, PriceTable

__all__ = ["STANDBYS", "CostInputs", "CostReport", "cost_report"]

STANDBYS = ("cold", "warm", "hot")
_MEANINGS = {
    "cold": "nothing runs",
    "warm": "nodes run, pods at zero, the replica streams",
    "hot": "pods run too",
}


@dataclass(frozen=True)
class CostInputs:
    """What is told of the system; a part that is left out is assumed.

    ``aws_regions`` are those that cdk.json puts something into, whatever region has the prices.
    ``assumed`` has the counts of a part that is left out, ``assumptions`` says what they are.
    """

    counts: Mapping[str, Mapping[str, float]]
    rto: Mapping[str, RtoFigure]
    gameday: GamedayFacts
    orchestrator: OrchestratorFacts
    aws_regions: tuple[str, ...] = ()
    assumed: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: ORIGINAL)
    assumptions: Mapping[str, str] = field(default_factory=lambda: ASSUMPTIONS)


@dataclass(frozen=True)
class CostReport:
    """Bills are of a month, but the GameDay's, which is of one."""

    primary: Bill
    standbys: Mapping[str, Bill]
    rto: Mapping[str, RtoFigure]
    orchestrator: Bill
    gameday: Bill
    usd_per_month_per_second: float | None
    assumptions: tuple[str, ...]
    prices: tuple[Price, ...]

    @property
    def oldest_price(self) -> str:
        """The day of the oldest price that was counted with; empty where nothing was counted."""
        return min((price.date for price in self.prices), default="")

    def share(self, standby: str) -> float | None:
        """Return that standby's share of the primary's cost, 0.18 for 18 %."""
        return share_of(self.standbys[standby], self.primary)

    def document(self) -> dict[str, Any]:
        """Return it as JSON-safe data; US dollars, a share of 1 is the primary's whole cost."""
        return {
            "currency": "USD",
            "oldest_price": self.oldest_price,
            "primary": _bill(self.primary),
            "standbys": {
                name: {
                    "what": _MEANINGS[name],
                    **_bill(bill),
                    "share": _rounded(self.share(name)),
                    "rto_seconds": self.rto[name].seconds,
                    "rto_source": self.rto[name].source,
                }
                for name, bill in self.standbys.items()
            },
            "orchestrator": _bill(self.orchestrator),
            "gameday": _bill(self.gameday),
            "usd_per_month_per_second_of_rto": _rounded(self.usd_per_month_per_second),
            "assumptions": list(self.assumptions),
            "prices": [_price(price) for price in self.prices],
        }


def cost_report(inputs: CostInputs, table: PriceTable) -> CostReport:
    """Return the report; raise ConfigurationError for a price that the table does not have."""
    bills = {
        name: bill_of(inputs.counts.get(name, inputs.assumed[name]), table, f"cost.{name}")
        for name in ("primary", *STANDBYS)
    }
    warm, hot = bills["warm"], bills["hot"]
    rto = {name: inputs.rto.get(name, ORIGINAL_RTO[name]) for name in STANDBYS}
    orchestrator = bill_of(orchestrator_counts(inputs.orchestrator), table, "the orchestrator")
    gameday = gameday_bill(warm, hot, inputs.gameday.hours, gameday_counts(inputs.gameday), table)
    used = {line.id for bill in (*bills.values(), orchestrator, gameday) for line in bill.lines}
    return CostReport(
        primary=bills["primary"],
        standbys={name: bills[name] for name in STANDBYS},
        rto=rto,
        orchestrator=orchestrator,
        gameday=gameday,
        usd_per_month_per_second=usd_per_month_per_second(warm, rto["warm"], hot, rto["hot"]),
        assumptions=tuple(_assumptions(inputs, table)),
        prices=tuple(table.prices[one] for one in sorted(used) if one in table.prices),
    )


def _assumptions(inputs: CostInputs, table: PriceTable) -> Iterator[str]:
    yield from (
        f"{name}: {text}" for name, text in inputs.assumptions.items() if name not in inputs.counts
    )
    others = [region for region in inputs.aws_regions if region != table.aws_region]
    if others:
        yield (
            f"prices: of {table.aws_region} and {table.azure_region}, though cdk.json is in"
            f" {' and '.join(dict.fromkeys(others))}"
        )


def _price(price: Price) -> dict[str, Any]:
    kept = asdict(price)
    del kept["query"]
    return kept


def _bill(bill: Bill) -> dict[str, Any]:
    lines = [{**asdict(line), "usd": round(line.usd, 4)} for line in bill.lines]
    return {"usd": round(bill.usd, 4), "lines": lines}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
