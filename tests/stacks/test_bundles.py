"""Bundles: all that a function needs, nothing else, the same bytes from the same source."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from lab.aws.lambda_packages import link_runtime_packages, unpack
from lab.aws.synthesis import UNPACKED
from landbridge.domain.plan import FAILBACK, FAILOVER, GAMEDAY, STANDALONE, WAVES, WEBHOOK
from stacks.bundles.bundle import build_bundle, bundle_files
from stacks.bundles.distributions import UnknownImportError

ROOT = Path(__file__).resolve().parents[2]
STEPS = [step.name for step in (*FAILOVER, *FAILBACK, *GAMEDAY, *STANDALONE, WEBHOOK, *WAVES)]
IMPORT = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
sys.path.append(sys.argv[2])
handler = importlib.import_module(f"functions.{sys.argv[3]}.handler")
assert callable(handler.lambda_handler)
print(*sorted(sys.modules.keys() & {"boto3", "dns", "s3transfer", "kubernetes"}))
"""
MOST_BYTES = 2_000_000
# Who asks name servers loads dnspython with the step; who calls the Function App alone does not.
ASKS_NAME_SERVERS = {"observe_sites": True, "confirm_outage": True, "wait_dns": True}
ASKS_NAME_SERVERS |= dict.fromkeys(("take_lock", "open_gate", "promote_standby"), False)


@pytest.fixture(name="runtime", scope="module")
def _runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what Lambda's Python runtime has."""
    folder = tmp_path_factory.mktemp("runtime") / "packages"
    link_runtime_packages(folder, Path(sysconfig.get_path("purelib")))
    return folder


@pytest.mark.parametrize("function", STEPS)
def test_a_bundle_imports_its_handler_on_its_own(
    function: str, tmp_path: Path, runtime: Path
) -> None:
    """An interpreter that sees the bundle and Lambda's runtime, and nothing else, is enough.

    It is small, and loads at its start what its work surely needs: not boto3, with which S3's
    transfers and resources come, an eighth of a cold start.
    """
    bundle = build_bundle(ROOT, function, tmp_path)
    task = unpack(bundle.file.read_bytes(), UNPACKED)
    isolated = [sys.executable, "-I", "-S", "-c", IMPORT]

    done = subprocess.run(
        [*isolated, task, runtime, function],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stderr, done.returncode) == ("", 0)
    assert bundle.file.stat().st_size < MOST_BYTES
    loaded = done.stdout.split()
    assert set(loaded) <= {"dns"}
    assert ASKS_NAME_SERVERS.get(function) in {None, loaded == ["dns"]}


ZONES = """
import sys
sys.path.insert(0, sys.argv[1])
from landbridge.domain.local_times import zone_named
print(zone_named("Europe/Berlin").key)
"""


def test_a_bundle_that_reads_time_zones_has_them(tmp_path: Path) -> None:
    """Lambda's image may have none: the interpreter looks nowhere but in the bundle."""
    bundle = build_bundle(ROOT, "check_gameday", tmp_path)
    with zipfile.ZipFile(bundle.file) as archive:
        archive.extractall(tmp_path / "task")

    done = subprocess.run(
        # No -I: it would not hear that there are no time zones in the system.
        [sys.executable, "-S", "-c", ZONES, tmp_path / "task"],
        env={"PYTHONTZPATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stderr, done.stdout.strip()) == ("", "Europe/Berlin")


def test_only_what_reads_time_zones_carries_them() -> None:
    """A thousand files that a cold start need not unpack."""
    carry = {
        function
        for function in STEPS
        if any(place.startswith("tzdata/") for place in bundle_files(ROOT, function))
    }
    assert carry == {"check_gameday"}


def test_a_bundle_has_what_its_function_imports_and_no_more() -> None:
    """A step that asks no database has no driver; none has a Kubernetes client or boto3."""
    tops = {
        function: {place.partition("/")[0] for place in bundle_files(ROOT, function)}
        for function in STEPS
    }

    assert "pg8000" in tops["promote_standby"]
    assert not {"pg8000", "dns"} & tops["notify_operators"]
    assert "dns" in tops["wait_dns"]
    for function, names in tops.items():
        assert not {"kubernetes", "boto3", "botocore", "pydantic"} & names, function


def test_a_bundle_holds_one_function(tmp_path: Path) -> None:
    """Other functions' handlers, the tests and the configuration stay out."""
    bundle = build_bundle(ROOT, "open_gate", tmp_path)
    with zipfile.ZipFile(bundle.file) as archive:
        own = [
            name for name in archive.namelist() if name.startswith(("functions/", "landbridge/"))
        ]

    assert [name for name in own if name.endswith("handler.py")] == [
        "functions/open_gate/handler.py"
    ]
    assert not [name for name in own if name.startswith("landbridge/configuration")]


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    """Built twice, in two places, a bundle is the same file."""
    first = build_bundle(ROOT, "take_lock", tmp_path / "a")
    second = build_bundle(ROOT, "take_lock", tmp_path / "b")

    assert first.content_hash == second.content_hash
    assert first.file.read_bytes() == second.file.read_bytes()


def _repository(tmp_path: Path, source: str) -> Path:
    folder = tmp_path / "functions" / "look_around"
    folder.mkdir(parents=True)
    for package in (tmp_path / "functions", folder):
        (package / "__init__.py").touch()
    (folder / "handler.py").write_text(source)
    return tmp_path


def test_a_changed_line_changes_the_hash(tmp_path: Path) -> None:
    """The hash is of the content."""
    root = _repository(tmp_path, "lambda_handler = print\n")
    before = build_bundle(root, "look_around", tmp_path / "out")
    (root / "functions" / "look_around" / "handler.py").write_text("lambda_handler = repr\n")

    after = build_bundle(root, "look_around", tmp_path / "out")

    assert before.content_hash != after.content_hash


def test_an_import_that_lambda_lacks_stops_the_build(tmp_path: Path) -> None:
    """A function that imports what no bundle holds is refused by name, not found out in a run."""
    root = _repository(tmp_path, "def lambda_handler(event, context):\n    import kubernetes\n")

    with pytest.raises(UnknownImportError, match=r"look_around\.handler imports kubernetes"):
        build_bundle(root, "look_around", tmp_path / "out")


def test_a_missing_module_of_our_own_stops_the_build(tmp_path: Path) -> None:
    """An import of a module that is not there names the module and its importer."""
    root = _repository(tmp_path, "from landbridge.domain import nothing\n")

    with pytest.raises(FileNotFoundError, match=r"look_around\.handler imports landbridge"):
        build_bundle(root, "look_around", tmp_path / "out")


def test_imports_for_type_checkers_alone_stay_out(tmp_path: Path) -> None:
    """What only a type checker imports is not bundled."""
    root = _repository(
        tmp_path, "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import kubernetes\n"
    )

    places = bundle_files(root, "look_around")

    assert sorted(places) == [
        "functions/__init__.py",
        "functions/look_around/__init__.py",
        "functions/look_around/handler.py",
    ]
