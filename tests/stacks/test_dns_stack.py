"""The zone's records: by the stack where the zone is here, by somebody else where it is not."""

import json
from pathlib import Path
from typing import Any

from lab.aws.synthesis import ROOT
from landbridge.configuration import load_configuration, read_context
from landbridge.configuration.zone_records import CHANGE_BATCH_OUTPUT, change_batch, zone_records
from landbridge.domain.checkers_verdict import DOWN_ADDRESS, UP_ADDRESS
from tests.stacks.configured import otherwise

Template = dict[str, Any]
CHECK_IDS = {name: f"id of {name}" for name in ("AwsCheckId", "PrimaryCheckId", "SecondaryCheckId")}
VERDICT = "verdict-health.shop.test"


def _records(template: Template) -> list[dict[str, Any]]:
    found = template["Resources"].values()
    return [one["Properties"] for one in found if one["Type"] == "AWS::Route53::RecordSet"]


def _pair(template: Template, name: str) -> dict[str, dict[str, Any]]:
    """Return the two records of a failover pair by their role."""
    found = [one for one in _records(template) if one["Name"] == name and "Failover" in one]
    return {one["Failover"]: one for one in found}


def _check_of(record: dict[str, Any], health: Template) -> str:
    """Return which of the health stack's outputs the record's check is imported from."""
    exports = {
        one["Export"]["Name"]: one["Value"] for one in health["Outputs"].values() if "Export" in one
    }
    value = exports[record["HealthCheckId"]["Fn::ImportValue"]]
    (name,) = [key for key in CHECK_IDS if health["Outputs"][key]["Value"] == value]
    return name


def _configured(template: Template, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    mapping, *keys = value["Fn::FindInMap"]
    found = template["Mappings"][mapping]
    for key in keys:
        found = found[key]
    return found


def test_the_failover_pair_has_one_record_for_each_site(dns: Template) -> None:
    """PRIMARY is AWS's address, SECONDARY Azure's, both with the configured TTL."""
    pair = _pair(dns, "orders.shop.test")
    values = {role: _configured(dns, one["ResourceRecords"]) for role, one in pair.items()}

    assert values == {"PRIMARY": ["192.0.2.10"], "SECONDARY": ["198.51.100.10"]}
    assert [_configured(dns, one["TTL"]) for one in pair.values()] == ["15", "15"]


def test_each_of_the_pair_hangs_on_its_own_calculated_check(
    dns: Template, health: Template
) -> None:
    """By the health stack's exports, so neither can be deployed without the other's ids."""
    for role, one in _pair(dns, "orders.shop.test").items():
        assert _check_of(one, health) == f"{role.title()}CheckId"


def test_the_verdict_says_what_the_check_of_aws_alone_sees(dns: Template, health: Template) -> None:
    """The record that says up hangs on AWS's own check, the one that says down on none."""
    pair = _pair(dns, VERDICT)

    assert _check_of(pair["PRIMARY"], health) == "AwsCheckId"
    assert pair["PRIMARY"]["ResourceRecords"] == [UP_ADDRESS]
    assert pair["SECONDARY"]["ResourceRecords"] == [DOWN_ADDRESS]
    assert "HealthCheckId" not in pair["SECONDARY"]


def test_the_health_names_take_no_part_in_failover(dns: Template) -> None:
    """They are plain records, each of its own site."""
    plain = {one["Name"]: one for one in _records(dns) if "Failover" not in one}
    values = {name: _configured(dns, one["ResourceRecords"]) for name, one in plain.items()}

    assert values == {
        "health.shop.test": ["192.0.2.10"],
        "health-azure.shop.test": ["198.51.100.10"],
    }
    assert not any("HealthCheckId" in one or "SetIdentifier" in one for one in plain.values())


def test_what_is_said_to_be_created_is_what_the_stack_creates(
    dns: Template, health: Template
) -> None:
    """`landbridge config records` and the template have the same six records."""
    configuration = load_configuration(read_context(ROOT / "cdk.json"))
    batch = change_batch(zone_records(configuration), CHECK_IDS)
    said = [one["ResourceRecordSet"] for one in batch["Changes"]]
    made = [
        {
            "Name": one["Name"],
            "Type": one["Type"],
            "TTL": int(_configured(dns, one["TTL"])),
            "ResourceRecords": [
                {"Value": value} for value in _configured(dns, one["ResourceRecords"])
            ],
            **{key: one[key] for key in ("SetIdentifier", "Failover") if key in one},
            **(
                {"HealthCheckId": CHECK_IDS[_check_of(one, health)]}
                if "HealthCheckId" in one
                else {}
            ),
        }
        for one in _records(dns)
    ]

    assert said == made
    assert all(one["TTL"] <= 60 for one in said)


def test_a_zone_elsewhere_is_told_its_records_and_not_written(other_assembly: Path) -> None:
    """No stack has a record; an output has all six, with the ids of the checks."""
    templates = {
        file.name.partition(".")[0]: json.loads(file.read_text())
        for file in other_assembly.glob("*.template.json")
    }
    output = templates["Health"]["Outputs"][CHANGE_BATCH_OUTPUT]["Value"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else f"<{part['Ref']}>" for part in output)
    batch = json.loads(text)
    ids = {name: f"<{templates['Health']['Outputs'][name]['Value']['Ref']}>" for name in CHECK_IDS}

    assert "AWS::Route53::RecordSet" not in json.dumps(templates)
    assert "AWS::Route53::HostedZone" not in json.dumps(templates)
    assert batch == change_batch(zone_records(load_configuration(otherwise())), ids)


def test_a_zone_elsewhere_is_not_read(other_assembly: Path) -> None:
    """No role may ask Route 53, and the preflight knows that it shall not."""
    template = json.loads((other_assembly / "Orchestrator.template.json").read_text())
    settings = json.loads(template["Mappings"]["Configured"]["Values"]["Settings"])

    assert "route53:" not in json.dumps(template)
    assert settings["names"]["zone_elsewhere"] is True
