"""Every step, doubled: it notes its call in the run's folder and does what a file there says.

The run's name is the folder's path, or a name in the folder ``DOUBLE_FOLDER`` of the environment.
``<step>.error`` holds an error's class and how often it is raised; ``<step>.die`` and
``<step>.hang`` end or block its first call.
"""

import os
import signal
from pathlib import Path
from typing import Any

from landbridge.domain import errors
from tests.statemachines.scripted import scripted

MODULES: tuple[str, ...] = ()


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Do what the folder says."""
    folder = Path(os.environ.get("DOUBLE_FOLDER", "")) / event["run"]
    step = context.function_name
    calls = folder / f"{step}.calls"
    with calls.open("a", encoding="utf-8") as file:
        file.write(f"{context.aws_request_id}\n")
    count = len(calls.read_text(encoding="utf-8").splitlines())
    if (folder / f"{step}.die").exists() and count == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if (folder / f"{step}.hang").exists() and count == 1:
        signal.pause()
    if (told := folder / f"{step}.error").exists():
        name, times = told.read_text(encoding="utf-8").split()
        if count <= int(times):
            raise getattr(errors, name)(f"{step}, for the {count}. time")
    return dict(scripted()[step](event))  # type: ignore[call-overload]  # what steps answer
