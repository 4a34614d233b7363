"""The Function App's package: whole, no more than that, and the same whenever it is made."""

import hashlib
import json
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lab.azure.package import write_package

# What runs beside the package's own requirements: nothing but the standard library.
IMPORT = """
import json, sys
sys.path[:0] = sys.argv[1:]
import function_app
triggers = [f.get_trigger() for f in function_app.app.get_functions()]
routes = sorted(one.route for one in triggers if hasattr(one, "route"))
own = [name for name in sys.modules if name.startswith(("landbridge", "azure_functions"))]
print(json.dumps({"routes": routes, "own": own}))
"""


@pytest.fixture(scope="module", name="package")
def _package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("package") / "function-app.zip"
    write_package(file)
    return file


def required(requirements: str) -> set[str]:
    """Return the distributions that these requirements come to, of those that are installed."""
    lines = (line.partition("#")[0].strip() for line in requirements.splitlines())
    waiting = [(Requirement(line), frozenset[str]()) for line in lines if line]
    found: set[str] = set()
    while waiting:
        requirement, extras = waiting.pop()
        wanted = ({"extra": extra} for extra in ("", *extras))
        if requirement.marker is not None and not any(map(requirement.marker.evaluate, wanted)):
            continue
        name = canonicalize_name(requirement.name)
        own = frozenset(requirement.extras)
        if name not in found or own:
            texts = metadata.requires(name) or () if name not in found or own else ()
            waiting += [(Requirement(text), own) for text in texts]
            found.add(name)
    return found


def linked(distributions: set[str], into: Path) -> Path:
    """Lay out these distributions alone, as a package installer would."""
    for name in distributions:
        for entry in metadata.files(name) or ():
            place = PurePosixPath(entry)
            if ".." not in place.parts and "__pycache__" not in place.parts:
                target = into / place
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(entry.locate())
    return into


def test_it_runs_on_its_own_requirements(package: Path, tmp_path: Path) -> None:
    """An empty interpreter with the package and requirements.txt imports it; no module is spare."""
    app = tmp_path / "app"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(app)
        names = archive.namelist()
    site = linked(required((app / "requirements.txt").read_text()), tmp_path / "site")
    command = [sys.executable, "-I", "-S", "-c", IMPORT, str(app), str(site)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert {"gate", "gate/veto-aws", "lock", "scale", "standby"} <= set(said["routes"])
    modules = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in names
        if name.endswith(".py") and "/" in name
    }
    # The app itself was read from the package's top; dnspython is loaded by the first question.
    late = {"azure_functions.function_app", "landbridge.adapters.dns_queries"}
    assert modules - set(said["own"]) <= late


def test_the_same_source_is_the_same_package(package: Path, tmp_path: Path) -> None:
    """Made again, it has the same bytes, and nothing of this machine in it."""
    again = tmp_path / "again.zip"
    write_package(again)
    digests = {hashlib.sha256(file.read_bytes()).hexdigest() for file in (package, again)}
    assert len(digests) == 1
    with zipfile.ZipFile(package) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert {"host.json", "requirements.txt", "function_app.py"} <= set(archive.namelist())


def test_it_holds_no_way_into_a_database_or_aws(package: Path) -> None:
    """What talks to AWS, to PostgreSQL or to a person's terminal is not deployed to Azure."""
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
        text = b"".join(archive.read(name) for name in names if name.endswith(".py"))
    assert b"import boto3" not in text
    assert b"import pg8000" not in text
    assert not [name for name in names if name.startswith(("lab", "stacks", "tests", "functions"))]
