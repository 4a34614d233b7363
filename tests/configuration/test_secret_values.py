"""A secret that somebody puts into cdk.json is refused, and is not shown while it is."""

import base64
from typing import Any

import pytest

from landbridge.configuration import load_configuration
from landbridge.configuration.secret_values import looks_secret
from landbridge.domain.errors import ConfigurationError
from tests.configuration.changes import changed

_RANDOM = "xK9fQ2mZp7LwR4tYbN8v"
_PEM = "-----BEGIN {}-----\nMIIBVgIBADANBgkq\n-----END {}-----\n"


def _pem(kind: str) -> str:
    return base64.b64encode(_PEM.replace("{}", kind).encode()).decode()


SECRETS = [
    ("eks.endpoint", "https://admin:swordfish@eks.aws.shop.test", "a URL with a password"),
    ("databases.aws.name", "host=db password=swordfish", "a password among words"),
    ("function_app.host", "DefaultEndpoints;AccountKey=swordfish==", "a password among words"),
    ("databases.aws.secret", "AKIA" + "IOSFODNN7EXAMPLE", "an AWS access key"),
    ("databases.aws.secret", _RANDOM, "a key"),
    ("databases.aws.secret", "0123456789abcdef" * 2, "a key"),
    ("function_app.secret", "a1B2" * 11 + "AzFu" + "c3D4e5==", "an Azure key"),
    ("function_app.secret", "abc8Q~" + "d" * 34, "an Azure key"),
    ("databases.azure.secret", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEX4MPLEK3Y", "a key"),
    ("webhook.secret", "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "a signed token"),
    ("webhook.secret", "https://hooks.slack.com/services/T0/B0/swordfish", "a chat's webhook"),
    ("webhook.secret", "xox" + "b-1-swordfish", "a chat's or repository's token"),
    ("standby_name", "SCRAM-SHA-256$4096:swordfish", "a password's verifier"),
    ("eks.certificate_authority", _pem("RSA PRIVATE KEY"), "a private key"),
    ("name_servers", ["192.0.2.1:53", "-----BEGIN PRIVATE KEY----- swordfish"], "a private key"),
]


@pytest.mark.parametrize(("field", "value", "what"), SECRETS)
def test_a_value_that_looks_like_a_secret_is_refused_unseen(
    field: str, value: Any, what: str
) -> None:
    """The refusal names the field and Secrets Manager, and has nothing of the value."""
    with pytest.raises(ConfigurationError) as refused:
        load_configuration(changed({field: value}))

    said = str(refused.value)
    assert f"landbridge.{field}" in said
    assert f"looks like {what}" in said
    assert "Remedy: put the value into AWS Secrets Manager" in said
    for word in (value, "swordfish") if isinstance(value, str) else value[1:]:
        assert word not in said


@pytest.mark.parametrize(
    "field",
    [
        "databases.aws.password",
        "function_app.key",
        "function_app.function_key",
        "api_key",
        "eks.token",
        "databases.azure.connection_string",
        "client_secret",
        "webhook_credential",
    ],
)
def test_a_field_made_up_for_a_secret_is_refused(field: str) -> None:
    """There is no such setting, and the remedy says where the value belongs."""
    with pytest.raises(ConfigurationError) as refused:
        load_configuration(changed({field: "swordfish"}))

    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"landbridge.{field}: there is no such setting")
    assert "put the value into AWS Secrets Manager" in line
    assert "swordfish" not in line


def test_a_secret_as_the_name_of_a_field_is_not_shown() -> None:
    """Value and name exchanged: the refusal names the section alone."""
    with pytest.raises(ConfigurationError) as refused:
        load_configuration(changed({"cost": {"warm": {_RANDOM: 1}}}))

    assert str(refused.value).startswith("landbridge.cost.warm: the name of a field in it")
    assert _RANDOM not in str(refused.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (
            "eks.endpoint",
            "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com",
        ),
        ("sites.aws.addresses", "a1b2c3d4e5f64738291a0b1c2d3e4f5a-123.eu-west-1.elb.amazonaws.com"),
        ("databases.aws.secret", "AzureFunctionKeyForOrders1"),
        ("databases.aws.secret", "ProductionOrdersDatabase2Credentials"),
        ("databases.aws.secret", "landbridge/aws-database-2026-11-24"),
        ("hosted_zone_id", "Z0123456789ABCDEFGHIJ"),
        ("workload", "orders-eu-west-1-production"),
        ("eks.certificate_authority", _pem("CERTIFICATE")),
        ("gameday.alarms", "Orders5xxErrorsHigh-Production2"),
    ],
)
def test_what_people_call_things_is_no_secret(field: str, value: str) -> None:
    """Names of load balancers, clusters and secrets are taken, however long and odd."""
    assert looks_secret(value, field) == ""
