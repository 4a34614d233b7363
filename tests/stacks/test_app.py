"""The app: refuses before it makes anything, and lets nothing pass that cdk-nag objects to."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from landbridge.configuration import load_deployment, read_context

ROOT = Path(__file__).resolve().parents[2]
CFN_LINT = Path(sys.executable).parent / "cfn-lint"


def _run_app(context: dict[str, object], outdir: Path) -> subprocess.CompletedProcess[str]:
    environment = {"CDK_OUTDIR": str(outdir), "CDK_CONTEXT_JSON": json.dumps(context)}
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_health_check_on_the_failover_name_is_refused_at_synth(tmp_path: Path) -> None:
    """The DNS loop is refused with its reason, and no template is written."""
    document = read_context(ROOT / "cdk.json")["landbridge"]
    document["names"]["health"] = document["names"]["failover"]

    done = _run_app({"landbridge": document}, tmp_path / "out")

    assert done.returncode == 2
    assert "landbridge.names.health: 'orders.shop.test': it is names.failover" in done.stderr
    assert "DNS would loop" in done.stderr
    assert "Remedy: use a name beside the failover name" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_finding_of_cdk_nag_stops_the_synth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its acknowledgement, a queue without a dead letter queue is a failed synth."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
    monkeypatch.setenv("CDK_VALIDATION", "false")
    from stacks import application  # noqa: PLC0415 - jsii starts node on import, by PATH
    from stacks.constructs import dead_letters  # noqa: PLC0415 - likewise

    monkeypatch.setattr(dead_letters, "acknowledge", lambda *_: None)
    context = read_context(ROOT / "cdk.json")
    app = application.build_app(ROOT, load_deployment(context), context, str(tmp_path))

    with pytest.raises(RuntimeError, match="AwsSolutions-SQS3"):
        app.synth()

    report = json.loads((tmp_path / "validation-report.json").read_text())
    found = {
        violation["ruleName"]
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
    }
    assert found == {"AwsSolutions-SQS3"}


def test_cfn_lint_has_nothing_to_say(assembly: Path) -> None:
    """All templates are valid CloudFormation, and the flow in one of them valid ASL."""
    templates = sorted(assembly.glob("*.template.json"))
    done = subprocess.run(
        # W3005: the CDK writes dependencies that a reference implies anyway.
        [CFN_LINT, "--ignore-checks", "W3005", "--format", "json", "-t", *templates],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [one["Message"] for one in json.loads(done.stdout)]

    assert len(templates) == 4
    # cfn-lint (1.58) takes Parameters for a Task's alone; a Parallel may have them too (Amazon
    # States Language, "Input and Output Processing").
    assert [message for message in said if "('Parameters' was unexpected)" not in message] == []
