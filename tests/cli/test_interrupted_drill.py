"""A drill that does not get to its end."""

import os
import signal

import pytest

from lab.processes.waiting import wait_until
from tests.cli.command import place


@pytest.mark.parametrize(
    ("how", "part", "status"),
    [
        (signal.SIGINT, "lab.aws.emulator", 128 + signal.SIGINT),
        (signal.SIGKILL, "lab.users.client", -signal.SIGKILL),
    ],
)
def test_an_interrupted_drill_leaves_nothing(how: signal.Signals, part: str, status: int) -> None:
    """Ctrl-C while the lab is made, a kill while users write: no process and no file is left."""
    with place() as here:
        drill = here.start("drill")
        wait_until(
            lambda: any(part in line for lab in here.labs() for line in here.processes(lab)),
            f"{part} in a lab",
            timeout_seconds=120,
        )
        (lab,) = here.labs()
        os.killpg(drill.pid, how)
        assert drill.wait(60) == status
        assert "Traceback" not in (here.folder / "output").read_text()
        wait_until(lambda: not here.labs(), "the folder's end", timeout_seconds=60)
        assert here.processes(lab) == []
        assert list(here.temporary.iterdir()) == []
        assert not (here.folder / "reports").exists()
