"""Figures as SVG: an element of an HTML page, in that page's colours, or a file of its own."""

import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from lab.report.colours import placeholder, printed, themed

__all__ = ["drawing", "inline", "picture"]

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a name is a name, dollars and all
    "hatch.linewidth": 0.6,
}


@contextmanager
def drawing(name: str, font_size: float) -> Iterator[None]:
    """Let figures be drawn in the block as all of them are; ``name`` seeds the ids within."""
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name, "font.size": font_size}):
        yield


def inline(figure: Figure, label: str) -> str:
    """Return the figure as an element for an HTML page: no prologue, no names of other places."""
    svg = _drawn(figure)
    svg = re.sub(r' xmlns(:\w+)?="[^"]*"', "", svg)
    svg = re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2)
    return themed(_labelled(svg, label))


def picture(figure: Figure, label: str) -> str:
    """Return the figure as a file: on white, since whose page it will lie on is not known."""
    figure.set_facecolor(placeholder("paper"))
    lines = (line.rstrip() for line in printed(_labelled(_drawn(figure), label)).splitlines())
    return "\n".join(lines) + "\n"


def _drawn(figure: Figure) -> str:
    file = io.StringIO()
    FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call]
        file, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Nothing refers to the groups' names, and there may be two drawings in a page.
    return re.sub(r'<g id="[^"]*"', "<g", svg)


def _labelled(svg: str, label: str) -> str:
    return svg.replace("<svg", f'<svg role="img" aria-label="{html.escape(label)}"', 1)
