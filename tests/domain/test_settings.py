"""The settings document: read whole, or refused with the field's name."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.errors import ConfigurationError
from landbridge.domain.settings import (
    VARIABLE,
    Budgets,
    Database,
    DatabasePod,
    Deployment,
    Eks,
    FunctionApp,
    Names,
    Settings,
    parse_settings,
    settings_from_environment,
)
from tests.sample_settings import settings_document

EXPECTED = Settings(
    workload="orders",
    replication="sync",
    standby_name="azure",
    names=Names("shop.test", "orders.shop.test", "health.shop.test", "health-azure.shop.test"),
    port=443,
    name_servers=("127.0.0.1:53",),
    aws_database=Database("aws.shop.test", 5432, "orders", "aws"),
    azure_database=Database("azure.shop.test", 5432, "orders", "azure"),
    eks=Eks("https://eks.shop.test", "shop", "eu-west-1", ""),
    deployment=Deployment("orders", "orders", 2),
    database_pod=DatabasePod("orders", "orders-database", "orders-rebuild"),
    function_app=FunctionApp(
        "https://functions.shop.test", "a-tenant", "the-orchestrator", "the-function-app"
    ),
    alarm_name="landbridge-orders-health",
    budgets=Budgets(
        300, 120, 0, 180, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 1000, 0.0, 1000, 30.0, 0
    ),
)


def test_a_document_is_read_whole() -> None:
    """Every field lands where it belongs; what may be left out has its default."""
    assert parse_settings(settings_document()) == EXPECTED
    assert settings_from_environment({VARIABLE: json.dumps(settings_document())}) == EXPECTED


def test_the_mode_says_whether_azure_is_synchronous() -> None:
    """Sync waits for Azure, async does not, and there is no third."""
    assert parse_settings(settings_document()).synchronous
    assert not parse_settings(settings_document(replication="async")).synchronous
    with pytest.raises(ConfigurationError) as refused:
        parse_settings(settings_document(replication="semi"))
    assert refused.value.message == "settings.replication: 'semi' is not a mode"
    assert refused.value.remedy == "sync or async"


def _paths(document: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, value in document.items():
        found.append((*path, name))
        if isinstance(value, dict):
            found += _paths(value, (*path, name))
    return found


def _inner(document: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for name in path[:-1]:
        document = document[name]
    return document


PATHS = _paths(settings_document())
EVERY_FIELD = pytest.mark.parametrize("path", PATHS, ids=".".join)


@EVERY_FIELD
def test_a_missing_field_is_named(path: tuple[str, ...]) -> None:
    """Whatever is left out, the refusal says which it is."""
    document = settings_document()
    del _inner(document, path)[path[-1]]
    with pytest.raises(ConfigurationError) as refused:
        parse_settings(document)
    assert refused.value.message == f"settings.{'.'.join(path)}: missing"


@EVERY_FIELD
@pytest.mark.parametrize(
    "value", [None, True, math.nan, -1, 10**400, [1], {"x": 1}], ids=lambda one: repr(one)[:9]
)
def test_a_wrong_field_is_named(path: tuple[str, ...], value: object) -> None:
    """Whatever is of the wrong kind, or no number from 0 up, is refused by its name."""
    document = settings_document()
    _inner(document, path)[path[-1]] = value
    with pytest.raises(ConfigurationError) as refused:
        parse_settings(document)
    assert refused.value.message.startswith(f"settings.{'.'.join(path)}")


@pytest.mark.parametrize("path", [(), ("names",), ("budgets",)], ids=str)
def test_a_field_that_does_not_exist_is_named(path: tuple[str, ...]) -> None:
    """A misspelt setting is no setting."""
    document = settings_document()
    _inner(document, (*path, "x"))["x"] = 1
    with pytest.raises(ConfigurationError) as refused:
        parse_settings(document)
    where = ".".join(["settings", *path, "x"])
    assert refused.value.message == f"{where}: there is no such setting"


def test_a_list_names_its_element() -> None:
    """The second name server is name_servers[1]."""
    with pytest.raises(ConfigurationError) as refused:
        parse_settings(settings_document(name_servers=["192.0.2.1:53", 53]))
    assert refused.value.message == "settings.name_servers[1]: str is needed, not 53"


def test_the_environment_has_one_variable() -> None:
    """Missing, empty or no JSON: the variable is named."""
    for environment in ({}, {VARIABLE: ""}):
        with pytest.raises(ConfigurationError) as refused:
            settings_from_environment(environment)
        assert refused.value.message == f"{VARIABLE} is not set"
    with pytest.raises(ConfigurationError, match=f"{VARIABLE} is not JSON: "):
        settings_from_environment({VARIABLE: "{"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.sampled_from(PATHS), JSON)
def test_whatever_a_field_holds_is_read_or_refused_by_name(
    path: tuple[str, ...], value: object
) -> None:
    """No JSON in any field fails in another way."""
    document = settings_document()
    _inner(document, path)[path[-1]] = value
    try:
        refusal = f"settings.{'.'.join(path)}: read as {parse_settings(document)}"
    except ConfigurationError as error:
        refusal = error.message
    assert refusal.startswith(f"settings.{'.'.join(path)}")


@given(JSON)
def test_no_other_document_is_taken(document: object) -> None:
    """The settings are an object with all its fields."""
    with pytest.raises(ConfigurationError, match=r"^settings"):
        parse_settings(document)
