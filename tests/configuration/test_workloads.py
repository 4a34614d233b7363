"""Several workloads in one cdk.json: merged, kept apart, in order; what is wrong is named."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.configuration import load_configuration, load_deployment, read_context
from landbridge.configuration.deployment import check_context
from landbridge.configuration.explaining import explained_fields
from landbridge.configuration.fields import workloads_fields
from landbridge.configuration.merging import merged, says
from landbridge.configuration.schema import configuration_schema
from landbridge.configuration.workload_rules import WORKLOAD_RULES
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.wave_settings import WaveSettings
from tests.configuration.changes import CDK_JSON
from tests.configuration.several import several, two_workloads

JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@given(OBJECTS, OBJECTS)
def test_a_workload_says_over_what_is_shared(shared: dict[str, Any], own: dict[str, Any]) -> None:
    """Its own wins everywhere; what it does not say is as shared; neither document changes."""
    before = json.dumps([shared, own])
    both = merged(shared, own)
    assert json.dumps([shared, own]) == before
    assert set(both) == set(shared) | set(own)
    for name, value in both.items():
        inner = isinstance(shared.get(name), dict) and isinstance(own.get(name), dict)
        if inner:
            assert value == merged(shared[name], own[name])
        else:
            assert value == (own[name] if name in own else shared[name])
    assert merged(shared, {}) == shared == merged(shared, shared)
    assert merged({}, own) == own


def test_lists_are_replaced_and_null_takes_away() -> None:
    """Half a list of addresses would be nobody's."""
    shared = {"a": [1, 2], "b": {"c": 1, "d": 2}, "e": {"f": 1}}
    own = {"a": [3], "b": {"d": 3}, "e": None}
    assert merged(shared, own) == {"a": [3], "b": {"c": 1, "d": 3}, "e": None}


def test_a_place_in_a_document_is_found_by_its_path() -> None:
    """With an index in either way of writing."""
    document = {"a": [{"b": None}]}
    assert says(document, "a.0.b")
    assert says(document, "a[0].b")
    assert not says(document, "a.1.b")
    assert not says(document, "a.b")
    assert not says(None, "a")


def test_one_workload_is_as_it_always_was() -> None:
    """cdk.json's own document has no list, no parent, and needs no name."""
    deployment = load_deployment(read_context(CDK_JSON))
    assert (deployment.names, deployment.has_waves) == (("orders",), False)
    assert deployment.of() == deployment.of("orders") == load_configuration(read_context(CDK_JSON))
    with pytest.raises(ConfigurationError, match=r"no workload 'billing'.*one of orders"):
        deployment.of("billing")


def test_two_workloads_are_each_a_whole_configuration() -> None:
    """What orders is alone, it is here, a zone that is there already aside; billing has its own."""
    deployment = load_deployment(several({}))
    alone = load_configuration(read_context(CDK_JSON))
    zone = {"hosted_zone_id": deployment.of("orders").hosted_zone_id}
    assert deployment.of("orders") == alone.model_copy(update=zone)
    billing = deployment.of("billing")
    assert billing.names.failover == "billing.shop.test"
    assert billing.function_app.tenant_id == alone.function_app.tenant_id
    assert billing.eks == alone.eks
    assert deployment.wave_settings() == WaveSettings({"orders": (), "billing": ("orders",)}, 3)
    assert deployment.in_waves() == (("orders",), ("billing",))


def test_which_of_several_has_to_be_said() -> None:
    """The error lists the names and the flag."""
    with pytest.raises(ConfigurationError, match=r"orders, billing.*--workload orders"):
        load_configuration(several({}))
    assert load_configuration(several({}), "billing").workload == "billing"


def test_a_list_of_one_has_no_parent() -> None:
    """It needs no name either."""
    document = two_workloads()
    document["workloads"].pop()
    deployment = load_deployment({"landbridge": document})
    assert (deployment.names, deployment.has_waves) == (("orders",), False)
    assert deployment.of().workload == "orders"


B = "workloads.1."
ORDERS = two_workloads()["workloads"][0]
# Changes, the rule that they break, the field that is named, words of the refusal.
BROKEN = [
    ({B + "workload": "orders"}, "workload-names-differ", B + "workload", "name of its own"),
    ({B + "workload": "waves"}, "workload-names-differ", B + "workload", "moves all workloads"),
    ({B + "after": ["order"]}, "workloads-known", B + "after.0", "give one of orders"),
    ({B + "after": ["billing"]}, "workloads-known", B + "after.0", "wait for itself"),
    (
        {"workloads.0.after": ["billing"]},
        "workloads-in-order",
        "workloads.0.after",
        "waits for",
    ),
    (
        {B + "orchestrator_region": "eu-north-1"},
        "one-orchestrator-region",
        B + "orchestrator_region",
        "eu-central-1",
    ),
    ({B + "hosted_zone_id": ""}, "one-maker-of-a-zone", B + "hosted_zone_id", "make the zone"),
    (
        {
            "workloads.0.primary": {"administrators": ["arn:aws:iam::111122223333:role/admin"]},
            B + "primary": {"administrators": ["arn:aws:iam::111122223333:role/admin"]},
        },
        "one-maker-of-a-primary",
        B + "primary",
        "orders makes that cluster already",
    ),
    *(
        ({f"{B}{field}": value}, "each-its-own", f"{B}{field}", "give billing its own")
        for field, value in (
            ("names.failover", "orders.shop.test"),
            ("names.health", "health.shop.test"),
            ("names.health_azure", "health-azure.shop.test"),
            ("databases.aws.host", "database.aws.shop.test"),
            ("databases.azure.host", "database.azure.shop.test"),
            ("databases.aws.secret", "landbridge/aws-database"),
            ("databases.azure.secret", "landbridge/azure-database"),
            ("function_app.host", "landbridge-shop.azurewebsites.net"),
            ("function_app.application_id", ORDERS["function_app"]["application_id"]),
        )
    ),
    (
        {B + "deployment.namespace": "orders", B + "deployment.name": "orders"},
        "each-its-own",
        B + "deployment.name",
        "orders/orders",
    ),
    (
        {B + "database_pod": {"job": "billing-rebuild"}},
        "each-its-own",
        B + "database_pod.stateful_set",
        "orders/orders-database",
    ),
    (
        {B + "database_pod": {"stateful_set": "billing-database"}},
        "each-its-own",
        B + "database_pod.job",
        "orders/orders-rebuild",
    ),
]


