"""The Function App as it is deployed: `python -m lab.azure.package FOLDER`, or `... FILE.zip`.

The Functions host wants function_app.py and host.json at the top; the own modules of the app and
those of the library that they import lie beside them. What is missing here is missing in Azure.
"""

import shutil
import sys
import zipfile
from collections.abc import Iterable, Mapping
from modulefinder import ModuleFinder
from pathlib import Path

__all__ = ["lay_out", "own_modules", "package_files", "stage", "write_package"]

REPOSITORY = Path(__file__).parents[2]
AT_THE_TOP = ("function_app.py", "host.json", "requirements.txt", ".funcignore")
# The earliest that a zip can hold: the package is the same whenever it is made.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def package_files(repository: Path = REPOSITORY) -> dict[str, Path]:
    """Return place in the package -> file: what the app imports of the repository, and no more."""
    app = repository / "azure_functions"
    at_the_top = {name: app / name for name in AT_THE_TOP}
    return {**at_the_top, **own_modules(repository, app / "function_app.py")}


def own_modules(repository: Path, script: Path, named: Iterable[str] = ()) -> dict[str, Path]:
    """Return place -> file: the script's and ``named`` ones' imports of the repository."""
    # With the repository alone to look in, everybody else's packages are simply not found.
    finder = ModuleFinder(path=[str(repository)])
    finder.run_script(str(script))
    for name in named:
        finder.import_hook(name)
    files = {}
    for name, module in finder.modules.items():
        found = getattr(module, "__file__", None)  # which a package of others' has not
        if found and name != "__main__":
            file = Path(found)
            files[file.relative_to(repository).as_posix()] = file
    return files


def stage(folder: Path, repository: Path = REPOSITORY) -> None:
    """Copy the app into ``folder``, which need not exist; what was there of it is replaced."""
    lay_out(folder, package_files(repository), ("azure_functions", "landbridge"))


def lay_out(folder: Path, files: Mapping[str, Path], packages: Iterable[str]) -> None:
    """Copy files (place -> file) into ``folder``, whose ``packages`` are removed before."""
    for package in packages:
        shutil.rmtree(folder / package, ignore_errors=True)
    for place, file in files.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def write_package(file: Path, repository: Path = REPOSITORY) -> None:
    """Write the app as a zip: the same source gives the same bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, source in sorted(package_files(repository).items()):
            entry = zipfile.ZipInfo(place, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, source.read_bytes())


if __name__ == "__main__":
    wanted = Path(sys.argv[1])
    if wanted.suffix == ".zip":
        write_package(wanted)
        print(f"{wanted}: {wanted.stat().st_size} bytes")  # noqa: T201 - a program's answer
    else:
        stage(wanted)
