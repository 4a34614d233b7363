"""Bundles on disk: unpacked by their content, compiled before a worker starts."""

import importlib.util
import io
import json
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

from lab.aws.lambda_packages import unpack

SHARED = "def fail():\n    raise RuntimeError(__name__)\n"
PROGRAM = """
import json, sys, traceback
import shared
try:
    shared.fail()
except RuntimeError as error:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    print(json.dumps([frame.filename, shared.__cached__]))
"""


def _bundle(**modules: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in modules.items():
            archive.writestr(f"{name}.py", text)
    return stream.getvalue()


def _compiled(bundle: Path, module: str) -> Path:
    return Path(importlib.util.cache_from_source(str(bundle / f"{module}.py")))


def test_a_module_of_two_bundles_is_compiled_once(tmp_path: Path) -> None:
    """Both bundles have the same compiled file, and an error in one names that one's source."""
    bundles = [unpack(_bundle(shared=SHARED, own=text), tmp_path) for text in ("a = 1", "b = 2")]
    first, second = bundles
    assert _compiled(first, "shared").samefile(_compiled(second, "shared"))
    assert not _compiled(first, "own").samefile(_compiled(second, "own"))
    for bundle in bundles:
        done = subprocess.run(
            [sys.executable, "-B", "-c", PROGRAM], cwd=bundle, capture_output=True, check=True
        )
        seen = [str(bundle / "shared.py"), str(_compiled(bundle, "shared"))]
        assert json.loads(done.stdout) == seen


def test_what_is_no_python_is_left_as_it_is(tmp_path: Path) -> None:
    """A template that ends with .py does not keep the rest from being compiled."""
    bundle = unpack(_bundle(template="{{ what }} = {% 1 %}", own="a = 1"), tmp_path)
    assert _compiled(bundle, "own").exists()
    assert not _compiled(bundle, "template").exists()


def test_two_at_once_have_one_whole_bundle(tmp_path: Path) -> None:
    """Whoever is first gives the folder its name, and nothing half-made stays."""
    code = _bundle(**{f"module_{number}": f"a = {number}" for number in range(40)})
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(unpack(code, tmp_path))) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert all(_compiled(found[0], f"module_{number}").exists() for number in range(40))
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".half")] == []