@pytest.mark.parametrize(("changes", "rule", "field", "words"), BROKEN)
def test_what_two_workloads_may_not_share_is_refused(
    changes: dict[str, Any], rule: str, field: str, words: str
) -> None:
    """One problem: the field where it stands, its value, the rule and the remedy."""
    checked = check_context(several(changes))
    assert checked.deployment is None
    assert [(one.name, one.field) for one in checked.problems] == [(rule, field)]
    assert words in str(checked.problems[0])
    with pytest.raises(ConfigurationError, match=rf"landbridge\.{field}.*Remedy: "):
        load_deployment(several(changes))


def test_every_rule_between_workloads_is_broken_here() -> None:
    """And each has a name of its own."""
    assert {rule for _, rule, _, _ in BROKEN} == {rule.name for rule in WORKLOAD_RULES}


def test_namespaces_may_be_one_where_names_differ() -> None:
    """Two Deployments of one namespace are two."""
    deployment = load_deployment(several({B + "deployment.namespace": "orders"}))
    assert deployment.of("billing").deployment.namespace == "orders"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"shared.ttl_seconds": 600}, ["shared.ttl_seconds"]),
        ({B + "ttl_seconds": 600}, [B + "ttl_seconds"]),
        (
            {"shared.primary_region": "eu-central-1"},
            ["shared.orchestrator_region", "shared.eks.region"],
        ),
        ({"shared.colour": "red"}, ["shared.colour"]),
        ({B + "names.failover": "x.other.test"}, [B + "names.failover"]),
        ({B + "after": [7]}, [B + "after.0"]),
        ({"waves.max_concurrency": 0}, ["waves.max_concurrency"]),
        ({"colour": "red"}, ["colour"]),
        ({"workloads": []}, ["workloads"]),
        ({"workloads": {}}, ["workloads"]),
        ({"shared": []}, ["shared"]),
        ({"shared.after": ["orders"]}, ["shared.after"]),
    ],
)
def test_a_problem_is_named_once_where_it_stands(
    changes: dict[str, Any], fields: list[str]
) -> None:
    """In what is shared, or in the workload's own part."""
    problems = check_context(several(changes)).problems
    assert [one.field for one in problems] == fields
    assert all(one.remedy for one in problems)


def test_a_missing_field_is_missing_from_each() -> None:
    """Nobody says it, so each could."""
    document = two_workloads()
    del document["shared"]["domain"]
    problems = check_context({"landbridge": document}).problems
    assert [one.field for one in problems] == ["workloads.0.domain", "workloads.1.domain"]


def test_no_secret_stands_in_what_is_shared() -> None:
    """It is refused unseen, as anywhere."""
    (problem,) = check_context(several({"shared.webhook": {"url": "postgres://a:b@c"}})).problems
    assert problem.field == "shared.webhook.url"
    assert "postgres" not in str(problem)


def _valid(document: Any) -> bool:
    schema = configuration_schema()
    checker = jsonschema.Draft202012Validator(schema)
    return checker.is_valid({"context": {"landbridge": document}})


def test_the_schema_knows_both_shapes() -> None:
    """An editor takes what landbridge takes, and marks what it does not know."""
    jsonschema.Draft202012Validator.check_schema(configuration_schema())
    assert _valid(two_workloads())
    assert _valid(read_context(CDK_JSON)["landbridge"])
    for path, value in (
        ("shared.colour", "red"),
        ("shared.ttl_seconds", 600),
        (B + "names.health_mars", "x.shop.test"),
        (B + "after", "orders"),
        ("waves.max_concurrency", 0),
        ("colour", "red"),
    ):
        assert not _valid(several({path: value})["landbridge"]), path


def test_each_field_is_explained_with_what_every_workload_says() -> None:
    """Merged: what is shared, what is one's own, and the default of whoever says nothing."""
    document = several({B + "ttl_seconds": 10})["landbridge"]
    now = {one.field.path: one.now for one in explained_fields(document)}
    assert now["workload"] == "orders, billing"
    assert now["ttl_seconds"] == "15, 10"
    assert now["database_pod.job"] == "orders-rebuild, billing-rebuild"
    assert now["primary_region"] == "eu-west-1"
    assert now["workloads[].after"] == "orders"
    assert now["waves.max_concurrency"] == "3"


def test_every_field_of_a_list_says_what_and_why() -> None:
    """As the fields of a workload do."""
    fields = workloads_fields()
    assert [one.path for one in fields if "." not in one.path] == ["workloads", "shared", "waves"]
    assert all(one.what and one.why for one in fields)
