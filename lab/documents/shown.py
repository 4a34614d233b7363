"""The pictures in docs/pictures, and whether a page shows each with the command that draws it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DRAWN_BY", "PICTURES", "Picture", "not_shown"]

DRAWN_BY = "python -m lab.documents.pictures"


@dataclass(frozen=True)
class Picture:
    """One picture: its file from the repository's root, and the page that shows it."""

    path: str
    page: str


PICTURES = {
    name: Picture(f"docs/pictures/{name}.svg", page)
    for name, page in {
        "failover": "docs/architecture.md",
        "failback": "docs/architecture.md",
        "outage": "docs/architecture.md",
        "soak": "docs/failure-modes.md",
    }.items()
}


def not_shown(root: Path) -> Iterator[str]:
    """Yield what is wrong with a picture or its page, a sentence each."""
    for one in PICTURES.values():
        page = (root / one.page).read_text(encoding="utf-8")
        if not (root / one.path).is_file():
            yield f"{one.path} is not there: run {DRAWN_BY}"
        if f"]({one.path.removeprefix('docs/')})" not in page:
            yield f"{one.page} does not show {one.path}"
        if DRAWN_BY not in page:
            yield f"{one.page} does not name the command that draws {one.path}: {DRAWN_BY}"
