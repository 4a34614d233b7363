"""What the takeover's image is built from: whole, pinned by the lock, and run as it is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.utils import canonicalize_name

from lab.azure.takeover_package import DISTRIBUTIONS, locked, stage_takeover
from landbridge.domain.plan import FAILOVER
from tests.lab.azure.test_package import linked, required

ROOT = Path(__file__).resolve().parents[3]
LOCK = (ROOT / "requirements.lock").read_text()
# The pod's own first module, and every step's, on the packages of requirements.txt alone.
IMPORT = """
import importlib, json, sys
sys.path[:0] = sys.argv[1:]
from landbridge.takeover import __main__ as pod, steps
for name in steps.MODULES:
    importlib.import_module(name)
own = [name for name in sys.modules if name.startswith(("landbridge", "functions"))]
print(json.dumps({"own": own, "machine": str(pod.MACHINE), "from": pod.__file__}))
"""


@pytest.fixture(scope="module", name="context")
def _context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("context") / "takeover"
    stage_takeover(folder)
    return folder


def test_its_steps_run_on_its_own_requirements(context: Path, tmp_path: Path) -> None:
    """An empty interpreter with the folder and requirements.txt imports all; no module is spare."""
    names = {line.partition("==")[0] for line in pinned(context)}
    assert required("\n".join(DISTRIBUTIONS)) <= {canonicalize_name(name) for name in names}
    site = linked(names, tmp_path / "site")
    command = [sys.executable, "-I", "-S", "-c", IMPORT, str(context), str(site)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert Path(said["from"]).is_relative_to(context)
    modules = {
        file.relative_to(context).with_suffix("").as_posix().replace("/", ".")
        for file in context.rglob("*.py")
    }
    assert {one.removesuffix(".__init__") for one in modules} - set(said["own"]) == set()


def test_it_walks_the_very_machine(context: Path) -> None:
    """The text beside the pod's modules is the one that the stack deploys, to the byte."""
    file = context / "statemachines" / "failover.asl.json"
    assert file.read_bytes() == (ROOT / "statemachines" / "failover.asl.json").read_bytes()
    assert (context / "landbridge" / "takeover" / "__main__.py").exists()


def pinned(context: Path) -> list[str]:
    """Return the first line of each requirement."""
    lines = (context / "requirements.txt").read_text().splitlines()
    return [line.rstrip(" \\") for line in lines if not line.startswith(" ")]


def test_every_requirement_is_the_locks_own(context: Path) -> None:
    """Version, marker and hashes; what is not pinned by hash could be anything."""
    text = (context / "requirements.txt").read_text()
    for line in text.splitlines():
        assert line in LOCK
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pinned(context)) > len(DISTRIBUTIONS)
    assert all("--hash=sha256:" in entry for entry in entries)
    assert locked(LOCK, DISTRIBUTIONS) == text
    with pytest.raises(KeyError):
        locked("", DISTRIBUTIONS)


def test_the_dockerfile_copies_what_is_there(context: Path) -> None:
    """Each COPY has its source, and nothing of the folder is left out."""
    lines = (context / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1].rstrip("/") for line in lines if line.startswith("COPY ")]
    left = {one.name for one in context.iterdir()} - {"Dockerfile"}
    assert set(copied) == left
    assert not [line for line in lines if line.startswith("ADD ")]


def test_the_image_runs_as_the_manifests_user_and_command(context: Path) -> None:
    """Not as root; the Job gives it no other command."""
    manifests = yaml.safe_load_all((ROOT / "deploy/azure/takeover.yaml").read_text())
    (text,) = [one["data"]["job.json"] for one in manifests if "job.json" in one.get("data", {})]
    spec = json.loads(text)["spec"]["template"]["spec"]
    user = spec["securityContext"]["runAsUser"]
    lines = (context / "Dockerfile").read_text().splitlines()
    assert f"USER {user}:{user}" in lines
    (entry,) = [line for line in lines if line.startswith("ENTRYPOINT ")]
    assert json.loads(entry.removeprefix("ENTRYPOINT ")) == ["python3", "-m", "landbridge.takeover"]
    (container,) = spec["containers"]
    assert not {"command", "args"} & set(container)
    assert len(FAILOVER) == len(list((context / "functions").glob("*/handler.py")))
