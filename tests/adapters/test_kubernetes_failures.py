"""What a Kubernetes API does wrong, and the name that landbridge gives to it."""

import json
import socket

import pytest

from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.errors import (
    AccessDeniedError,
    ClusterUnavailableError,
    ConfigurationError,
    GateConflictError,
    LandbridgeError,
)
from tests.adapters.serving import answering


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AccessDeniedError),
        (403, AccessDeniedError),
        (409, GateConflictError),
        (422, ConfigurationError),
        (429, ClusterUnavailableError),
        (500, ClusterUnavailableError),
        (503, ClusterUnavailableError),
        (504, ClusterUnavailableError),
    ],
)
def test_status(status: int, error: type[LandbridgeError]) -> None:
    """Each refusal has its name, says what the server said, and was asked for once."""
    said = json.dumps({"kind": "Status", "message": "so the server says"}).encode()

    with answering(status, said) as (url, asked):
        with pytest.raises(error, match=f"{status} so the server says"):
            Cluster(url, lambda: "token").read_gate()

        assert len(asked) == 1


@pytest.mark.parametrize("body", [b"<html>proxy</html>", b"", b"[]", b"7", b"\xff"])
def test_answer_that_is_no_object(body: bytes) -> None:
    """An answer that is no Kubernetes object is never taken for a gate, nor for none."""
    with (
        answering(200, body) as (url, _),
        pytest.raises((ClusterUnavailableError, ConfigurationError)),
    ):
        Cluster(url, lambda: "token").read_gate()


def test_no_connection() -> None:
    """A server that is not there is unavailable."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    cluster = Cluster(f"http://127.0.0.1:{port}", lambda: "token")

    with pytest.raises(ClusterUnavailableError, match="ConfigMap"):
        cluster.read_gate()


def test_no_answer_in_time() -> None:
    """A server that accepts and says nothing is unavailable once the time is up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        cluster = Cluster(url, lambda: "token", timeout_seconds=(0.2, 0.2))

        with pytest.raises(ClusterUnavailableError, match="ConfigMap"):
            cluster.read_gate()


def test_no_token() -> None:
    """What goes wrong with the token comes out as it is, and nothing is asked."""

    def none() -> str:
        raise ClusterUnavailableError("no token today")

    with answering(200, b"{}") as (url, asked):
        with pytest.raises(ClusterUnavailableError, match="no token today"):
            Cluster(url, none).read_gate()

        assert asked == []


def test_certificate_authority_that_is_not_base64() -> None:
    """An authority that can't be read is a setting to mend, said before anything is asked."""
    with pytest.raises(ConfigurationError, match="certificate authority"):
        Cluster("https://127.0.0.1:1", lambda: "token", "no base64!")
