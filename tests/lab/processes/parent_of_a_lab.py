"""A parent as ``make drill`` is one: it opens a lab, starts children that are hard to end, waits.

Run as ``python parent_of_a_lab.py NOTE``; the file NOTE then says lab id, folder, janitor's pid.
"""

import signal
import sys
import time
from pathlib import Path

from lab.processes.children import python
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_for_file

SLEEP = "import time; time.sleep(600)"
CHILDREN = {
    "deaf": f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {{up}}; {SLEEP}",
    "orphan": f"import os; os.fork() and os._exit(0); os.setsid(); {{up}}; {SLEEP}",
    "nested": "import subprocess; {up}; subprocess.run(['sleep', '600'])",
    "frozen": f"{{up}}; {SLEEP}",
}


def main() -> None:
    """Start the children, write the note, wait to be ended."""
    note = Path(sys.argv[1])
    # Whoever runs the tests may ignore these (nohup does), and a child inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with LabFolder() as lab:
        for name, code in CHILDREN.items():
            up = lab.path / f"{name}.up"
            touch = f"import pathlib; pathlib.Path({str(up)!r}).touch()"
            child = lab.spawn(name, python("-c", code.format(up=touch)))
            wait_for_file(up)
        child.freeze()
        unfinished = note.with_suffix(".unfinished")
        unfinished.write_text(f"{lab.id} {lab.path} {lab._janitor.pid}")
        unfinished.rename(note)
        time.sleep(600)


if __name__ == "__main__":
    main()
