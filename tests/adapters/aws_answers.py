"""An AWS that answers each request with one error, in the protocol that it was asked in."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import botocore.session

from landbridge.adapters.aws_clients import aws_session
from tests.adapters.serving import running

FORM = "application/x-www-form-urlencoded"  # the query protocol: SNS, CloudFormation
MESSAGE = "so AWS says"

# botocore reads a service's description (a file of megabytes) once for each session.
_DESCRIPTIONS = botocore.session.get_session().get_component("data_loader")


def forget_session() -> None:
    """Let the next client look at its settings anew, as that of a new process does."""
    aws_session.cache_clear()
    session = aws_session()
    session.register_component("data_loader", _DESCRIPTIONS)
    boto3.setup_default_session(botocore_session=session)


@contextmanager
def aws_answering(code: str, status: int = 400) -> Iterator[tuple[str, list[str]]]:
    """Serve the error; give the endpoint's URL and the requests as they come."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.path)
            form = (self.headers["Content-Type"] or "").startswith(FORM)
            body = (_xml(code) if form else _json(code)).encode()
            self.send_response(status)
            self.send_header("x-amzn-errortype", code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with running(server):
        yield f"http://127.0.0.1:{server.server_port}", asked


def _json(code: str) -> str:
    return json.dumps({"__type": code, "message": MESSAGE})


def _xml(code: str) -> str:
    error = f"<Type>Sender</Type><Code>{code}</Code><Message>{MESSAGE}</Message>"
    return f"<ErrorResponse><Error>{error}</Error><RequestId>1</RequestId></ErrorResponse>"
