"""Every field is documented: by its schema, and so by everything that is made from it."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from landbridge.configuration.deployment import check_context
from landbridge.configuration.explaining import explained_fields
from landbridge.configuration.fields import (
    REQUIRED,
    Field,
    configuration_fields,
    field_named,
    value_at,
)
from landbridge.configuration.schema import configuration_schema
from tests.configuration.changes import CDK_JSON, changed

EVERY = configuration_fields()


@pytest.mark.parametrize("field", EVERY, ids=lambda field: field.path)
def test_a_field_says_unit_what_and_why(field: Field) -> None:
    """A field whose model lacks one of them cannot be told from one that nobody thought about."""
    assert field.unit, "end its name in a unit, or give its type a Unit"
    assert field.what.endswith("."), "give it a description"
    assert field.why.endswith("."), "a second sentence must say why it is so"
    assert field.default is REQUIRED or json.dumps(field.default)


def test_no_field_is_left_out() -> None:
    """Every value that cdk.json has, at whatever depth, is at a field that is told."""

    def paths(value: Any, path: str) -> list[str]:
        if isinstance(value, dict):
            return [one for key, inner in value.items() for one in paths(inner, f"{path}.{key}")]
        return [path.removeprefix(".")]

    document = json.loads(CDK_JSON.read_text())["context"]["landbridge"]
    told = {field.path for field in EVERY if not field.is_section}
    assert [path for path in paths(document, "") if path not in told] == []
    assert {"cost.warm_rto.seconds", "gameday.blocked_windows[].days", "records[].name"} <= told


def test_units_defaults_and_limits_are_the_models_own() -> None:
    """What is told of a field is what the models do with it."""
    ttl, name = field_named("ttl_seconds"), field_named("databases.aws.secret")
    interval, counts = field_named("health_checks.interval_seconds"), field_named("cost.warm")
    assert ttl is not None
    assert name is not None
    assert interval is not None
    assert counts is not None
    assert (ttl.unit, ttl.default, ttl.limits) == ("s", 15, "at least 1, at most 60")
    assert (name.unit, name.default is REQUIRED) == ("name in Secrets Manager", True)
    assert (interval.default, interval.limits) == (10, "10 or 30")
    assert (counts.unit, counts.default) == ("count by price id", None)
    weekdays = field_named("gameday.blocked_windows[].days")
    assert weekdays is not None
    assert weekdays.unit == "weekday"
    assert field_named("gameday.blocked_windows[3].name") == field_named(
        "gameday.blocked_windows.3.name"
    )
    assert field_named("ttl") is None


def test_the_ttls_limit_has_two_sides() -> None:
    """60 s is taken where the RTO budget has room for it; 61 is refused whatever the budget."""
    room = {"recovery.rto_budget_seconds": 900}
    assert check_context(changed({**room, "ttl_seconds": 60})).problems == ()
    (problem,) = check_context(changed({**room, "ttl_seconds": 61})).problems
    assert (problem.field, problem.remedy.partition(":")[0]) == (
        "ttl_seconds",
        "give what it stands for",
    )


def _errors(context: dict[str, Any]) -> list[str]:
    validator = Draft202012Validator(configuration_schema())
    return [error.json_path for error in validator.iter_errors({"context": context})]


def test_the_schema_takes_and_refuses_as_the_models_do() -> None:
    """An editor that has the schema sees a wrong shape where landbridge does."""
    Draft202012Validator.check_schema(configuration_schema())
    assert _errors(changed({})) == []
    assert _errors(changed({"ttl_seconds": 61})) == ["$.context.landbridge.ttl_seconds"]
    assert _errors(changed({"health_checks.interval_seconds": 20})) == [
        "$.context.landbridge.health_checks.interval_seconds"
    ]
    assert _errors(changed({"budgets.fence_second": 1})) == ["$.context.landbridge.budgets"]
    assert _errors(changed({"gameday.blocked_windows": [{}]})) != []


def test_what_is_said_now_is_told_beside_the_default() -> None:
    """The document's value, or the default, or missing; of a list each item's."""
    records = [
        {"name": "a.shop.test", "target": "b.test"},
        {"name": "c.shop.test", "target": "b.test"},
    ]
    document = changed({"records": records, "budgets": {"fence_seconds": 8}})["landbridge"]
    del document["port"], document["workload"]
    told = {one.field.path: one for one in explained_fields(document)}
    assert told["records[].name"].now == "a.shop.test, c.shop.test"
    assert told["records[].target"].now == "b.test"
    assert (told["budgets.fence_seconds"].now, told["budgets.fence_seconds"].default) == (
        "8",
        "10.0",
    )
    assert (told["port"].now, told["port"].is_given) == ("443", False)
    assert told["workload"].now == "missing"
    # A part of what there is not is neither missing nor at its default.
    for path in ("gameday.schedule.day", "gameday.schedule.week", "webhook.secret"):
        assert (told[path].now, told[path].is_given) == ("", False)
    assert told["gameday.blocked_windows[].begins"].now == ""
    assert value_at({"a": 1}, "a.b[].c") == ()


def test_a_secret_that_was_put_there_is_not_told() -> None:
    """Explaining a broken configuration shows no value that may be secret."""
    document = changed({"workload": "AKIAIOSFODNN7EXAMPLE", "databases.aws.secret": "hunter2"})
    told = {one.field.path: one.now for one in explained_fields(document["landbridge"])}
    assert told["workload"] == "a value that is not shown"
    assert "hunter2" not in " ".join(told.values())


def test_a_program_gets_values_and_no_secret() -> None:
    """Numbers stay numbers, a list of parts gives one for each, and JSON has no NaN."""
    windows = [{"name": "a", "days": ["mon", "tue"]}, {"name": "b"}]
    changes = {"gameday.blocked_windows": windows, "ttl_seconds": float("nan")}
    secret = {"cost": {"warm": {"azure.vm.D2s_v5": 2, "AKIAIOSFODNN7EXAMPLE": 1}}}
    document = changed({**changes, **secret, "port": 8443})["landbridge"]
    told = {one.field.path: one.document()["given"] for one in explained_fields(document)}
    assert told["gameday.blocked_windows[].days"] == [["mon", "tue"]]
    assert told["gameday.blocked_windows[].name"] == ["a", "b"]
    assert told["port"] == [8443]
    assert told["ttl_seconds"] == ["nan"]
    assert told["cost.warm"] == [{"azure.vm.D2s_v5": 2, "a value that is not shown": 1}]
    assert told["budgets"] == []
