"""The primary's own KMS key: Kubernetes' secrets in the cluster, and the logs of both."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.constructs.data_key import ACCOUNT_ACTIONS, LOGS_ACTIONS, allow

__all__ = ["ClusterKey"]

# What EKS does with the key of its secrets: by the cluster's role, and by grants that whoever
# creates the cluster makes (EKS User Guide, "Encrypt Kubernetes secrets with KMS").
_CLUSTER_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants")
_GRANTING_ACTIONS = ("kms:CreateGrant", "kms:Encrypt", "kms:ListGrants", "kms:RevokeGrant")


class ClusterKey(Construct):
    """One key, rotated each year, kept with its stack gone: without it no secret can be read."""

    def __init__(
        self, scope: Construct, construct_id: str, *, log_groups: tuple[str, ...], role: iam.Role
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        groups = [
            stack.format_arn(
                service="logs",
                resource="log-group",
                resource_name=name,
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
            for name in log_groups
        ]
        logs = {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": groups}}
        service = iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")
        self.key = kms.Key(
            self,
            "Key",
            description=f"Kubernetes' secrets and logs of {stack.stack_name}",
            enable_key_rotation=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            policy=iam.PolicyDocument(
                statements=[
                    allow(
                        "TheAccount",
                        iam.AccountRootPrincipal(),
                        tuple(sorted({*ACCOUNT_ACTIONS, *_GRANTING_ACTIONS})),
                        {},
                    ),
                    allow("Logs", service, LOGS_ACTIONS, logs),
                    allow("Cluster", iam.ArnPrincipal(role.role_arn), _CLUSTER_ACTIONS, {}),
                ]
            ),
        )
