"""Queues for events that EventBridge could not deliver: kept, encrypted, for two weeks."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.acknowledgements import acknowledge

__all__ = ["dead_letter_queue"]


def dead_letter_queue(scope: Construct, construct_id: str, *, name: str | None = None) -> sqs.Queue:
    """Return an encrypted queue that takes TLS alone; an alarm finds it by its ``name``."""
    queue = sqs.Queue(
        scope,
        construct_id,
        queue_name=name,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=cdk.Duration.days(14),
    )
    acknowledge(queue, "SQS3", "it is a dead letter queue itself, of EventBridge's targets")
    return queue
