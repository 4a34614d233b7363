"""The images' files: what they copy is there, and what they start is what the lab's pods run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab.orders.image import orders_image
from tests.deploy.test_roles import documents

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "images"
# The program, the folders that the image has of the repository, and packages of others.
IMAGES = {
    "postgres": ("landbridge.database_pod", ("landbridge",), set()),
    "orders": (
        "lab.orders",
        ("lab/__init__.py", "lab/orders"),
        {"pg8000", "scramp", "asn1crypto", "dateutil", "six"},
    ),
}
LOADED = """
import importlib, sys
before = set(sys.modules)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_has_all_that_its_program_imports(image: str) -> None:
    """What it copies exists, and nothing else of others' is imported than what it installs."""
    program, folders, packages = IMAGES[image]
    text = (FOLDER / f"{image}.Dockerfile").read_text()
    copied = set(re.findall(r"^COPY (\S+) ", text, re.MULTILINE)) - {"requirements.lock"}
    assert copied == set(folders)
    assert all((ROOT / name).exists() for name in copied)
    assert f'ENTRYPOINT ["python3", "-m", "{program}"]' in text
    own = program.partition(".")[0]
    modules = [f"{program}.__main__"]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *modules],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    others = set(done.stdout.split()) - set(sys.stdlib_module_names) - {own}
    assert others == packages


def test_an_image_runs_as_the_manifests_user() -> None:
    """The user who owns the database's files is the one that its pod runs as."""
    for image, kind, name in (
        ("postgres", "StatefulSet", "orders-database"),
        ("orders", "Deployment", "orders"),
    ):
        (found,) = (
            one
            for one in documents("aws")
            if one["kind"] == kind and one["metadata"]["name"] == name
        )
        user = found["spec"]["template"]["spec"]["securityContext"]["runAsUser"]
        assert f"USER {user}:{user}" in (FOLDER / f"{image}.Dockerfile").read_text()


def test_the_lock_has_what_the_sample_installs() -> None:
    """Each package that the image takes from the lock is in it, once."""
    text = (FOLDER / "orders.Dockerfile").read_text()
    (pattern,) = re.findall(r"grep -oE '([^']+)'", text)
    found = re.findall(pattern, (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert len(found) == len(set(found)) == 5


def test_the_lab_runs_the_same_program() -> None:
    """What a drill shows of the image is true of the image."""
    assert orders_image().command[1:] == ("-m", IMAGES["orders"][0])


def test_the_server_finds_its_files() -> None:
    """Each file that postgresql.conf names lies where the pod has the Secret."""
    text = (ROOT / "deploy" / "postgresql" / "postgresql.conf").read_text()
    paths = re.findall(r"'(/etc/[^']+)'", text)
    assert paths
    assert {Path(path).parent.as_posix() for path in paths} == {"/etc/landbridge/postgres"}
    (included,) = re.findall(r"^include '([^']+)'", text, re.MULTILINE)
    assert (ROOT / "deploy" / "postgresql" / included).exists()
