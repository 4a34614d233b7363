"""The lab's handle on Route 53's data plane: a child process with a name server in it."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from lab.dns.data_plane import CheckerMode
from lab.dns.lifeline import start_child, stop_child
from lab.dns.server import JOURNAL_NAME
from lab.dns.settings import Settings

__all__ = ["DnsService"]

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_CONTROL_TIMEOUT_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.02


class DnsService:
    """Starts, looks at and stops one data plane process.

    ``settings`` says what it serves; ``environment`` is added to this process's (the lab's marker).
    The process ends with this one.
    """

    def __init__(self, settings: Settings, *, environment: Mapping[str, str] | None = None) -> None:
        self._settings = settings
        self._environment = dict(environment or {})
        self._child: subprocess.Popen[str] | None = None
        self._control_port = 0
        self.port = 0

    @property
    def name_server(self) -> str:
        """Return the name server's ``address:port``."""
        return f"127.0.0.1:{self.port}"

    @property
    def journal_path(self) -> Path:
        """Return the journal's path (one JSON object a line; events: see Journal)."""
        return self._settings.folder / JOURNAL_NAME

    def start(self) -> Self:
        """Start the process and wait until it answers; RuntimeError where it ends instead."""
        self._settings.folder.mkdir(parents=True, exist_ok=True)
        self._child, line = start_child(
            "lab.dns.server", self._settings.arguments(), self._environment
        )
        ready = json.loads(line)
        self.port, self._control_port = ready["port"], ready["control_port"]
        return self

    def stop(self) -> None:
        """End the process; harmless when it is gone."""
        if self._child is not None:
            stop_child(self._child)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def state(self) -> dict[str, Any]:
        """Return what the data plane holds now.

        ``{"checkers": {region: mode}, "checks": {id: {"label", "type", "fqdn", "inverted",
        "disabled", "healthy": bool, "observed": bool | None, "checkers": {region: {"healthy",
        "detail"}}}}, "answers": {"orders.shop.test. A": {"role", "set_identifier", "values",
        "ttl_seconds"}}, "alarms": {name: {"state", "reason"}}, "control_plane_error": str |
        None}``. ``healthy`` is final, ``observed`` what checkers see before Inverted and Disabled,
        None without data. Raises OSError when the process is gone.
        """
        return dict(json.loads(self._request("GET", "/state")))

    def set_checker(self, name: str, mode: CheckerMode) -> None:
        """Switch one checker; ``blocked`` is one that is cut off and sees nobody.

        Raises urllib.error.HTTPError for a name that is none.
        """
        self._request("PUT", f"/checkers/{name}", {"mode": str(mode)})

    def slow_down(self, least_seconds: float, most_seconds: float, seed: int = 0) -> None:
        """Let each query wait between these bounds before it is answered; 0 and 0: not at all.

        Raises urllib.error.HTTPError for bounds that are none.
        """
        document = {"least_seconds": least_seconds, "most_seconds": most_seconds, "seed": seed}
        self._request("PUT", "/slowness", document)

    def wait_until(
        self, condition: Callable[[dict[str, Any]], bool], timeout_seconds: float
    ) -> dict[str, Any]:
        """Return the first state that meets ``condition``; TimeoutError with the last one seen."""
        deadline = time.monotonic() + timeout_seconds
        while not condition(state := self.state()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not so after {timeout_seconds} s: {json.dumps(state)}")
            time.sleep(_LOOK_AGAIN_SECONDS)
        return state

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> bytes:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._control_port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with _OPENER.open(request, timeout=_CONTROL_TIMEOUT_SECONDS) as answer:
            return bytes(answer.read())
