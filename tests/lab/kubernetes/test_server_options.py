"""The server's own options: bounded history, tokens on file, EKS tokens."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kubernetes import client, watch

from lab.kubernetes.api.eks_tokens import PREFIX, fault
from lab.kubernetes.cluster import Cluster, Options, User
from lab.kubernetes.connection import Connection
from lab.kubernetes.plain import RefusedError, request
from tests.lab.kubernetes.tokens import NOW, eks_token


def test_well_formed_token_is_valid() -> None:
    """A presigned GetCallerIdentity with the cluster's header signed is valid for its time."""
    assert fault(eks_token(), NOW + timedelta(seconds=59)) == ""


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (eks_token(NOW - timedelta(seconds=61)), "expired"),
        (eks_token(NOW + timedelta(hours=1)), "future"),
        (eks_token(**{"X-Amz-SignedHeaders": "host"}), "x-k8s-aws-id is not signed"),
        (eks_token(**{"X-Amz-Signature": None}), "x-amz-signature is missing"),
        (eks_token(Action="AssumeRole"), "no GetCallerIdentity"),
        (eks_token(**{"X-Amz-Expires": "86400"}), "15 minutes"),
        (eks_token(**{"X-Amz-Date": "yesterday"}), "can't be read"),
        (PREFIX + "!!!", "no base64url"),
        (PREFIX + "A" * 5000, "no EKS token"),
        ("something-else", "no EKS token"),
    ],
)
def test_other_tokens_are_not(token: str, reason: str) -> None:
    """A token that lacks anything, or has had its time, is refused for that reason."""
    assert reason in fault(token, NOW)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Serve a cluster that keeps ten changes and knows an EKS user."""
    options = Options(history=10, eks_user=User("landbridge-lambda", ("operators",)))
    cluster = Cluster("aws", tmp_path_factory.mktemp("small"), {}, options=options)
    cluster.start_server()
    yield cluster
    cluster.stop()


def test_eks_token_is_its_user(small: Cluster) -> None:
    """A valid EKS token is the configured user with its groups."""
    connection = Connection(small.url, eks_token(datetime.now(tz=UTC)))

    api = client.AuthenticationV1Api(connection.api_client())
    info = api.create_self_subject_review({}).status.user_info

    assert (info.username, info.groups[0]) == ("landbridge-lambda", "operators")


def test_refused_user_is_unauthorized_until_every_reason_is_gone(small: Cluster) -> None:
    """Who is refused for two reasons gets 401 until both are over."""
    connection = Connection(small.url, eks_token(datetime.now(tz=UTC)))
    for reason in ("one", "other"):
        small.refuse("landbridge-lambda", reason)
    small.accept("landbridge-lambda", "one")
    with pytest.raises(RefusedError) as refusal:
        request(connection, "GET", "/api")
    assert refusal.value.code == 401

    small.accept("landbridge-lambda", "other")
    assert request(connection, "GET", "/api")["kind"] == "APIVersions"


def test_renewed_token_replaces_the_one_before(small: Cluster) -> None:
    """The old one is nobody's; the new one is the user's."""
    before = small.connection("admin")
    small.renew("admin")

    with pytest.raises(RefusedError) as refusal:
        request(before, "GET", "/api")
    assert refusal.value.code == 401
    assert request(small.connection("admin"), "GET", "/api")["kind"] == "APIVersions"


def test_expired_eks_token_is_unauthorized(small: Cluster) -> None:
    """An EKS token that has had its time is a 401."""
    connection = Connection(small.url, eks_token(datetime.now(tz=UTC) - timedelta(minutes=20)))

    with pytest.raises(RefusedError) as refusal:
        request(connection, "GET", "/api")

    assert refusal.value.code == 401


def test_new_token_is_known_at_once(small: Cluster) -> None:
    """A token that is added to the file is accepted without a restart."""
    path = small.folder / "tokens.json"
    entries = json.loads(path.read_text())
    path.write_text(json.dumps(entries | {"fresh": {"user": "late"}}))

    assert request(Connection(small.url, "fresh"), "GET", "/version")["major"] == "1"


def test_forgotten_history_is_gone(small: Cluster) -> None:
    """A watch from before the kept changes is told 410, which the official client raises."""
    core = client.CoreV1Api(small.admin())
    version = core.list_namespaced_config_map("default").metadata.resource_version
    for number in range(15):
        core.create_namespaced_config_map("default", {"metadata": {"name": f"map-{number}"}})

    stream = watch.Watch().stream(
        core.list_namespaced_config_map,
        "default",
        resource_version=version,
        timeout_seconds=20,
    )

    with pytest.raises(client.ApiException) as refusal:
        next(stream)
    assert refusal.value.status == 410
    assert "too old resource version" in refusal.value.reason


def test_files_with_tokens_are_private(small: Cluster) -> None:
    """Nobody else can read the tokens."""
    for name in ("tokens.json", "controllers.token"):
        assert Path(small.folder, name).stat().st_mode & 0o077 == 0
