"""The configuration: what cdk.json says reaches the functions; what breaks a rule is refused."""

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from landbridge.configuration import (
    BudgetsConfiguration,
    configuration_from_cdk_json,
    load_configuration,
    read_context,
)
from landbridge.configuration.budget_rules import SETTINGS_LIMIT_BYTES
from landbridge.configuration.gamedays import GamedayConfiguration
from landbridge.domain.blocked_windows import BlockedWindow
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.settings import Budgets, Gameday, parse_settings

CDK_JSON = Path(__file__).resolve().parents[2] / "cdk.json"


@pytest.fixture(name="context")
def _context() -> dict[str, Any]:
    return read_context(CDK_JSON)


def _changed(context: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(context)
    *parents, last = path.split(".")
    place = changed["landbridge"]
    for name in parents:
        place = place[name]
    place[last] = value
    return changed


def test_the_settings_document_is_what_the_steps_parse(context: dict[str, Any]) -> None:
    """What the configuration makes is accepted, whole, by the parser in the functions."""
    configuration = load_configuration(context)

    settings = parse_settings(json.loads(configuration.settings_text()))

    assert settings.names.workload == "orders.shop.test"
    assert settings.names.health_aws == "health.shop.test"
    assert settings.aws_database.secret == "landbridge/aws-database"
    assert settings.function_app.url == "https://landbridge-shop.azurewebsites.net"
    assert settings.alarm_name == configuration.alarm_name
    assert settings.budgets.event_age_seconds == configuration.budgets.event_age_seconds


def test_a_port_of_its_own_is_part_of_the_function_apps_address(context: dict[str, Any]) -> None:
    """The Function App's URL has the port where it is not HTTPS's own."""
    changed = _changed(context, "function_app.port", 7443)

    url = load_configuration(changed).settings()["function_app"]["url"]

    assert url == "https://landbridge-shop.azurewebsites.net:7443"


def test_the_file_is_read_as_its_context_is(context: dict[str, Any]) -> None:
    """configuration_from_cdk_json and load_configuration see the same configuration."""
    assert configuration_from_cdk_json(CDK_JSON) == load_configuration(context)


def test_every_budget_says_its_unit_and_why() -> None:
    """Each budget of the steps has a default and a description that reasons about it."""
    fields = BudgetsConfiguration.model_fields

    assert set(fields) == {field.name for field in dataclasses.fields(Budgets)}
    for name, field in fields.items():
        assert not field.is_required(), name
        unit = name.rpartition("_")[2]
        assert unit in (field.description or ""), name


_FREEZE = {"name": "freeze", "first_date": "2026-12-20", "last_date": "2027-01-03"}
REFUSALS = [
    ("names.health", "orders.shop.test", "it is names.failover"),
    ("names.health", "a.orders.shop.test", "lies beneath names.failover"),
    ("names.health_azure", "orders.shop.test", "it is names.failover"),
    ("names.health_azure", "health.shop.test", "cannot stand for two sites"),
    ("sites.aws.addresses", ["orders.shop.test"], "resolves through names.failover"),
    ("sites.azure.addresses", ["orders.shop.test"], "resolves through names.failover"),
    ("names.failover", "orders.other.test", "not inside the zone"),
    ("names.health", "health.other.test", "not inside the zone"),
    ("orchestrator_region", "eu-west-1", "it is primary_region"),
    ("eks.region", "eu-north-1", "primary's cluster is in primary_region"),
    ("sites.aws.addresses", ["lb.aws.test", "192.0.2.1"], "a host name stands alone"),
    ("sites.azure.addresses", ["lb.azure.test"], "of one type, A or CNAME"),
    ("name_servers", ["ns1.shop.test:53"], "it is not ip:port"),
    ("name_servers", ["192.0.2.53:70000"], "it is not ip:port"),
    ("budgets", {"promotion_seconds": 75}, "promote_standby is killed after 75 s"),
    ("budgets", {"lease_seconds": 60}, "would outlive its lock"),
    ("budgets", {"fence_seconds": 12}, "undo_failover spends it 4 times"),
    ("eks.certificate_authority", "A" * 4096, f"{SETTINGS_LIMIT_BYTES} is the most that fits"),
    ("ttl_seconds", 61, "less than or equal to 60"),
    ("port", 0, "greater than or equal to 1"),
    ("function_app.port", 65_536, "less than or equal to 65535"),
    ("databases.aws.port", "5432", "valid integer"),
    ("health_checks.interval_seconds", 20, "10 or 30"),
    ("health_checks.failure_threshold", 11, "less than or equal to 10"),
    ("health_region", "eu-west-1", "us-east-1"),
    ("replication", "semi", "'sync' or 'async'"),
    ("ttl", 15, "there is no such setting"),
    ("cost", {"warm": {"azure.vm.D2s_v5": -1}}, "greater than or equal to 0"),
    ("cost", {"warm_rto": {"seconds": 60}}, "it is missing"),
    ("cost", {"lukewarm": {}}, "there is no such setting"),
    ("gameday", {"time_zone": "Mars/Olympus"}, "it is not known"),
    ("gameday", {"schedule": {"day": "tue", "at": "25:00"}}, "String should match pattern"),
    ("gameday", {"schedule": {"day": "today", "at": "10:00"}}, "Input should be 'mon'"),
    ("gameday", {"schedule": {"day": "tue", "at": "10:00", "week": 6}}, "less than or equal to 5"),
    ("gameday", {"soak_seconds": 14_401}, "less than or equal to 14400"),
    ("gameday", {"notice_seconds": 80_000}, "come to more than 82800"),
    ("gameday", {"alarms": ["checkout", "landbridge-orders-aws-unready"]}, "landbridge's own"),
    ("gameday", {"blocked_windows": [_FREEZE | {"first_date": "2026-02-30"}]}, "no such date"),
    ("gameday", {"blocked_windows": [_FREEZE | {"last_date": "2026-01-01"}]}, "before first_date"),
    ("gameday", {"blocked_windows": [{"name": "x"}] * 9}, "at most 8 items"),
]


@pytest.mark.parametrize(("path", "value", "rule"), REFUSALS)
def test_a_broken_rule_is_refused(
    context: dict[str, Any], path: str, value: Any, rule: str
) -> None:
    """The refusal names the field, the rule that it breaks, and a way out."""
    with pytest.raises(ConfigurationError) as refused:
        load_configuration(_changed(context, path, value))

    lines = [line for line in str(refused.value).splitlines() if rule in line]
    assert lines, refused.value
    field = path if not isinstance(value, dict) else f"{path}.{next(iter(value))}"
    assert lines[0].startswith(f"landbridge.{field}")
    assert "Remedy: " in lines[0]


def test_the_gamedays_settings_say_their_unit_and_reach_the_steps(context: dict[str, Any]) -> None:
    """What stands in cdk.json is what the steps have, and what does not has the same default."""
    fields = GamedayConfiguration.model_fields
    for name, field in fields.items():
        assert not field.is_required(), name
        unit = "seconds" if name.endswith("_seconds") else ""
        assert unit in str(field.description), name
    assert parse_settings(load_configuration(context).settings()).gameday == Gameday()
    defaults = GamedayConfiguration().model_dump(exclude={"schedule"})
    assert defaults == dataclasses.asdict(Gameday())

    window = {"name": "mornings", "days": ["mon"], "begins": "08:00", "ends": "12:00"}
    changed = {"time_zone": "Europe/Berlin", "blocked_windows": [window], "alarms": ["checkout"]}
    gameday = parse_settings(
        load_configuration(_changed(context, "gameday", changed)).settings()
    ).gameday
    assert gameday.blocked_windows == (
        BlockedWindow("mornings", days=("mon",), begins="08:00", ends="12:00"),
    )
    assert (gameday.time_zone, gameday.alarms) == ("Europe/Berlin", ("checkout",))


def test_a_schedule_that_every_week_forbids_is_refused(context: dict[str, Any]) -> None:
    """Nobody finds out by a refusal each Tuesday; a freeze of some days is no reason."""
    schedule = {"day": "tue", "at": "10:00"}
    forbids = {"name": "mornings", "days": ["tue"], "begins": "10:30", "ends": "12:00"}
    zone = {"time_zone": "Europe/Berlin", "schedule": schedule}

    load_configuration(_changed(context, "gameday", {**zone, "blocked_windows": [_FREEZE]}))
    with pytest.raises(ConfigurationError, match="each one would be refused"):
        load_configuration(_changed(context, "gameday", {**zone, "blocked_windows": [forbids]}))


def test_a_health_name_that_is_an_alias_of_the_failover_name_is_refused(
    context: dict[str, Any],
) -> None:
    """A CNAME chain from a health name to the failover name is followed to its end."""
    records = [
        {"name": "health.shop.test", "target": "www.shop.test"},
        {"name": "www.shop.test", "target": "orders.shop.test"},
    ]

    with pytest.raises(ConfigurationError) as refused:
        load_configuration(_changed(context, "records", records))

    chain = "health.shop.test -> www.shop.test -> orders.shop.test"
    assert f"it resolves through names.failover ({chain})" in str(refused.value)


def test_a_load_balancer_behind_the_failover_name_is_refused(context: dict[str, Any]) -> None:
    """A site's host name is followed as well: the health name is a CNAME to it."""
    changed = _changed(context, "sites.aws.addresses", ["www.shop.test"])
    records = [{"name": "www.shop.test", "target": "orders.shop.test"}]

    with pytest.raises(ConfigurationError, match=r"www\.shop\.test -> orders\.shop\.test"):
        load_configuration(_changed(changed, "records", records))


def test_a_loop_of_records_does_not_hang_the_check(context: dict[str, Any]) -> None:
    """Records that refer to each other are refused for what they are: not landbridge's to write."""
    records = [
        {"name": "health.shop.test", "target": "a.shop.test"},
        {"name": "a.shop.test", "target": "health.shop.test"},
    ]

    with pytest.raises(ConfigurationError, match="records has it as a CNAME"):
        load_configuration(_changed(context, "records", records))


def test_async_replication_needs_bytes_to_lose(context: dict[str, Any]) -> None:
    """Async with an RPO of no bytes would refuse every failover, and is refused itself."""
    changed = _changed(context, "replication", "async")

    with pytest.raises(ConfigurationError, match="async replication always has bytes on the way"):
        load_configuration(_changed(changed, "budgets", {"rpo_bytes": 0}))


def test_all_problems_are_told_at_once(context: dict[str, Any]) -> None:
    """Two broken rules make two lines."""
    changed = _changed(context, "names.health", "orders.shop.test")
    changed = _changed(changed, "orchestrator_region", "eu-west-1")

    with pytest.raises(ConfigurationError) as refused:
        load_configuration(changed)

    fields = [line.partition(":")[0] for line in str(refused.value).splitlines()]
    assert {"landbridge.names.health", "landbridge.orchestrator_region"} <= set(fields)


def test_a_missing_configuration_names_the_key() -> None:
    """A context without the key is refused by the key's name."""
    with pytest.raises(ConfigurationError, match="landbridge: None: an object is needed"):
        load_configuration({})


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """A cdk.json that is no JSON is refused with its path."""
    file = tmp_path / "cdk.json"
    file.write_text("{")

    with pytest.raises(ConfigurationError, match=str(file)):
        configuration_from_cdk_json(file)


def test_the_context_of_the_environment_goes_over_the_files() -> None:
    """CDK_CONTEXT_JSON replaces a key of cdk.json's context, and must be an object."""
    assert read_context(CDK_JSON, '{"landbridge": 1}')["landbridge"] == 1
    with pytest.raises(ConfigurationError, match="CDK_CONTEXT_JSON"):
        read_context(CDK_JSON, "nonsense")
