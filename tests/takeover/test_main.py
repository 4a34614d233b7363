"""The pod's command: what it refuses before it does anything."""

import json
from pathlib import Path

import pytest

from landbridge.takeover.__main__ import main
from tests.takeover.environment import environment


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
