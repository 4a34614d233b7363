"""What a command says: one JSON object a line, which the rebuild's caller reads from the log."""

import json
import sys
import traceback
from typing import Any, TextIO

from landbridge.domain.errors import LandbridgeError

__all__ = ["Report"]


class Report:
    """Writes events to a stream, each at once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def say(self, event: str, **fields: Any) -> None:
        """Write one event."""
        self._stream.write(json.dumps({"event": event, **fields}) + "\n")
        self._stream.flush()

    def failed(self, error: Exception) -> None:
        """Write the event that ends a command in vain; what was not foreseen leaves its trace."""
        message, remedy = str(error), ""
        if isinstance(error, LandbridgeError):
            message, remedy = error.message, error.remedy
        else:
            traceback.print_exception(error, file=sys.stderr)
        self.say("failed", error=type(error).__name__, message=message, remedy=remedy)
