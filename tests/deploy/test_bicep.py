"""The Bicep of Azure's side, read by a parser: no compiler of it can be installed here.

What is checked is what a compiler would find first (modules, parameters, names) and what it would
not: that the settings are the code's, and that there is no key or secret anywhere.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pycep
import pytest

from azure_functions.app_settings import settings_from
from azure_functions.caller_settings import trust_from
from azure_functions.timer_settings import timer_settings_from
from landbridge.adapters.entra import FEDERATION_AUDIENCE
from landbridge.domain.callers import Role
from landbridge.domain.takeover_timer import Automatic

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "azure" / "bicep"
FILES = sorted(file.name for file in FOLDER.glob("*.bicep"))
# What is deployed; every other file is a module of one of them.
ENTRIES = ("main.bicep", "standby.bicep", "link.bicep")
EXAMPLES = ("main", "standby")
# Each kind of resource with the API version that it is written for, and nothing else.
KINDS = {
    "Microsoft.Authorization/roleAssignments": "2022-04-01",
    "Microsoft.ContainerService/managedClusters": "2024-09-01",
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "2023-01-31",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials": "2023-01-31",
    "Microsoft.Network/connections": "2024-05-01",
    "Microsoft.Network/localNetworkGateways": "2024-05-01",
    "Microsoft.Network/publicIPAddresses": "2024-05-01",
    "Microsoft.Network/virtualNetworkGateways": "2024-05-01",
    "Microsoft.Network/virtualNetworks": "2024-05-01",
    "Microsoft.OperationalInsights/workspaces": "2023-09-01",
    "Microsoft.Storage/storageAccounts": "2023-05-01",
    "Microsoft.Storage/storageAccounts/blobServices": "2023-05-01",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "2023-05-01",
    "Microsoft.Web/serverfarms": "2024-04-01",
    "Microsoft.Web/sites": "2024-04-01",
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": "2024-04-01",
    "Microsoft.Web/sites/config": "2024-04-01",
}
BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
MONITORING_METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"


@cache
def parsed(file: str) -> dict[str, Any]:
    """Return a file as the parser reads it."""
    return dict(pycep.BicepParser().parse(text=(FOLDER / file).read_text()))


def resources(file: str) -> dict[str, dict[str, Any]]:
    """Return a file's own resources' configuration by name."""
    found = parsed(file).get("resources", {}).items()
    return {name: one["config"] for name, one in found if not one["existing"]}


def properties(file: str, name: str) -> dict[str, Any]:
    """Return a resource's properties."""
    return dict(resources(file)[name]["properties"])


def words(value: object) -> Iterator[str]:
    """Yield every name that an expression has, those within texts too."""
    if isinstance(value, dict):
        for one in value.values():
            yield from words(one)
    elif isinstance(value, list):
        for one in value:
            yield from words(one)
    elif isinstance(value, str):
        yield from re.findall(r"[A-Za-z_]\w*", value)


def accessed(value: object, of: str) -> Iterator[str]:
    """Yield the properties of ``of`` that an expression reads, however deep: a.b.c gives b.c."""
    if isinstance(value, list):
        for one in value:
            yield from accessed(one, of)
    if not isinstance(value, dict):
        return
    operator = value.get("operator", {})
    if operator.get("type") == "property_accessor":
        first, second = operator["operands"].values()
        if first == of:
            yield ".".join(path(second))
            return
    for one in value.values():
        yield from accessed(one, of)


def path(value: Any) -> list[str]:
    """Return a chain of properties as its names."""
    if isinstance(value, str):
        return [value]
    first, second = value["operator"]["operands"].values()
    return [first, *path(second)]


def is_secure(parameter: dict[str, Any]) -> bool:
    """Whether a parameter is one whose value Azure keeps nowhere."""
    return any(one["type"] == "secure" for one in parameter["decorators"])


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_declared_in_vain(file: str) -> None:
    """Every parameter and variable is used in the file that declares it."""
    document = parsed(file)
    used = set(words([document.get(part) for part in ("resources", "modules", "outputs")]))
    for part in ("parameters", "variables"):
        assert set(document.get(part, {})) <= used


