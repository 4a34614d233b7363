"""What a standby costs: bills from counts and prices, their shares, and the price of a second.

Arithmetic alone; sizes come from the configuration (``landbridge.domain.cost_shapes`` where it has
none), prices from the table. List prices, on demand, without free tiers, discounts or tax.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from landbridge.domain.prices import PriceTable

__all__ = [
    "Bill",
    "Line",
    "RtoFigure",
    "bill_of",
    "gameday_bill",
    "share_of",
    "usd_per_month_per_second",
]


@dataclass(frozen=True)
class Line:
    """So many of one thing, in a month."""

    id: str
    what: str
    count: float
    unit: str
    usd_each: float
    usd: float


@dataclass(frozen=True)
class Bill:
    """Lines, the dearest first, and their sum in US dollars."""

    lines: tuple[Line, ...]

    @property
    def usd(self) -> float:
        """The sum."""
        return sum(line.usd for line in self.lines)


@dataclass(frozen=True)
class RtoFigure:
    """An RTO in seconds (None: nobody measured it), and where the figure is from."""

    seconds: float | None
    source: str


def bill_of(counts: Mapping[str, float], table: PriceTable, where: str) -> Bill:
    """Return a month's bill; ``where`` is the configuration's field that has the counts.

    A count is of things that are there all month (nodes, disks), or of units used (GB, millions).
    Raises ConfigurationError for a price that the table does not have.
    """
    lines = []
    for price_id, count in counts.items():
        price = table.price(price_id, where)
        cost = count * price.usd_per_month
        lines.append(Line(price_id, price.what, count, price.unit, price.usd, cost))
    return Bill(tuple(sorted(lines, key=lambda line: (-line.usd, line.id))))


def share_of(part: Bill, whole: Bill) -> float | None:
    """Return the part's share of the whole, 0.18 for 18 %; None of a whole that costs nothing."""
    return part.usd / whole.usd if whole.usd > 0 else None


def usd_per_month_per_second(
    slow: Bill, slow_rto: RtoFigure, fast: Bill, fast_rto: RtoFigure
) -> float | None:
    """Return what a second less of RTO costs in a month, from one standby to the other.

    None where an RTO is not known, or the faster one is no faster.
    """
    if slow_rto.seconds is None or fast_rto.seconds is None:
        return None
    saved = slow_rto.seconds - fast_rto.seconds
    return (fast.usd - slow.usd) / saved if saved > 0 else None


def gameday_bill(
    warm: Bill, hot: Bill, hours: float, used: Mapping[str, float], table: PriceTable
) -> Bill:
    """Return what one GameDay costs beside what is there anyway.

    For ``hours`` Azure carries the load, so that it is as large as hot, if it is not larger anyway;
    ``used`` is what looks, runs and rebuilds use: transitions, requests, GB.
    """
    more = max(0.0, _hourly(hot, table) - _hourly(warm, table))
    larger = Line(
        "azure.larger", "Azure as large as hot, beyond warm", hours, "hour", more, hours * more
    )
    runs = bill_of(used, table, "cost.gameday")
    return Bill((larger, *runs.lines))


def _hourly(bill: Bill, table: PriceTable) -> float:
    """Return the bill's machines for one hour; disks and traffic are the same either way."""
    return sum(
        line.count * line.usd_each
        for line in bill.lines
        if table.price(line.id, "cost").unit == "hour"
    )
