"""Documents that are made from the code say what the code says."""

from pathlib import Path

import pytest

from lab.documents.catalogue import DOCUMENTS
from lab.documents.document import Document

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: f"{one.path}-{one.part}")
def test_a_made_document_has_not_drifted(document: Document) -> None:
    """`make docs` would change nothing."""
    is_current, _ = document.compared(ROOT)
    assert is_current, f"{document.path} is out of date: run `make docs`"


def test_a_part_is_made_and_the_rest_is_left(tmp_path: Path) -> None:
    """What people wrote around the marks stays, byte for byte; a second time changes nothing."""
    page = tmp_path / "page.md"
    marks = ("<!-- table begins: made by make docs -->", "<!-- table ends -->")
    page.write_text(f"# By hand\n\n{marks[0]}\nold\n{marks[1]}\n\nAlso by hand.\n")
    document = Document("page.md", lambda: "| new |\n", part="table")

    assert document.update(tmp_path)
    assert (
        page.read_text() == f"# By hand\n\n{marks[0]}\n\n| new |\n\n{marks[1]}\n\nAlso by hand.\n"
    )
    assert not document.update(tmp_path)


def test_a_page_without_its_marks_is_named(tmp_path: Path) -> None:
    """Nothing is written over a page that has no place for it."""
    (tmp_path / "page.md").write_text("by hand\n")
    with pytest.raises(ValueError, match=r"page\.md: it needs the lines <!-- table begins"):
        Document("page.md", str, part="table").update(tmp_path)
    assert (tmp_path / "page.md").read_text() == "by hand\n"
