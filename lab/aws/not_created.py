"""What stands in the stacks' templates and is in no lab by CloudFormation, each with why."""

from collections.abc import Mapping

__all__ = ["NOT_CREATED"]

_NETWORK = "all of a lab is on loopback: its network is the ways of lab.network between processes"
_CLUSTER = "the lab's EKS is a Kubernetes API of its own, whose nodes and accounts are the lab's"
# Every kind of a template that no lab creates by CloudFormation, and why (ministack 1.5.33).
# lab.dns creates Route 53's from the same templates, lab.aws.deployment the two of machines.
NOT_CREATED: Mapping[str, str] = {
    "AWS::Route53::HealthCheck": "the emulator has no such type, and its CreateHealthCheck loses "
    "the children of a CALCULATED check",
    "AWS::Route53::HostedZone": "the zone belongs where the lab's DNS server reads it, in the "
    "Route 53 API that has the health checks",
    "AWS::Route53::RecordSet": "a record names its health check and its zone, which are there",
    "AWS::StepFunctions::StateMachineVersion": "the emulator's CloudFormation has no such type; "
    "its API of Step Functions has it",
    "AWS::StepFunctions::StateMachineAlias": "as its version; nothing refers to it but by name",
    **{
        f"AWS::EC2::{kind}": _NETWORK
        for kind in (
            "CustomerGateway",
            "EIP",
            "FlowLog",
            "InternetGateway",
            "LaunchTemplate",
            "NatGateway",
            "Route",
            "RouteTable",
            "Subnet",
            "SubnetRouteTableAssociation",
            "VPC",
            "VPCGatewayAttachment",
            "VPNConnection",
            "VPNGateway",
            "VPNGatewayRoutePropagation",
        )
    },
    **{f"AWS::EKS::{kind}": _CLUSTER for kind in ("AccessEntry", "Addon", "Cluster", "Nodegroup")},
}
