"""The stack's own KMS key, for what AWS's own keys cannot serve: queues and log groups.

An AWS managed key has a policy that nobody can change. CloudWatch Logs takes none of them, and
EventBridge and SNS may not use SQS's.
"""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

__all__ = ["ACCOUNT_ACTIONS", "LOGS_ACTIONS", "QUEUE_ACTIONS", "DataKey", "allow"]

# What a sender to an encrypted queue needs (Amazon SQS Developer Guide, "Key management").
QUEUE_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
LOGS_ACTIONS = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
# Each by its name, where KMS's own default policy has a wildcard: a key that nobody may manage is
# a key that nobody can save, so the account's IAM may.
ACCOUNT_ACTIONS = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:Decrypt",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GenerateDataKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)


class DataKey(Construct):
    """One key, rotated each year, kept with its stack gone: what it encrypted stays readable."""

    def __init__(self, scope: Construct, construct_id: str, *, prefix: str) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description=f"Queues and logs of {cdk.Stack.of(self).stack_name}",
            enable_key_rotation=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            policy=iam.PolicyDocument(statements=self._statements(prefix)),
        )

    def _statements(self, prefix: str) -> list[iam.PolicyStatement]:
        stack = cdk.Stack.of(self)
        groups = [
            stack.format_arn(
                service="logs",
                resource="log-group",
                resource_name=f"{folder}{prefix}-*",
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
            for folder in ("/aws/lambda/", "/aws/vendedlogs/states/")
        ]
        account = {"StringEquals": {"aws:SourceAccount": stack.account}}
        logs = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}
        return [
            allow("TheAccount", iam.AccountRootPrincipal(), ACCOUNT_ACTIONS, {}),
            allow(
                "Logs",
                iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com"),
                LOGS_ACTIONS,
                logs,
            ),
            *(
                allow(
                    service.title(),
                    iam.ServicePrincipal(f"{service}.amazonaws.com"),
                    QUEUE_ACTIONS,
                    account,
                )
                for service in ("events", "sns")
            ),
        ]


def allow(
    sid: str, principal: iam.IPrincipal, actions: tuple[str, ...], conditions: Mapping[str, Any]
) -> iam.PolicyStatement:
    """Return a statement of a key's own policy."""
    return iam.PolicyStatement(
        sid=sid,
        principals=[principal],
        actions=list(actions),
        # In a key's own policy this is the key (KMS Developer Guide, "Key policies").
        resources=["*"],
        conditions=dict(conditions),
    )
