"""What the image ``landbridge/postgres:16`` stands for on this machine."""

import os
import sys
from pathlib import Path

from lab.kubernetes.node.images import Image
from lab.processes.folder import LabFolder
from lab.sites.disk import Disk, compile_shim
from lab.sites.installation import find_installation
from lab.sites.postgres import database_folder

__all__ = ["IMAGE", "postgres_image"]

IMAGE = "landbridge/postgres:16"


def postgres_image(lab: LabFolder, site: str) -> Image:
    """Return the command that the site's kubelet runs for the image, and what it finds there.

    A container runs as an unprivileged user. Here the program is root, where the lab is, for that
    user may not reach the virtual environment; it starts PostgreSQL's programs as the user.
    """
    installation = find_installation()
    programs = lab.folder(f"postgresql/{site}")
    installation.write_programs(programs, compile_shim(lab))
    search = f"{programs}:{Path(sys.executable).parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    user = {} if installation.user is None else {"POSTGRES_USER": installation.user}
    return Image(
        command=(sys.executable, "-m", "landbridge.database_pod"),
        env={
            "PATH": search,
            "POSTGRES_PROGRAMS": str(programs),
            **Disk(database_folder(lab, site)).environment,
            **user,
        },
        slow=False,  # what is imitated is the workload's slow start, not its database's
    )
