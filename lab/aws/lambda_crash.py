"""Kills a Lambda worker in the middle of an invocation, at a place that no luck decides.

Part of the worker's own process, in the place of the kernel that would kill it. Whatever a handler
asks of another system passes through Python's sockets, and so does its wait for the answer: the
process dies as that wait begins, with the request sent and the answer not read. Nobody has to
catch the moment from outside. Standard library only, as its caller.
"""

import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

# ``sendto`` has the data first too; a text that is looked for stands in one of these.
_SENDING = ("send", "sendall", "sendto")
_RECEIVING = ("recv", "recv_into", "recvfrom")


class CrashPoint:
    """Where this invocation ends: at its ``waits``-th wait for an answer, 1 the first.

    With ``sent``, at the wait that follows a request with that text in it. ``at_the_end`` is for an
    invocation that had no such wait: it is killed with its work done and its answer not given.
    """

    def __init__(self, waits: int, sent: str) -> None:
        self._left = waits
        self._text = sent.encode()
        self._asked: set[int] = set()
        self._lock = threading.Lock()

    def arm(self) -> None:
        """Begin to count. There is no way back: the process does not outlive the invocation."""
        for kind in (socket.socket, ssl.SSLSocket):
            for name in _SENDING:
                self._wrap(kind, name, self._send)
            for name in _RECEIVING:
                self._wrap(kind, name, self._wait)

    def at_the_end(self) -> None:
        """Die here."""
        os.kill(os.getpid(), signal.SIGKILL)

    def _wrap(self, kind: type, name: str, note: Callable[..., None]) -> None:
        original = getattr(kind, name)

        def noted(sock: socket.socket, *arguments: Any, **keywords: Any) -> Any:
            note(sock, *arguments)
            return original(sock, *arguments, **keywords)

        setattr(kind, name, noted)

    def _send(self, sock: socket.socket, data: Any, *_rest: Any) -> None:
        if self._text in bytes(data):
            with self._lock:
                self._asked.add(id(sock))

    def _wait(self, sock: socket.socket, *_rest: Any) -> None:
        with self._lock:
            if id(sock) not in self._asked:
                return
            self._asked.discard(id(sock))
            self._left -= 1
        if not self._left:
            self.at_the_end()
