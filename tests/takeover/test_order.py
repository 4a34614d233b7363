"""What a takeover's pod is told: all of it checked before anything is done."""

from pathlib import Path

import pytest

from landbridge.domain.errors import ConfigurationError, InvalidEventError
from landbridge.takeover.order import order_from
from tests.takeover.environment import environment

NOW = 1_000_000.0


def test_a_pod_knows_its_run_and_its_cluster(tmp_path: Path) -> None:
    """The API server is the one that Kubernetes names, the account's files its own."""
    order = order_from(environment(tmp_path), NOW)
    assert order.run == "takeover-manual-1-0123456789"
    assert order.request == {"trigger": "manual", "reason": "AWS is dead"}
    assert order.api_url == "https://10.0.0.1:443"
    assert (order.token_file, order.ca_file) == (tmp_path / "token", tmp_path / "ca.crt")
    assert (order.client_id, order.entra_token_file) == ("the-takeover", tmp_path / "entra-token")
    assert (order.webhook_secret, order.webhook_format) == ("", "")


def test_a_pods_account_is_where_kubernetes_puts_it(tmp_path: Path) -> None:
    """Nothing needs to be said of it in the manifest."""
    order = order_from(environment(tmp_path, LANDBRIDGE_ACCOUNT_FOLDER=""), NOW)
    assert str(order.token_file) == "/var/run/secrets/kubernetes.io/serviceaccount/token"


@pytest.mark.parametrize(
    "name",
    [
        "LANDBRIDGE_RUN",
        "LANDBRIDGE_REQUEST",
        "LANDBRIDGE_RECORDS_NAMESPACE",
        "LANDBRIDGE_SECRETS_FOLDER",
        "AZURE_CLIENT_ID",
        "AZURE_FEDERATED_TOKEN_FILE",
        "KUBERNETES_SERVICE_HOST",
    ],
)
def test_what_is_not_set_is_named(tmp_path: Path, name: str) -> None:
    """With where to mend it."""
    with pytest.raises(ConfigurationError, match=f"{name} is not set") as refused:
        order_from(environment(tmp_path, **{name: ""}), NOW)
    assert "takeover.yaml" in refused.value.remedy


@pytest.mark.parametrize("run", ["Upper", "a/b", "-a", "a-", "a" * 201, "a\nb"])
def test_a_run_is_a_part_of_an_objects_name(tmp_path: Path, run: str) -> None:
    """Everything else is refused before it becomes a path."""
    with pytest.raises(ConfigurationError, match="LANDBRIDGE_RUN"):
        order_from(environment(tmp_path, LANDBRIDGE_RUN=run), NOW)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("{", "LANDBRIDGE_REQUEST is not JSON"),
        ("[]", "is not an object"),
        ("{}", "reason: missing"),
        ('{"reason": "x", "force": 1}', "force"),
        ('{"reason": "x", "trigger": "moon"}', "trigger"),
    ],
)
def test_a_bad_request_is_refused_by_its_field(tmp_path: Path, request_: str, said: str) -> None:
    """As the starter in AWS refuses it."""
    with pytest.raises(InvalidEventError, match=said):
        order_from(environment(tmp_path, LANDBRIDGE_REQUEST=request_), NOW)
