"""Rules between fields: each on both sides of its border, and each says where it is from."""

import re
from pathlib import Path
from typing import Any

import pytest

from landbridge.configuration.budget_rules import SETTINGS_LIMIT_BYTES
from landbridge.configuration.deployment import check_context, load_configuration
from landbridge.configuration.fields import field_named
from landbridge.configuration.rules import RULES, rules_about
from landbridge.domain.standby_alarms import ALARMS
from tests.configuration.changes import changed

ROOT = Path(__file__).resolve().parents[2]
_TUESDAY = {"schedule": {"day": "tue", "at": "10:00"}}
_VIRGINIA = {"primary_region": "us-east-1", "eks.region": "us-east-1"}
_PRIMARY = {"administrators": ["arn:aws:iam::111122223333:role/admin"]}
_VPN = {"azure_addresses": ["203.0.113.1", "203.0.113.2"]}


def _window(**fields: str | list[str]) -> list[dict[str, Any]]:
    return [{"name": "window", **fields}]


# A rule, what it lets pass just so, and what it does not.
BORDERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "health-names-outside-failover",
        {"names.health": "aorders.shop.test"},
        {"names.health": "a.orders.shop.test"},
    ),
    (
        "orchestrator-elsewhere",
        {"orchestrator_region": "eu-west-2"},
        {"orchestrator_region": "eu-west-1"},
    ),
    (
        "cluster-in-primary-region",
        {"primary_region": "eu-north-1", "eks.region": "eu-north-1"},
        {"eks.region": "eu-north-1"},
    ),
    (
        "beginning-without-alarm",
        {**_VIRGINIA, "budgets.watchdog_seconds": 1},
        {**_VIRGINIA, "budgets.watchdog_seconds": 0},
    ),
    (
        "names-in-zone",
        {"names.health": "a.shop.test"},
        {"names.health": "ashop.test"},
    ),
    (
        "one-record-type",
        {"sites.aws.addresses": ["lb.aws.test"], "sites.azure.addresses": ["lb.azure.test"]},
        {"sites.aws.addresses": ["lb.aws.test"]},
    ),
    (
        "name-server-addresses",
        {"name_servers": ["192.0.2.53:65535"]},
        {"name_servers": ["192.0.2.53:65536"]},
    ),
    (
        "zone-elsewhere",
        {"zone": "elsewhere"},
        {"zone": "elsewhere", "hosted_zone_id": "Z0123456789ABCDEFGHIJ"},
    ),
    (
        "networks-private",
        {"primary": {**_PRIMARY, "network": "172.31.0.0/16"}},
        {"primary": {**_PRIMARY, "network": "172.32.0.0/16"}},
    ),
    (
        "networks-private",
        {"primary": {**_PRIMARY, "network": "10.16.0.0/20"}},
        {"primary": {**_PRIMARY, "network": "10.16.0.0/21"}},
    ),
    (
        "networks-apart",
        {"primary": {**_PRIMARY, "network": "10.31.0.0/16", "vpn": _VPN}},
        {"primary": {**_PRIMARY, "network": "10.32.0.0/16", "vpn": _VPN}},
    ),
    (
        "networks-apart",
        {"primary": {**_PRIMARY, "network": "10.246.0.0/16", "vpn": _VPN}},
        {"primary": {**_PRIMARY, "network": "10.245.0.0/16", "vpn": _VPN}},
    ),
    (
        "vpn-gateways-public",
        {"primary": {**_PRIMARY, "vpn": {"azure_addresses": ["172.32.0.1", "203.0.113.2"]}}},
        {"primary": {**_PRIMARY, "vpn": {"azure_addresses": ["172.31.0.1", "203.0.113.2"]}}},
    ),
    (
        "zones-once",
        {"primary": {**_PRIMARY, "zones": ["a", "b", "c"]}},
        {"primary": {**_PRIMARY, "zones": ["a", "b", "a"]}},
    ),
    ("rto-within-budget", {"ttl_seconds": 15}, {"ttl_seconds": 16}),
    (
        "rto-within-budget",
        {"recovery.rto_budget_seconds": 180},
        {"recovery.rto_budget_seconds": 179},
    ),
    (
        "rto-within-budget",
        {"health_checks.interval_seconds": 30, "recovery.rto_budget_seconds": 300},
        {"health_checks.interval_seconds": 30, "recovery.rto_budget_seconds": 299},
    ),
    (
        "rto-within-budget",
        {"health_checks.failure_threshold": 1, "recovery.rto_budget_seconds": 140},
        {"health_checks.failure_threshold": 1, "recovery.rto_budget_seconds": 139},
    ),
    ("rto-within-budget", {"recovery.promotion_seconds": 33}, {"recovery.promotion_seconds": 33.5}),
    ("rto-within-budget", {"recovery.pods_seconds": 33}, {"recovery.pods_seconds": 33.5}),
    (
        "rto-within-budget",
        {"recovery.orchestration_seconds": 12},
        {"recovery.orchestration_seconds": 12.5},
    ),
    (
        "promotion-within-budget",
        {"recovery.promotion_seconds": 60, "recovery.rto_budget_seconds": 900},
        {"recovery.promotion_seconds": 60.5, "recovery.rto_budget_seconds": 900},
    ),
    ("budget-within-timeout", {"budgets.replay_seconds": 29.5}, {"budgets.replay_seconds": 30}),
    (
        "budget-within-timeout",
        {"budgets.promotion_seconds": 74.5},
        {"budgets.promotion_seconds": 75},
    ),
    ("budget-within-timeout", {"budgets.rollout_seconds": 59.5}, {"budgets.rollout_seconds": 60}),
    ("budget-within-timeout", {"budgets.smoke_seconds": 29.5}, {"budgets.smoke_seconds": 30}),
    ("budget-within-timeout", {"budgets.dns_seconds": 59.5}, {"budgets.dns_seconds": 60}),
    (
        "budget-within-timeout",
        {"budgets.streaming_seconds": 39.5},
        {"budgets.streaming_seconds": 40},
    ),
    ("fence-within-undo", {"budgets.fence_seconds": 11.25}, {"budgets.fence_seconds": 11.5}),
    ("lease-outlives-steps", {"budgets.lease_seconds": 76}, {"budgets.lease_seconds": 75}),
    (
        "async-loses-bytes",
        {"replication": "async", "budgets.rpo_bytes": 1},
        {"replication": "async", "budgets.rpo_bytes": 0},
    ),
    (
        "gameday-zone-known",
        {"gameday.time_zone": "Europe/Berlin"},
        {"gameday.time_zone": "Mars/Base"},
    ),
    (
        "gameday-dates-exist",
        {"gameday.blocked_windows": _window(first_date="2026-12-20", last_date="2026-12-20")},
        {"gameday.blocked_windows": _window(first_date="2026-12-20", last_date="2026-12-19")},
    ),
    (
        "gameday-alarms-the-workloads",
        {"gameday.alarms": ["checkout-errors"]},
        {"gameday.alarms": [ALARMS[0].full_name("orders")]},
    ),
    (
        "gameday-within-a-day",
        {"gameday": {"notice_seconds": 72_000, "soak_seconds": 3_600, "ways_seconds": 7_200}},
        {"gameday": {"notice_seconds": 72_001, "soak_seconds": 3_600, "ways_seconds": 7_200}},
    ),
    (
        "gameday-may-begin",
        {"gameday": {**_TUESDAY, "blocked_windows": _window(begins="11:16", days=["tue"])}},
        {"gameday": {**_TUESDAY, "blocked_windows": _window(begins="11:15", days=["tue"])}},
    ),
    (
        "takeover-wakes-somebody",
        {
            "takeover.automatic": "confirm",
            "webhook": {"secret": "landbridge/chat", "format": "slack"},
        },
        {"takeover.automatic": "confirm"},
    ),
    (
        "takeover-can-run",
        {"takeover.automatic": "on"},
        {"takeover": {"automatic": "on"}},
    ),
]


