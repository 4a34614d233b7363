"""Bundles: how big they are, and how long a new interpreter imports one against boto3 alone."""

import json
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track

from lab.aws.lambda_packages import link_runtime_packages, unpack
from lab.aws.synthesis import synthesize
from lab.bench.measure import Measure

__all__ = ["compare_bundles"]

BARE_HANDLER = "import boto3\n\n\ndef lambda_handler(event, context):\n    return {}\n"
GOAL_MEGABYTES = 2.0
_TIMES = 5
# As a worker does it: isolated, the bundle first and Lambda's own packages last. What the
# interpreter itself takes to start is the same for both, and is left out.
_IMPORT = """
import importlib, sys, time
sys.path.insert(0, sys.argv[1])
sys.path.append(sys.argv[2])
began = time.process_time()
importlib.import_module(sys.argv[3])
print(time.process_time() - began)
"""


@dataclass(frozen=True)
class _Bundled:
    name: str
    megabytes: float
    folder: Path
    module: str


def compare_bundles(console: Console, *, times: int = _TIMES) -> list[Measure]:
    """Return each function's import, worst first, and the biggest zip by the goal of 2 MB."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        packages = work / "packages"
        link_runtime_packages(packages, Path(sysconfig.get_path("purelib")))
        bare = _bare(work)
        bundles = list(_deployed(synthesize(), work))
        seconds: dict[str, list[float]] = {one.name: [] for one in (bare, *bundles)}
        # Round by round, so that whatever else this machine does meets all of them.
        for _ in track(range(times), "Importing each bundle", console=console):
            for one in (bare, *bundles):
                seconds[one.name].append(_import_seconds(one, packages))
    middle = {name: statistics.median(found) * 1000 for name, found in seconds.items()}
    imports = [
        Measure(f"import, {one.name}", "ms", middle[one.name], middle[bare.name], REFERENCE)
        for one in bundles
    ]
    biggest = max(bundles, key=lambda one: one.megabytes)
    size = Measure(
        f"zip, {biggest.name} (biggest)", "MB", biggest.megabytes, GOAL_MEGABYTES, "the goal"
    )
    return [size, *sorted(imports, key=lambda one: -one.ratio)]


REFERENCE = "a handler that imports boto3 alone; CPU time, median"


def _bare(work: Path) -> _Bundled:
    folder = work / "bare"
    folder.mkdir()
    (folder / "handler.py").write_text(BARE_HANDLER)
    return _Bundled("a bare handler", 0.0, folder, "handler")


def _deployed(assembly: Path, work: Path) -> Iterator[_Bundled]:
    """Yield every function of the orchestrator's template, with the zip that is deployed."""
    template = json.loads((assembly / "Orchestrator.template.json").read_text())
    for one in template["Resources"].values():
        handler = one["Properties"].get("Handler", "")
        if one["Type"] == "AWS::Lambda::Function" and handler.startswith("functions."):
            file = assembly / f"asset.{one['Properties']['Code']['S3Key']}"
            folder = unpack(file.read_bytes(), work / "unpacked")
            module = handler.rpartition(".")[0]
            megabytes = file.stat().st_size / 1e6
            yield _Bundled(module.split(".")[1], megabytes, folder, module)


def _import_seconds(bundled: _Bundled, packages: Path) -> float:
    command = [sys.executable, "-I", "-S", "-c", _IMPORT, str(bundled.folder), str(packages)]
    done = subprocess.run(
        [*command, bundled.module], capture_output=True, text=True, check=True, env={}
    )
    return float(json.loads(done.stdout.splitlines()[-1]))