@pytest.mark.parametrize("file", FILES)
def test_each_resource_is_of_a_known_kind(file: str) -> None:
    """Its type and API version are those that it is written for."""
    for one in parsed(file).get("resources", {}).values():
        assert KINDS[one["type"]] == one["api_version"]


def test_every_file_is_deployed() -> None:
    """A file is an entry or a module of one; no other lies about."""
    called = {
        one["detail"]["path"] for entry in ENTRIES for one in parsed(entry)["modules"].values()
    }
    assert called == set(FILES) - set(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES)
def test_modules_fit_their_files(entry: str) -> None:
    """Each is there, gets every parameter that it needs and no other, and has the outputs read."""
    main = parsed(entry)
    for name, module in main["modules"].items():
        called = parsed(module["detail"]["path"])
        declared = called["parameters"]
        needed = {one for one, details in declared.items() if details["default"] is None}
        assert needed <= set(module["config"]["params"]) <= set(declared)
        read = accessed([main["modules"], main.get("outputs", {})], name)
        assert {one.removeprefix("outputs.") for one in read} <= set(called.get("outputs", {}))


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_gives_what_is_asked_for(example: str) -> None:
    """Every parameter without a default is in the parameter file, with its type's own fields."""
    main = parsed(f"{example}.bicep")
    given = json.loads((FOLDER / f"{example}.parameters.json").read_text())["parameters"]
    declared = main["parameters"]
    needed = {name for name, one in declared.items() if one["default"] is None}
    assert needed <= set(given) <= set(declared)
    for name, one in given.items():
        kind = main.get("types", {}).get(declared[name]["type"])
        if kind is not None:
            assert set(one["value"]) == set(kind["value"])


def test_modules_read_only_fields_that_there_are() -> None:
    """``site``, ``timer``, ``clusterIssuers`` are objects in the modules, of the types' fields."""
    types = parsed("main.bicep")["types"]
    site = set(accessed(parsed("function-app.bicep")["resources"], "site"))
    timer = set(accessed(parsed("function-app.bicep")["resources"], "timer"))
    assert timer == set(types["timerType"]["value"])
    issuers = set(accessed(parsed("identities.bicep")["resources"], "clusterIssuers"))
    assert site == set(types["siteType"]["value"])
    assert issuers == set(types["clusterIssuersType"]["value"])


def test_the_app_is_set_as_its_code_reads_it() -> None:
    """Each setting that the code asks for by name is set, and no other of ours."""
    text = "".join(file.read_text() for file in (ROOT / "azure_functions").glob("*.py"))
    asked = set(re.findall(r'"(LANDBRIDGE_[A-Z_]+)"', text))
    given = set(properties("function-app.bicep", "settings"))
    assert {name for name in given if name.startswith("LANDBRIDGE_")} == asked


def test_the_example_is_a_good_configuration() -> None:
    """With the parameter file's values the app's own reading finds nothing wrong."""
    given = json.loads((FOLDER / "main.parameters.json").read_text())["parameters"]
    site = given["site"]["value"]
    timer = parsed("main.bicep")["parameters"]["timer"]["default"]
    environment = {}
    for name, value in properties("function-app.bicep", "settings").items():
        fields = list(accessed(value, "site"))
        environment[name] = site[fields[0]] if fields else str(value)
        for field in accessed(value, "timer"):
            environment[name] = timer[field]
    environment |= {
        "LANDBRIDGE_TENANT_ID": given["applicationId"]["value"],
        "LANDBRIDGE_APPLICATION_ID": given["applicationId"]["value"],
        "LANDBRIDGE_CALLERS": given["applicationId"]["value"],
        "LANDBRIDGE_AUTHORITY": "https://login.microsoftonline.com/",
    }
    assert settings_from(environment).deployment_name == site["deploymentName"]
    assert trust_from(environment).authority == "https://login.microsoftonline.com"
    assert timer_settings_from(environment).automatic is Automatic.OFF


