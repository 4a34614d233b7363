"""Where a lab's folder lies."""

from pathlib import Path

import pytest

from lab.processes import folder
from lab.processes.folder import temporary_base

USUAL, OTHER = Path("/tmp"), Path("/var/tmp")  # noqa: S108 - they are the subject


def test_a_lab_lies_where_tmpdir_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names a place has it there, however large the memory is."""
    monkeypatch.setattr(folder, "LEAST_MEMORY_BYTES", 0)
    monkeypatch.setenv("TMPDIR", str(OTHER))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert temporary_base() == OTHER.resolve()


def test_a_lab_lies_in_memory_only_where_that_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose memory a few labs would fill keeps them on its disk."""
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(folder, "LEAST_MEMORY_BYTES", 1 << 60)
    assert temporary_base() == USUAL.resolve()
    monkeypatch.setattr(folder, "MEMORY", OTHER)
    monkeypatch.setattr(folder, "LEAST_MEMORY_BYTES", 0)
    assert temporary_base() == OTHER
