"""The journal of the data plane: one JSON object a line, in the order that things happened."""

import json
import time
from pathlib import Path
from typing import Any

__all__ = ["Journal"]


class Journal:
    """Appends events to a file; each line is on disk when ``write`` returns.

    Every line has ``time`` (epoch seconds) and ``event``. Events: ``started``, ``zone`` (records or
    checks changed in the API), ``checker`` (one checker's status of one check), ``check`` (a
    check's final status), ``answer`` (what a failover name answers), ``mode`` (a checker switched),
    ``alarm-watched`` (and whether its check exists), ``alarm``, ``alarm-event`` (delivered or not
    yet), ``alarm-api`` (CloudWatch did not answer), ``control-plane`` (usable or not).
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def write(self, event: str, **fields: Any) -> None:
        """Append one event with the present time."""
        line = {"time": round(time.time(), 6), "event": event, **fields}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
