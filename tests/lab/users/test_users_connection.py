"""HTTP/1.1 as the users speak it (RFC 9112)."""

import asyncio

import pytest

from lab.users.connection import Connection, ProtocolError, Response

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: 1\r\n\r\n"
)


class Line:
    """The other side's end of a connection: it hears, and says what the test gave it."""

    def __init__(self) -> None:
        self.heard = b""
        self.aborted = False
        self.transport = self

    def write(self, data: bytes) -> None:
        self.heard += data

    async def drain(self) -> None:
        """Nothing waits."""

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted


def ask(answer: bytes, *, ends: bool = False) -> tuple[Response, Connection, Line]:
    """Return the response that ``answer`` is read as, and the connection afterwards."""

    async def run() -> tuple[Response, Connection, Line]:
        reader, line = asyncio.StreamReader(), Line()
        reader.feed_data(answer)
        if ends:
            reader.feed_eof()
        connection = Connection(reader, line)
        return await connection.request("POST", "/orders", "shop:1", b"{}"), connection, line

    return asyncio.run(run())


def test_a_request_is_http() -> None:
    """The request has its host and the length of its body."""
    _, _, line = ask(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")

    head, body = line.heard.split(b"\r\n\r\n")
    assert head.split(b"\r\n")[:2] == [b"POST /orders HTTP/1.1", b"Host: shop:1"]
    assert b"Content-Length: 2" in head.split(b"\r\n")
    assert body == b"{}"


@pytest.mark.parametrize(
    ("answer", "ends", "response", "usable"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", False, Response(200, b"ok"), True),
        (
            CHUNKED,
            False,
            Response(200, b"abcd"),
            True,
        ),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
            False,
            Response(503, b""),
            True,
        ),
        (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            False,
            Response(200, b""),
            False,
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", True, Response(200, b"to the end"), False),
    ],
    ids=["length", "chunked", "interim", "close", "to the end"],
)
def test_an_answer_is_read_whole(
    answer: bytes,
    ends: bool,  # noqa: FBT001 - a column of the table
    response: Response,
    usable: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Each way to say how long an answer is, and whether the connection lives on."""
    got, connection, _ = ask(answer, ends=ends)

    assert got == response
    assert connection.usable is usable


@pytest.mark.parametrize("answer", [b"SSH-2.0-x y\r\n\r\n", b"HTTP/1.1 ok OK\r\n\r\n", b"\r\n\r\n"])
def test_what_is_not_http_is_refused(answer: bytes) -> None:
    """Another protocol, or nonsense, is an error."""
    with pytest.raises(ProtocolError):
        ask(answer)


def test_an_answer_cut_short_is_none() -> None:
    """An answer that ends before its length says is no answer."""
    with pytest.raises(EOFError):
        ask(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nok", ends=True)
