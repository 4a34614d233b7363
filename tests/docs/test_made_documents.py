"""Documents that are made from the code say what the code says."""

from pathlib import Path

import pytest

from lab.documents import __main__ as documents
from lab.documents.catalogue import DOCUMENTS
from lab.documents.document import Document
from lab.documents.shown import DRAWN_BY, PICTURES, not_shown

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: f"{one.path}-{one.part}")
def test_a_made_document_has_not_drifted(document: Document) -> None:
    """`python -m lab.documents` would change nothing."""
    is_current, _ = document.compared(ROOT)
    assert is_current, f"{document.path} is out of date: run `python -m lab.documents`"


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


def test_each_picture_of_a_real_run_is_shown_with_its_command() -> None:
    """The page that shows it names what draws it anew; no two runs are alike."""
    assert list(not_shown(ROOT)) == []


def test_a_picture_that_nobody_drew_or_shows_is_named(tmp_path: Path) -> None:
    """By its file, with the command."""
    for page in {one.page for one in PICTURES.values()}:
        (tmp_path / page).parent.mkdir(exist_ok=True)
        (tmp_path / page).write_text("No picture.\n")
    said = list(not_shown(tmp_path))
    assert len(said) == 3 * len(PICTURES)
    assert f"docs/pictures/soak.svg is not there: run {DRAWN_BY}" in said


def test_the_check_names_what_has_drifted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It writes nothing, and fails."""
    (tmp_path / "page.md").write_text("old\n")
    monkeypatch.setattr(documents, "ROOT", tmp_path)
    monkeypatch.setattr(documents, "DOCUMENTS", (Document("page.md", lambda: "new\n"),))
    monkeypatch.setattr(documents, "not_shown", lambda _root: ())
    monkeypatch.setattr("sys.argv", ["documents", "--check"])

    assert documents.main() == 1
    assert "page.md is out of date" in capsys.readouterr().err
    assert (tmp_path / "page.md").read_text() == "old\n"
    assert Document("page.md", lambda: "new\n").update(tmp_path)
    assert documents.main() == 0
