"""Synthesis for the lab: made once for one source, whole or not at all."""

import threading
from pathlib import Path

import pytest

from lab.aws.synthesis import SynthesisError, synthesize

# Stands for the real app, which takes seconds: leaves one file, and counts how often it ran.
APP = """
import os, pathlib, sys
out = pathlib.Path(os.environ["CDK_OUTDIR"])
if "refuse" in os.environ["CDK_CONTEXT_JSON"]:
    sys.exit("refused: by the configuration")
(out / "manifest.json").write_text(os.environ["CDK_CONTEXT_JSON"])
with open("runs.log", "a") as runs:
    runs.write("x")
"""


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    """Return a repository with an app of its own."""
    for name in ("cdk.json", "requirements.lock"):
        (tmp_path / name).write_text("{}")
    for folder in ("functions", "landbridge", "stacks", "statemachines"):
        (tmp_path / folder).mkdir()
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def _runs(root: Path) -> int:
    return len((root / "runs.log").read_text())


def test_the_same_source_is_synthesized_once(root: Path) -> None:
    """The second call answers with the folder that the first one made."""
    assert synthesize(root=root) == synthesize(root=root)
    assert _runs(root) == 1


def test_a_changed_source_is_synthesized_again(root: Path) -> None:
    """A new line in a function, and another context, are other templates."""
    first = synthesize(root=root)
    (root / "functions" / "new.py").write_text("pass\n")
    second = synthesize(root=root)
    third = synthesize({"landbridge": {"ttl_seconds": 1}}, root=root)

    assert len({first, second, third}) == 3
    assert (third / "manifest.json").read_text() == '{"landbridge": {"ttl_seconds": 1}}'


def test_two_at_once_get_the_same_whole_folder(root: Path) -> None:
    """Whoever finishes first gives it its name; the other one uses that."""
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(synthesize(root=root))) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found[0] == found[1]
    assert (found[0] / "manifest.json").exists()
    assert [one.name for one in found[0].parent.iterdir()] == [found[0].name]


def test_a_refusal_leaves_nothing(root: Path) -> None:
    """What the app said is the error, and no folder stands for a synth that failed."""
    with pytest.raises(SynthesisError, match="refused: by the configuration"):
        synthesize({"refuse": True}, root=root)

    assert list((root / "build" / "synth").iterdir()) == []
