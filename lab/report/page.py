"""``report.html``: one file that needs nothing else, readable at 3 am and on a phone."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lab.report.colours import COLOURS
from lab.report.critical_path import critical_path
from lab.report.failback import failback_view
from lab.report.headline import headline
from lab.report.model import RunRecord
from lab.report.promises import promises
from lab.report.step_rows import lanes
from lab.report.summary import phase_rows
from lab.report.timeline import timeline_svg

__all__ = ["report_page"]


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def report_page(run: RunRecord) -> str:
    """Return the page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    fault = run.instants.fault_injected
    environment.filters["seconds"] = _seconds
    environment.filters["since"] = lambda at: _seconds(None if at is None else at - fault)
    return environment.get_template("page.html.j2").render(
        run=run,
        said=headline(run),
        promises=promises(run),
        phases=phase_rows(run),
        path=critical_path(run),
        steps=lanes(run.steps),
        colours=COLOURS,
        wide=timeline_svg(run, wide=True),
        narrow=timeline_svg(run, wide=False),
        **_failback(run),
    )


def _failback(run: RunRecord) -> dict[str, Any]:
    home = run.failback
    if home is None:
        return {"home": None}
    view = failback_view(run, home)
    methods = {"AWS": home.method_aws, "Azure": home.method_azure}
    return {
        "home": home,
        "methods": {site: way for site, way in methods.items() if way is not None},
        "home_wide": timeline_svg(view, wide=True),
        "home_narrow": timeline_svg(view, wide=False),
    }
