"""Where a lab's folder lies."""

from pathlib import Path

import pytest

from lab.processes import folder
from lab.processes.folder import temporary_base


def test_a_lab_lies_where_tmpdir_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names a place has it there, however large the memory is."""
    monkeypatch.setattr(folder, "LEAST_MEMORY_BYTES", 0)
    monkeypatch.setenv("TMPDIR", "/var/tmp")
    monkeypatch.setattr("tempfile.tempdir", None)
    assert temporary_base() == Path("/var/tmp").resolve()


def test_a_lab_lies_in_memory_only_where_that_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose memory a few labs would fill keeps them on its disk."""
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(folder, "LEAST_MEMORY_BYTES", 1 << 60)
    assert temporary_base() == Path("/tmp").resolve()
    monkeypatch.setattr(folder, "MEMORY", Path("/var/tmp"))
    monkeypatch.setattr(folder, "LEAST_MEMORY_BYTES", 0)
    assert temporary_base() == Path("/var/tmp")
