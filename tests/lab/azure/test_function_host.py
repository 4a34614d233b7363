"""Why a Functions host is down: it comes up when nothing keeps it down any more."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab.azure.service import FunctionHost


class Process:
    """A process that runs or does not."""

    def __init__(self) -> None:
        self.running = True

    def kill(self) -> None:
        """End it."""
        self.running = False


def test_a_host_that_two_causes_keep_down_comes_up_after_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the one does not restart it while the other goes on."""
    process = Process()
    monkeypatch.setattr(FunctionHost, "child", process)
    monkeypatch.setattr(FunctionHost, "start", lambda _host: setattr(process, "running", True))
    lab: Any = SimpleNamespace(folder=lambda *_, **__: tmp_path)
    given = dict.fromkeys(("certificate", "private_key", "authority"), tmp_path)
    host = FunctionHost(lab, **given, settings={}, token="a-token")  # type: ignore[arg-type]

    host.go_down("standby-outage")
    host.go_down("azure-function-down")
    host.come_up("azure-function-down")
    assert not process.running
    host.come_up("standby-outage")
    assert process.running
