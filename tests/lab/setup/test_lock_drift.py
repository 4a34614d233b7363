"""The lock against what it was resolved from, with no index asked."""

from pathlib import Path

import pytest

from lab.setup import lock_drift
from lab.setup.lock_drift import drift

ROOT = Path(__file__).resolve().parents[3]
PYPROJECT = (ROOT / "pyproject.toml").read_text()
LOCK = (ROOT / "requirements.lock").read_text()


def test_the_lock_is_of_this_pyproject() -> None:
    """Every package that is asked for is there, at a version that it may have, and no other."""
    assert drift(PYPROJECT, LOCK) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('    "rich",\n', '    "rich",\n    "structlog",\n', "asks for structlog, and the lock"),
        ('    "rich",\n', "", "the lock has rich for pyproject.toml's sake"),
        ('"ministack==1.5.33"', '"ministack==9.9"', "asks for ministack==9.9, and the lock has"),
        ('    "uv",\n', '    "uv>=999",\n', "asks for uv>=999, and the lock has"),
    ],
    ids=["new", "removed", "pinned", "newer"],
)
def test_a_changed_pyproject_is_named_by_its_package(old: str, new: str, words: str) -> None:
    """One sentence for what somebody changed and did not lock."""
    assert old in PYPROJECT
    (found,) = drift(PYPROJECT.replace(old, new), LOCK)
    assert words in found


def test_the_command_fails_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends with 1 and names the file and what mends it."""
    (tmp_path / "requirements.lock").write_text(LOCK)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.replace('    "rich",\n', ""))
    monkeypatch.setattr(lock_drift, "ROOT", tmp_path)
    assert lock_drift.main() == 1
    said = capsys.readouterr().err
    assert "requirements.lock" in said
    assert "make lock" in said
