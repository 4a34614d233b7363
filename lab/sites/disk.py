"""A site's disk, which may be full: its folder, and the switch that PostgreSQL's programs look at.

Without root there is no small file system to fill. So ``full_disk.c`` is loaded into PostgreSQL's
programs (LD_PRELOAD), and while the switch is on whatever would make a file longer gets ENOSPC. It
needs a C compiler; where there is none the programs run without it and the disk never fills.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.processes.folder import LabFolder

__all__ = ["Disk", "compile_shim", "why_never_full"]

_SOURCE = Path(__file__).with_name("full_disk.c")
_COMPILERS = ("cc", "gcc", "clang")
_FLAGS = ("-std=gnu11", "-O1", "-shared", "-fPIC")


def why_never_full() -> str:
    """Return why no disk can be full on this machine, or an empty text where one can."""
    return "" if _compiler() else f"it needs a C compiler: none of {', '.join(_COMPILERS)} is there"


def _compiler() -> str | None:
    return next((found for name in _COMPILERS if (found := shutil.which(name))), None)


def compile_shim(lab: LabFolder) -> Path | None:
    """Return the library for a lab's programs, None where there is no C compiler."""
    compiler = _compiler()
    if compiler is None:
        return None
    library = lab.folder("postgresql") / "full_disk.so"
    if not library.exists():
        lab.run([compiler, *_FLAGS, "-o", library, _SOURCE, "-ldl"])
    return library


@dataclass(frozen=True)
class Disk:
    """The disk that a folder stands for; the switch is one byte in it."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables that tell the library which disk it is about."""
        return {"LAB_DISK": str(self.folder)}

    def make(self) -> None:
        """Put the switch there, off: programs map it when they start."""
        self._switch.write_text("0")
        self._switch.chmod(0o644)

    @property
    def is_full(self) -> bool:
        """Whether nothing can grow now."""
        return self._switch.read_text() == "1"

    def fill(self) -> None:
        """Leave no space: from now on nothing in the folder can grow."""
        self._set("1")

    def free(self) -> None:
        """Give it space again."""
        self._set("0")

    @property
    def _switch(self) -> Path:
        return self.folder / "full"

    def _set(self, byte: str) -> None:
        # In place: the programs have mapped this file.
        with self._switch.open("r+") as switch:
            switch.write(byte)
