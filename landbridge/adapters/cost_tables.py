"""Bills on a terminal."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from landbridge.adapters.price_table import Refreshed
from landbridge.domain.cost import Bill
from landbridge.domain.cost_report import CostReport

__all__ = ["cost_tables", "refresh_table"]


def cost_tables(report: CostReport) -> RenderableType:
    """Return the shares first, then what each bill is made of, then what was assumed."""
    parts: list[RenderableType] = [_shares(report), _second(report), Text("")]
    bills = {"primary": report.primary, **report.standbys, "landbridge": report.orchestrator}
    for name, bill in bills.items():
        parts.append(_bill(f"{name}, a month", bill))
    parts.append(_bill("a GameDay, once", report.gameday))
    parts += [Text(f"assumed: {text}", "yellow") for text in report.assumptions]
    dated = f"List prices on demand, the oldest of {report.oldest_price}; newer ones:"
    parts.append(Text(f"{dated} landbridge cost --refresh", "dim"))
    return Group(*parts)


def _shares(report: CostReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("standby", style="bold")
    for name in ("USD a month", "of the primary", "RTO s"):
        table.add_column(name, justify="right")
    table.add_column("the RTO is from", style="dim", overflow="fold")
    for name, bill in report.standbys.items():
        share, rto = report.share(name), report.rto[name]
        table.add_row(
            name,
            f"{bill.usd:,.2f}",
            "-" if share is None else f"{share:.1%}",
            "-" if rto.seconds is None else f"{rto.seconds:.1f}",
            rto.source,
        )
    table.add_section()
    table.add_row("primary", f"{report.primary.usd:,.2f}", "100.0%", "", "")
    table.add_row("landbridge itself", f"{report.orchestrator.usd:,.2f}", "", "", "")
    table.add_row("a GameDay, once", f"{report.gameday.usd:,.2f}", "", "", "")
    return table


def _second(report: CostReport) -> Text:
    each = report.usd_per_month_per_second
    if each is None:
        return Text("What a second of RTO costs from warm to hot is not known.")
    return Text(f"From warm to hot, a second less of RTO costs {each:,.2f} USD a month.")


def _bill(title: str, bill: Bill) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("USD", justify="right")
    table.add_column("count", justify="right")
    table.add_column("each", justify="right")
    table.add_column("unit")
    table.add_column("what", overflow="fold")
    for line in bill.lines:
        table.add_row(
            f"{line.usd:,.2f}", f"{line.count:,.10g}", f"{line.usd_each:.10g}", line.unit, line.what
        )
    table.add_row(f"[bold]{bill.usd:,.2f}[/]", "", "", "", "[bold]in all[/]")
    return table


def refresh_table(rows: list[Refreshed]) -> Table:
    """Return what was found of each price."""
    table = Table(box=None, pad_edge=False)
    table.add_column("price")
    table.add_column("before", justify="right")
    table.add_column("now", justify="right")
    table.add_column("", overflow="fold")
    for row in rows:
        changed = row.after is not None and row.after != row.before
        table.add_row(
            row.id,
            f"{row.before:g}",
            "-" if row.after is None else f"{row.after:g}",
            Text(row.problem or ("changed" if changed else ""), "red" if row.problem else ""),
        )
    return table
