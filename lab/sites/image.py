"""What the image ``landbridge/postgres:16`` stands for on this machine."""

import os
import sys
from pathlib import Path

from lab.kubernetes.node.images import Image
from lab.processes.folder import LabFolder
from lab.sites.installation import find_installation

__all__ = ["IMAGE", "postgres_image"]

IMAGE = "landbridge/postgres:16"


def postgres_image(lab: LabFolder) -> Image:
    """Return the command that the kubelet runs for the image, and what it finds there.

    A container runs as an unprivileged user. Here the program is root, where the lab is, for that
    user may not reach the virtual environment; it starts PostgreSQL's programs as the user.
    """
    installation = find_installation()
    programs = lab.folder("postgresql/bin")
    installation.write_programs(programs)
    search = f"{programs}:{Path(sys.executable).parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    user = {} if installation.user is None else {"POSTGRES_USER": installation.user}
    return Image(
        command=(sys.executable, "-m", "landbridge.database_pod"),
        env={"PATH": search, "POSTGRES_PROGRAMS": str(programs), **user},
    )
