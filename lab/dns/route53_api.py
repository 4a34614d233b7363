"""The process behind the Route 53 API: moto's server on a port of the loopback.

Run as ``python -m lab.dns.route53_api PORT``, 0 for a free one; its first line on standard output
is its URL.
"""

import logging
import os
import signal
import sys
import threading

from moto.server import ThreadedMotoServer

from lab.dns.lifeline import hold_on_to_parent

__all__ = ["main"]


def main() -> None:
    """Serve until the parent lets go or a SIGTERM comes."""
    released = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))
    hold_on_to_parent(released.set)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer("127.0.0.1", int(sys.argv[1]), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)  # noqa: T201 - the protocol with the parent
    released.wait()
    # Requests may be under way in other threads; there is nothing to save.
    os._exit(0)


if __name__ == "__main__":
    main()
