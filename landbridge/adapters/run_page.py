"""A cloud run's report as one HTML file that needs nothing else."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from landbridge.adapters.run_view import RunView

__all__ = ["run_page"]


def run_page(view: RunView) -> str:
    """Return the page; whatever the run said is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("run_page.html.j2").render(view=view)
