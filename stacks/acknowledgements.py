"""What cdk-nag finds and is meant to be so: each with its reason, on the construct that has it."""

import aws_cdk as cdk
from constructs import IConstruct

__all__ = ["acknowledge"]


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one finding of AwsSolutions, such as ``IAM5[Resource::*]``, on one construct."""
    finding = cdk.Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason)
    cdk.Validations.of(construct).acknowledge(finding)
