"""The init container: it holds the pod until a committed write was read back."""

import time
from collections.abc import Mapping

from lab.orders.database import NotWritableError, database_from
from lab.orders.server import say

__all__ = ["main"]

POLL_SECONDS = 0.2


def main(environment: Mapping[str, str]) -> None:
    """Wait; each new reason is one line of the log."""
    database = database_from(environment, environment["SITE"])
    name, last = f"init-{environment.get('POD_NAME', 'pod')}", ""
    while True:
        try:
            database.prove_writable(name)
        except NotWritableError as error:
            if str(error) != last:
                last = str(error)
                say(f"waiting for a writable database: {last}")
            time.sleep(POLL_SECONDS)
            continue
        say("the database is writable: a committed write was read back")
        return
