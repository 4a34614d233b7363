"""A container for tests: serves HTTP on its pod's address, ready while a file says so."""

import http.server
import os
import pathlib


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers 200 while the control folder lacks a file of the path's name, else 503."""

    def do_GET(self) -> None:
        broken = pathlib.Path(os.environ.get("CONTROL", "/nonexistent"), self.path.strip("/"))
        self.send_response(503 if broken.exists() else 200)
        self.end_headers()
        self.wfile.write(os.environ["HOST"].encode())

    def log_message(self, *_arguments: object) -> None:
        """Stay silent: the log is for what tests print."""


if __name__ == "__main__":
    print("listening on", os.environ["HOST"], flush=True)  # noqa: T201 - the container's log
    http.server.ThreadingHTTPServer((os.environ["HOST"], 8080), Handler).serve_forever()
