"""Lay out the Function App as it is deployed: `python -m lab.azure.package FOLDER`.

The Functions host wants function_app.py and host.json at the top; the app's own modules and the
part of the library that it uses lie beside them as packages. What is missing here is missing in
Azure.
"""

import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
AT_THE_TOP = ("function_app.py", "host.json", "requirements.txt", ".funcignore")
# The adapters that the Function App may use; the others talk to AWS or to the databases.
ADAPTERS = (
    "__init__",
    "azure_records",
    "cluster_facts",
    "cluster_jobs",
    "http_probe",
    "kubernetes",
    "kubernetes_objects",
    "name_servers",
    "pod_references",
    "rebuild_job",
    "rehearsal_job",
    "takeover_jobs",
    "webhook",
)


def stage(folder: Path, repository: Path = REPOSITORY) -> None:
    """Copy the app into ``folder``, which need not exist; what was there of it is replaced."""
    app, library = repository / "azure_functions", repository / "landbridge"
    folder.mkdir(parents=True, exist_ok=True)
    for name in AT_THE_TOP:
        shutil.copy(app / name, folder / name)
    modules = [path for path in app.glob("*.py") if path.name not in AT_THE_TOP]
    _copy(modules, folder / "azure_functions")
    _copy([library / "__init__.py"], folder / "landbridge")
    domain = library / "domain"
    _copy(list(domain.glob("*.py")), folder / "landbridge" / "domain")
    preflight = Path("landbridge") / "domain" / "preflight"
    _copy(list((domain / "preflight").glob("*.py")), folder / preflight)
    adapters = [library / "adapters" / f"{name}.py" for name in ADAPTERS]
    _copy(adapters, folder / "landbridge" / "adapters")


def _copy(files: list[Path], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in files:
        shutil.copy(file, folder / file.name)


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
