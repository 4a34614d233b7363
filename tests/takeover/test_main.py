"""The pod's command: what it refuses before it does anything, and that it goes on after it died."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.processes.waiting import wait_until
from landbridge.adapters.azure_records import AzureRecords
from landbridge.adapters.kubernetes import Cluster
from landbridge.takeover.__main__ import main
from tests.adapters.lab_cluster import LabCluster, running_cluster
from tests.takeover.environment import environment

# The pod's own command, with doubled steps.
POD = """
import sys
from landbridge.takeover import __main__ as pod
from tests.takeover import double
pod.steps = double
sys.exit(pod.main())
"""


def test_a_pod_that_cannot_begin_says_which_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One JSON line with the remedy, and a code at which its Job starts it again."""
    for name, value in environment(tmp_path, LANDBRIDGE_RECORDS_NAMESPACE="").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LANDBRIDGE_RECORDS_NAMESPACE", raising=False)
    assert main() == 1
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert (said["event"], said["error"]) == ("refused", "ConfigurationError")
    assert said["reason"] == "LANDBRIDGE_RECORDS_NAMESPACE is not set"
    assert "takeover.yaml" in said["remedy"]


@pytest.fixture(name="lab_cluster", scope="module")
def _lab_cluster() -> Iterator[LabCluster]:
    with running_cluster() as cluster:
        yield cluster


def test_a_pod_that_is_killed_goes_on_where_it_was(tmp_path: Path, lab_cluster: LabCluster) -> None:
    """The next one begins with the step that hung; what was done before is not done again.

    A third finds that the run has ended, and does nothing.
    """
    namespace = lab_cluster.namespace("takeover-pod")
    told = environment(
        tmp_path, LANDBRIDGE_API_URL=lab_cluster.url, LANDBRIDGE_RECORDS_NAMESPACE=namespace
    )
    folder = tmp_path / told["LANDBRIDGE_RUN"]
    folder.mkdir()
    (tmp_path / "token").write_text("admin-token")
    (folder / "take_lock.hang").touch()
    command = [sys.executable, "-c", POD]
    around = {**os.environ, **told, "DOUBLE_FOLDER": str(tmp_path)}

    def calls(step: str) -> int:
        file = folder / f"{step}.calls"
        return len(file.read_text().splitlines()) if file.exists() else 0

    # In a group of its own, which goes as a container does: with its step.
    with subprocess.Popen(
        command, env=around, stdout=subprocess.PIPE, start_new_session=True
    ) as pod:
        wait_until(lambda: calls("take_lock") == 1, "the step that hangs")
        os.killpg(pod.pid, signal.SIGKILL)
    records = AzureRecords(Cluster(lab_cluster.url, lambda: "admin-token"), namespace)
    journal = records.read(told["LANDBRIDGE_RUN"], "journal")
    assert journal is not None
    assert journal["frame"]["state"] == "Take Lock"

    for _ in range(2):
        ended = subprocess.run(command, env=around, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout.splitlines()[-1])["state"] == "Recovered"
    assert (calls("confirm_outage"), calls("take_lock"), calls("release_lock")) == (1, 2, 1)