def test_there_is_no_key_anywhere() -> None:
    """No function that reads keys, no output of one; what has keys has them off.

    The tunnels' keys alone are handed over, as secure parameters without a default.
    """
    text = "".join((FOLDER / file).read_text() for file in FILES)
    assert not re.search(r"(?i)list(Keys|Secrets|AccountSas|ServiceSas)", text)
    for file in FILES:
        secure = {
            name for name, one in parsed(file).get("parameters", {}).items() if is_secure(one)
        }
        keys = {name for name in parsed(file).get("parameters", {}) if name.lower().endswith("key")}
        assert secure == keys, file
        assert all(parsed(file)["parameters"][name]["default"] is None for name in secure)
    assert len([file for file in FILES if "@secure" in (FOLDER / file).read_text()]) == 2
    account = properties("storage.bicep", "account")
    assert (account["allowSharedKeyAccess"], account["allowBlobPublicAccess"]) == (False, False)
    assert properties("monitoring.bicep", "insights")["DisableLocalAuth"] is True
    assert properties("function-app.bicep", "publishing")["allow"] is False
    for file in FILES:
        for name in parsed(file).get("outputs", {}):
            assert re.search(r"(Id|Name|host|Url|Issuer|Address|Addresses)$", name), name


def test_the_app_is_a_flex_consumption_one_over_tls() -> None:
    """Python, one instance always ready, a bound on how many there can be, HTTPS alone."""
    plan, app = (resources("function-app.bicep")[name] for name in ("plan", "app"))
    assert plan["sku"] == {"tier": "FlexConsumption", "name": "FC1"}
    assert app["identity"] == {"type": "SystemAssigned"}
    own = app["properties"]
    assert (own["httpsOnly"], own["siteConfig"]["minTlsVersion"]) == (True, "1.2")
    config = own["functionAppConfig"]
    assert config["runtime"] == {"name": "python", "version": "3.12"}
    assert config["scaleAndConcurrency"]["alwaysReady"] == [{"name": "http", "instanceCount": 1}]
    assert 0 < config["scaleAndConcurrency"]["maximumInstanceCount"] <= 100
    kind = config["deployment"]["storage"]["authentication"]["type"]
    assert kind == "SystemAssignedIdentity"


def test_the_app_has_two_roles_in_azure() -> None:
    """Its own storage and its own log: what it may do in AKS, Kubernetes' roles say."""
    variables = parsed("function-app.bicep")["variables"]
    assert {one["value"] for one in variables.values()} == {
        BLOB_DATA_OWNER,
        MONITORING_METRICS_PUBLISHER,
    }
    scopes = {
        name: (one["scope"], one["properties"]["principalType"])
        for name, one in resources("function-app.bicep").items()
        if name.endswith("Role")
    }
    assert scopes == {
        "storageRole": ("account", "ServicePrincipal"),
        "insightsRole": ("insights", "ServicePrincipal"),
    }


def test_others_vouch_for_who_asks() -> None:
    """Each federated credential is for Entra's own audience, and has issuer and subject."""
    credentials = [
        one["properties"]
        for name, one in resources("identities.bicep").items()
        if name.endswith("Credential")
    ]
    (audiences,) = parsed("identities.bicep")["variables"].values()
    assert audiences["value"] == [FEDERATION_AUDIENCE]
    assert len(credentials) == 4
    for one in credentials:
        assert set(one) == {"issuer", "subject", "audiences"}


def test_the_roles_that_can_be_given_are_the_codes() -> None:
    """The registration's roles are the code's: one for persons, the others for applications."""
    roles = json.loads((FOLDER.parent / "app-roles.json").read_text())
    assert {one["value"] for one in roles} == set(Role)
    assert len({one["id"] for one in roles}) == len(roles)
    for one in roles:
        member = "User" if one["value"] == Role.OPERATOR else "Application"
        assert (one["allowedMemberTypes"], one["isEnabled"]) == ([member], True)
