"""DNS resources of CloudFormation templates, created in a real Route 53 API over HTTP."""

from typing import Any

import pytest

from lab.dns.clients import read_holdings
from lab.dns.control_plane import ControlPlane, create_route53_resources, update_health_check
from lab.dns.rules import CheckType, Role
from lab.dns.templates import TemplateError

ZONE = {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "shop.test."}}


def check(**config: Any) -> dict[str, Any]:
    """Return a HealthCheck resource as CDK writes it."""
    base = {"Type": "HTTPS", "FullyQualifiedDomainName": "health.shop.test"}
    return {
        "Type": "AWS::Route53::HealthCheck",
        "Properties": {"HealthCheckConfig": {**base, **config}},
    }


def calculated(*children: Any, threshold: Any) -> dict[str, Any]:
    """Return a CALCULATED HealthCheck resource."""
    config = {
        "Type": "CALCULATED",
        "ChildHealthChecks": list(children),
        "HealthThreshold": threshold,
        "Inverted": False,
    }
    return {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": config}}


def record(**properties: Any) -> dict[str, Any]:
    """Return a RecordSet resource as CDK writes it."""
    base = {
        "HostedZoneId": {"Ref": "Zone"},
        "Name": "orders.shop.test.",
        "Type": "A",
        "TTL": "1",
        "ResourceRecords": ["127.0.0.10"],
    }
    return {"Type": "AWS::Route53::RecordSet", "Properties": {**base, **properties}}


class TestCreate:
    def test_the_api_holds_what_the_template_says(self, control_plane: ControlPlane) -> None:
        """Zone, checks (children, threshold, inversion) and a failover pair arrive whole."""
        template = {
            "Parameters": {"Port": {"Type": "Number", "Default": "8443"}},
            "Resources": {
                "Primary": record(
                    Failover="PRIMARY", SetIdentifier="aws", HealthCheckId={"Ref": "All"}
                ),
                "Secondary": record(
                    Failover="SECONDARY", SetIdentifier="azure", ResourceRecords=["127.0.0.20"]
                ),
                "All": calculated(
                    {"Ref": "A"}, {"Fn::GetAtt": ["G", "HealthCheckId"]}, threshold=2
                ),
                "A": check(
                    Port={"Ref": "Port"},
                    ResourcePath="/ready",
                    RequestInterval=10,
                    FailureThreshold=2,
                    EnableSNI=True,
                ),
                "G": check(Inverted="true", FailureThreshold="1"),
                "Zone": ZONE,
                "Other": {"Type": "AWS::SNS::Topic"},
            },
        }
        client = control_plane.client()

        created = create_route53_resources([template], {}, client)
        held = read_holdings(client, created.zone_id)
        ids = created.health_checks

        assert (created.name, sorted(ids)) == ("shop.test.", ["A", "All", "G"])
        a, g, all_of = (held.checks[ids[name]] for name in ("A", "G", "All"))
        assert (a.fqdn, a.port, a.path) == ("health.shop.test", 8443, "/ready")
        assert (a.request_interval_seconds, a.failure_threshold) == (10, 2)
        assert (a.inverted, a.disabled, a.send_server_name) == (False, False, True)
        assert (g.inverted, g.failure_threshold, g.port) == (True, 1, 443)
        assert (all_of.kind, all_of.health_threshold) == (CheckType.CALCULATED, 2)
        assert all_of.children == (ids["A"], ids["G"])
        pair = held.zone.records["orders.shop.test.", "A"]
        assert [(found.role, found.health_check_id) for found in pair] == [
            (Role.PRIMARY, ids["All"]),
            (Role.SECONDARY, None),
        ]
        assert [found.values for found in pair] == [("127.0.0.10",), ("127.0.0.20",)]
        assert held.zone.soa.values[0].split()[1] == "hostmaster.shop.test."

    def test_zero_threshold_is_kept(self, control_plane: ControlPlane) -> None:
        """HealthThreshold 0 is a value, not an absence."""
        template = {
            "Resources": {"Zone": ZONE, "A": check(), "K": calculated({"Ref": "A"}, threshold=0)}
        }
        client = control_plane.client()

        created = create_route53_resources([template], {}, client)

        held = read_holdings(client, created.zone_id)
        assert held.checks[created.health_checks["K"]].health_threshold == 0

    def test_values_cross_stacks(self, control_plane: ControlPlane) -> None:
        """Exports, parameters, joins and substitutions meet in a record of another stack."""
        dns = {
            "Resources": {"Zone": ZONE, "A": check()},
            "Outputs": {
                "Zone": {"Value": {"Ref": "Zone"}, "Export": {"Name": "dns:zone"}},
                "A": {"Value": {"Fn::GetAtt": ["A", "Id"]}, "Export": {"Name": "dns:check"}},
            },
        }
        records = {
            "Parameters": {"Host": {"Type": "String"}, "Octet": {"Type": "String"}},
            "Resources": {
                "Record": record(
                    HostedZoneId={"Fn::ImportValue": "dns:zone"},
                    HealthCheckId={"Fn::ImportValue": {"Fn::Join": [":", ["dns", "check"]]}},
                    Failover="PRIMARY",
                    SetIdentifier={"Fn::Select": [1, {"Fn::Split": ["-", "site-aws"]}]},
                    Name={"Fn::Sub": "${Host}.${Domain}"},
                    ResourceRecords=[{"Fn::Sub": ["127.0.0.${Last}", {"Last": {"Ref": "Octet"}}]}],
                    Comment={"Ref": "AWS::NoValue"},
                )
            },
        }
        client = control_plane.client()
        parameters = {"Host": "WWW", "Octet": "7", "Domain": "shop.test"}

        created = create_route53_resources([records, dns], parameters, client)

        zone = read_holdings(client, created.zone_id).zone
        (found,) = zone.records["www.shop.test.", "A"]
        assert (found.values, found.set_identifier) == (("127.0.0.7",), "aws")
        assert found.health_check_id == created.health_checks["A"]

    def test_lists_as_parameters(self, control_plane: ControlPlane) -> None:
        """A CommaDelimitedList is a list where it is used, from its default or a value."""
        template = {
            "Parameters": {
                "One": {"Type": "CommaDelimitedList", "Default": "127.0.0.1"},
                "Two": {"Type": "CommaDelimitedList", "Default": "127.0.0.1"},
            },
            "Resources": {
                "Zone": ZONE,
                "First": record(Name="a.shop.test", ResourceRecords={"Ref": "One"}),
                "Second": record(Name="b.shop.test", ResourceRecords={"Ref": "Two"}),
            },
        }
        client = control_plane.client()

        created = create_route53_resources([template], {"Two": "127.0.0.2, 127.0.0.3"}, client)

        records = read_holdings(client, created.zone_id).zone.records
        assert records["a.shop.test.", "A"][0].values == ("127.0.0.1",)
        assert records["b.shop.test.", "A"][0].values == ("127.0.0.2", "127.0.0.3")

    def test_values_of_a_mapping(self, control_plane: ControlPlane) -> None:
        """Fn::FindInMap is what the template's own mapping has; a key that is not there is told."""
        where = {"Fn::FindInMap": ["Configured", "Values", "Addresses"]}
        template = {
            "Mappings": {"Configured": {"Values": {"Addresses": ["127.0.0.1", "127.0.0.2"]}}},
            "Resources": {"Zone": ZONE, "R": record(Name="a.shop.test", ResourceRecords=where)},
        }
        client = control_plane.client()

        created = create_route53_resources([template], {}, client)

        records = read_holdings(client, created.zone_id).zone.records
        assert records["a.shop.test.", "A"][0].values == ("127.0.0.1", "127.0.0.2")
        where["Fn::FindInMap"][2] = "Ports"
        with pytest.raises(TemplateError, match=r"Configured has no Values\.Ports"):
            create_route53_resources([template], {}, client)

    def test_imported_zone(self, control_plane: ControlPlane) -> None:
        """A stack that only imports its zone gets one under the name given."""
        template = {"Resources": {"R": record(HostedZoneId="Z123", Name="a.shop.test")}}
        client = control_plane.client()

        created = create_route53_resources([template], {}, client, zone_name="shop.test")

        assert ("a.shop.test.", "A") in read_holdings(client, created.zone_id).zone.records

    def test_update_keeps_children(self, control_plane: ControlPlane) -> None:
        """An update says only what changes: a CALCULATED check keeps its children."""
        template = {
            "Resources": {"Zone": ZONE, "A": check(), "K": calculated({"Ref": "A"}, threshold=1)}
        }
        client = control_plane.client()
        created = create_route53_resources([template], {}, client)
        parent, child = created.health_checks["K"], created.health_checks["A"]

        update_health_check(client, parent, Inverted=True)
        update_health_check(client, child, Disabled=True)

        held = read_holdings(client, created.zone_id)
        assert (held.checks[parent].inverted, held.checks[parent].children) == (True, (child,))
        assert held.checks[child].disabled


class TestRefusals:
    @pytest.mark.parametrize(
        ("resources", "message"),
        [
            ({}, "0 hosted zones"),
            ({"Zone": ZONE, "Other": ZONE}, "2 hosted zones"),
            ({"Zone": ZONE, "R": record(TTL={"Ref": "Absent"})}, "Absent is no resource"),
            ({"Zone": ZONE, "R": record(TTL={"Fn::If": ["A", 1, 2]})}, "Fn::If is not supported"),
            ({"Zone": ZONE, "R": record(Name={"Fn::ImportValue": "x"})}, "no template exports x"),
            ({"Zone": ZONE, "R": record(Name={"Fn::GetAtt": ["Zone", "Arn"]})}, "attribute Arn"),
            ({"Zone": ZONE, "R": record(Weight=1)}, "orders.shop.test. A: Weight"),
            ({"Zone": ZONE, "A": check(AlarmIdentifier={})}, "A: AlarmIdentifier"),
            ({"Zone": ZONE, "A": calculated({"Ref": "A"}, threshold=1)}, "A -> A"),
            (
                {"Zone": ZONE, "T": {"Type": "AWS::SNS::Topic"}, "R": record(Name={"Ref": "T"})},
                "T: a reference to AWS::SNS::Topic",
            ),
        ],
    )
    def test_named(
        self, resources: dict[str, Any], message: str, control_plane: ControlPlane
    ) -> None:
        """What cannot be resolved or created is refused by name, never left out."""
        with pytest.raises(TemplateError, match=message):
            create_route53_resources([{"Resources": resources}], {}, control_plane.client())

    def test_calculated_without_threshold(self, control_plane: ControlPlane) -> None:
        """A CALCULATED check without HealthThreshold is refused: its meaning is not documented."""
        check_without = calculated(threshold=1)
        del check_without["Properties"]["HealthCheckConfig"]["HealthThreshold"]
        resources = {"Zone": ZONE, "K": check_without}

        with pytest.raises(TemplateError, match="K: a CALCULATED check without HealthThreshold"):
            create_route53_resources([{"Resources": resources}], {}, control_plane.client())

    def test_same_name_in_two_templates(self, control_plane: ControlPlane) -> None:
        """Two checks that would share a logical id are refused: callers find checks by it."""
        first, second = {"Resources": {"Zone": ZONE, "A": check()}}, {"Resources": {"A": check()}}

        with pytest.raises(TemplateError, match="A: a health check of that name"):
            create_route53_resources([first, second], {}, control_plane.client())
