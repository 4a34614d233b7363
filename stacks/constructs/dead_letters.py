"""Queues for events that nobody could deliver: kept, encrypted with KMS, for two weeks."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.acknowledgements import acknowledge
from stacks.constructs.data_key import QUEUE_ACTIONS

__all__ = ["allow_sending", "dead_letter_queue"]


def dead_letter_queue(
    scope: Construct, construct_id: str, key: kms.IKey, *, name: str | None = None
) -> sqs.Queue:
    """Return a queue encrypted with the key that takes TLS alone; an alarm finds it by ``name``."""
    queue = sqs.Queue(
        scope,
        construct_id,
        queue_name=name,
        enforce_ssl=True,
        retention_period=cdk.Duration.days(14),
    )
    # CDK's own way to a key lets each sender do kms:ReEncrypt* and kms:GenerateDataKey*.
    cast("sqs.CfnQueue", queue.node.default_child).kms_master_key_id = key.key_arn
    acknowledge(queue, "SQS3", "it is a dead letter queue itself")
    return queue


def allow_sending(role: iam.IRole, queue: sqs.IQueue, key: kms.IKey) -> None:
    """Let the role send to the queue and use its key for that, and no more.

    CDK's own grant lets a sender look at the queue too, which nobody does.
    """
    role.add_to_principal_policy(
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])
    )
    role.add_to_principal_policy(
        iam.PolicyStatement(actions=list(QUEUE_ACTIONS), resources=[key.key_arn])
    )
