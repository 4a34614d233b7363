"""PostgreSQL's programs run as an unprivileged user wherever the virtual environment lies."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.processes.folder import LabFolder
from lab.sites import installation
from lab.sites.installation import Installation, find_installation

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs its own programs")


@pytest.fixture
def hidden(lab: LabFolder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """Find the programs where others may not enter, as in a virtual environment below /root."""
    monkeypatch.setattr(tempfile, "tempdir", str(lab.path))
    monkeypatch.setattr(installation, "_others_may_reach", lambda path: lab.path in path.parents)
    find_installation.cache_clear()
    yield find_installation()
    find_installation.cache_clear()


def test_hidden_programs_are_copied_to_where_others_may_run_them(
    lab: LabFolder, hidden: Installation
) -> None:
    """The copies of server and tools are whole: each runs as the unprivileged user."""
    for name in ("postgres", "initdb", "psql", "pg_basebackup", "pg_rewind", "pg_controldata"):
        program = hidden.program(name)
        assert lab.path in program.parents
        said = lab.run([program, "--version"], user=hidden.user, env=hidden.environment(name))
        assert "16." in said


def test_a_second_look_copies_nothing(hidden: Installation) -> None:
    """The copy of an installation is made once."""
    program = hidden.program("postgres")
    made = program.stat()
    find_installation.cache_clear()
    assert find_installation() == replace(hidden)
    assert program.stat() == made


def test_a_copy_that_somebody_else_left_is_not_run(lab: LabFolder, hidden: Installation) -> None:
    """Whoever may write into the temporary directory can't have PostgreSQL replaced."""
    copy = next(parent for parent in hidden.server.parents if parent.parent == lab.path)
    os.chown(copy, 65534, -1)
    find_installation.cache_clear()
    with pytest.raises(RuntimeError, match="belongs to somebody else"):
        find_installation()
    os.chown(copy, 0, -1)
    assert Path(copy).is_dir()