@pytest.mark.parametrize(("name", "kept", "broken"), BORDERS)
def test_a_rule_has_two_sides(name: str, kept: dict[str, Any], broken: dict[str, Any]) -> None:
    """Just within is taken; just beyond is refused by that rule alone, with field and remedy."""
    assert check_context(changed(kept)).problems == ()

    checked = check_context(changed(broken))

    assert checked.deployment is None
    assert {problem.name for problem in checked.problems} == {name}
    for problem in checked.problems:
        assert field_named(problem.field) is not None, problem
        assert problem.remedy


def test_the_settings_fit_to_the_byte() -> None:
    """The longest CA that fits is taken, and one byte more is refused."""
    name = "eks.certificate_authority"
    used = len(load_configuration(changed({name: ""})).settings_text().encode())
    room = SETTINGS_LIMIT_BYTES - used

    assert check_context(changed({name: "A" * room})).problems == ()
    (problem,) = check_context(changed({name: "A" * (room + 1)})).problems
    assert (problem.name, problem.field) == ("settings-fit", name)
    assert "A" * 20 not in str(problem)


def test_every_rule_is_tried() -> None:
    """No rule is without a case on each side."""
    assert {name for name, _, _ in BORDERS} | {"settings-fit"} == {rule.name for rule in RULES}
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_of_what_it_is_and_where_it_is_from(rule: Any) -> None:
    """Its fields exist, and a source among landbridge's own documents has that heading."""
    assert [field for field in rule.fields if field_named(field) is None] == []
    assert rule.claim.endswith(".")
    document, _, place = rule.source.partition(", ")
    assert place, rule.source
    if document.startswith("docs/"):
        headings = re.findall(r"^#+ (.+)$", (ROOT / document).read_text(), re.MULTILINE)
        assert place.partition(":")[0] in headings


def test_a_field_knows_its_rules() -> None:
    """A rule about a section is about its parts as well, and the other way round."""
    names = {rule.name for rule in rules_about("ttl_seconds")}
    assert names == {"rto-within-budget"}
    assert "health-names-outside-failover" in {r.name for r in rules_about("records[].target")}
    assert "gameday-dates-exist" in {r.name for r in rules_about("gameday.blocked_windows")}
    assert rules_about("port") == ()


def test_the_refusal_of_an_rto_adds_up() -> None:
    """Whoever is refused sees the sum and its parts, and what to raise it to."""
    (problem,) = check_context(changed({"ttl_seconds": 60})).problems
    assert problem.field == "recovery.rto_budget_seconds"
    assert "225 s: checks of AWS 30 + alarm 60 + orchestration 12 + pods 33" in problem.rule
    assert "raise it to 225" in problem.remedy
