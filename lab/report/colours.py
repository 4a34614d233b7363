"""The report's colours, each a CSS variable, so that the drawing follows the page's light or dark.

Sites differ in hue and in lightness, and everything that has a colour also has a word: nobody needs
to see colours to read a report. matplotlib draws with placeholder colours, which ``themed`` turns
into variables, and ``printed`` into those of paper.
"""

import re

__all__ = ["COLOURS", "placeholder", "printed", "site_colour", "themed"]

# name: (light, dark). Text on paper has a contrast of at least 4.5 to 1, marks of at least 3 to 1.
COLOURS = {
    "paper": ("#ffffff", "#12161c"),
    "card": ("#f5f7f9", "#1b212a"),
    "line": ("#d5dbe2", "#343d49"),
    "ink": ("#17202b", "#e8edf3"),
    "muted": ("#566273", "#a3afbe"),
    "good": ("#0b6e4f", "#4cc79b"),
    "warn": ("#8a5a00", "#f0b94a"),
    "bad": ("#b3202c", "#ff7b7b"),
    "aws": ("#d9780a", "#f2a149"),
    "on-aws": ("#17202b", "#12161c"),
    "azure": ("#1560bd", "#6aaeff"),
    "none": ("#8b95a3", "#6d7887"),
    "step": ("#5b6b80", "#91a2b8"),
    "own": ("#7a3fb0", "#c59af0"),
    "outage": ("#fbe9ea", "#3a1f25"),
}

_PLACEHOLDERS = {name: f"#0102{number:02x}" for number, name in enumerate(COLOURS, start=16)}


def placeholder(name: str) -> str:
    """Return the colour that stands for ``name`` in a drawing."""
    return _PLACEHOLDERS[name]


def site_colour(site: str) -> str:
    """Return the name of a site's colour; whoever is neither site is ``none``."""
    return site if site in {"aws", "azure"} else "none"


def themed(svg: str) -> str:
    """Return the drawing with each placeholder replaced by its variable."""
    return _replaced(svg, {name: f"var(--{name})" for name in COLOURS})


def printed(svg: str) -> str:
    """Return the drawing in the colours of a light page, for a file that no page has hold of."""
    return _replaced(svg, {name: light for name, (light, _) in COLOURS.items()})


def _replaced(svg: str, instead: dict[str, str]) -> str:
    names = {colour: name for name, colour in _PLACEHOLDERS.items()}
    return re.sub(r"#0102[0-9a-f]{2}", lambda found: instead[names[found[0]]], svg)
