"""The Function App's settings."""

import pytest

from azure_functions import aks
from azure_functions.app_settings import AppSettings, settings_from
from landbridge.domain.errors import ClusterUnavailableError, ConfigurationError
from landbridge.domain.settings import DatabasePod
from tests.azure_functions.conftest import forget

GOOD = {
    "LANDBRIDGE_AKS_URL": "https://aks.example.com:443",
    "LANDBRIDGE_AKS_CA": "UEVN",
    "LANDBRIDGE_GATE_NAMESPACE": "landbridge",
    "LANDBRIDGE_DEPLOYMENT_NAMESPACE": "orders",
    "LANDBRIDGE_DEPLOYMENT_NAME": "orders",
    "LANDBRIDGE_DATABASE_NAMESPACE": "orders",
    "LANDBRIDGE_DATABASE_SET": "orders-database",
    "LANDBRIDGE_REBUILD_JOB": "orders-rebuild",
    "LANDBRIDGE_PRIMARY_PROBE_URL": "https://health.shop.test:8443/ready",
    "LANDBRIDGE_NAME_SERVERS": "192.0.2.1:53, 192.0.2.2",
    "LANDBRIDGE_PROBE_SECONDS": "2.5",
}


def test_good() -> None:
    """The settings come typed."""
    assert settings_from(GOOD) == AppSettings(
        aks_url="https://aks.example.com:443",
        aks_ca_base64="UEVN",
        gate_namespace="landbridge",
        deployment_namespace="orders",
        deployment_name="orders",
        database_pod=DatabasePod("orders", "orders-database", "orders-rebuild"),
        rehearsal_job="orders-rehearsal",
        primary_probe_url="https://health.shop.test:8443/ready",
        name_servers=("192.0.2.1:53", "192.0.2.2"),
        probe_seconds=2.5,
    )


def test_what_may_be_left_out() -> None:
    """The machine's resolver, public authorities and the names in deploy/ are the defaults."""
    optional = {"LANDBRIDGE_AKS_CA", "LANDBRIDGE_NAME_SERVERS", "LANDBRIDGE_REBUILD_JOB"}
    optional |= {"LANDBRIDGE_DATABASE_NAMESPACE", "LANDBRIDGE_DATABASE_SET"}
    settings = settings_from({name: GOOD[name] for name in GOOD if name not in optional})

    assert settings.name_servers == ()
    assert not settings.aks_ca_base64
    assert settings.database_pod == DatabasePod("orders", "orders-database", "orders-rebuild")


@pytest.mark.parametrize(
    "name",
    [
        "LANDBRIDGE_AKS_URL",
        "LANDBRIDGE_GATE_NAMESPACE",
        "LANDBRIDGE_DEPLOYMENT_NAMESPACE",
        "LANDBRIDGE_DEPLOYMENT_NAME",
        "LANDBRIDGE_PRIMARY_PROBE_URL",
        "LANDBRIDGE_PROBE_SECONDS",
    ],
)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing(name: str, value: str | None) -> None:
    """A setting that is missing or empty is named."""
    environment = {key: text for key, text in GOOD.items() if key != name}
    if value is not None:
        environment[name] = value

    with pytest.raises(ConfigurationError, match=f"{name} is not set"):
        settings_from(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANDBRIDGE_AKS_URL", "aks.example.com"),
        ("LANDBRIDGE_AKS_URL", "http://aks.example.com"),
        ("LANDBRIDGE_AKS_URL", "https://aks.example.com:x"),
        ("LANDBRIDGE_PRIMARY_PROBE_URL", "http://127.0.0.1/ready"),
        ("LANDBRIDGE_PRIMARY_PROBE_URL", "https://"),
        ("LANDBRIDGE_PROBE_SECONDS", "soon"),
        ("LANDBRIDGE_PROBE_SECONDS", "0"),
        ("LANDBRIDGE_PROBE_SECONDS", "-1"),
        ("LANDBRIDGE_PROBE_SECONDS", "nan"),
        ("LANDBRIDGE_PROBE_SECONDS", "61"),
    ],
)
def test_wrong(name: str, value: str) -> None:
    """A setting that makes no sense is named; a token is not sent in the clear over a network."""
    with pytest.raises(ConfigurationError, match=name):
        settings_from({**GOOD, name: value})


def test_name_server_that_is_a_name() -> None:
    """A name server is an address: resolving its name would need a resolver."""
    with pytest.raises(ConfigurationError, match=r"ns\.example\.com"):
        settings_from({**GOOD, "LANDBRIDGE_NAME_SERVERS": "ns.example.com"})


@pytest.fixture(name="_configured")
def _configure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    forget()
    aks._credential.cache_clear()


@pytest.mark.usefixtures("_configured")
def test_no_managed_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Function App without a managed identity says so rather than look for one elsewhere."""
    monkeypatch.delenv("IDENTITY_ENDPOINT", raising=False)

    with pytest.raises(ConfigurationError, match="managed identity"):
        aks._token()


@pytest.mark.usefixtures("_configured")
def test_managed_identity_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """An identity endpoint that is not there is a reason to try again."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "secret")

    with pytest.raises(ClusterUnavailableError, match="no token for AKS"):
        aks._token()
    aks._credential.cache_clear()
