"""The operators' messages to a chat: a function on the topic, and a queue for what got lost."""

import aws_cdk as cdk
import jsii
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from landbridge.domain.standby_alarms import LOST_MESSAGES, queue_name
from stacks.constructs.dead_letters import allow_sending, dead_letter_queue
from stacks.constructs.step_function import StepFunction

__all__ = ["Webhook"]

_RETRIES = 2  # the most that Lambda takes; it waits one minute, then two
_MAX_AGE_MINUTES = 30  # who is woken later than that is not helped by it


@jsii.implements(lambda_.IDestination)
class _Queue:
    """A queue that the function may send to already; CDK's own kind lets it look there too."""

    def __init__(self, queue: sqs.IQueue) -> None:
        self._queue = queue

    def bind(
        self,
        _scope: Construct,
        _function: lambda_.IFunction,
        _options: lambda_.DestinationOptions | None = None,
        **_more: object,
    ) -> lambda_.DestinationConfig:
        """Return where the message goes."""
        return lambda_.DestinationConfig(destination=self._queue.queue_arn)


class Webhook(Construct):
    """SNS calls the function, Lambda tries again; what neither delivered is kept for two weeks."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        workload: str,
        topic: sns.Topic,
        function: StepFunction,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        name = queue_name(LOST_MESSAGES, workload)
        lost = dead_letter_queue(self, "LostMessages", key, name=name)
        allow_sending(function.role, lost, key)
        function.live.configure_async_invoke(
            retry_attempts=_RETRIES,
            max_event_age=cdk.Duration.minutes(_MAX_AGE_MINUTES),
            on_failure=_Queue(lost),
        )
        topic.add_subscription(
            subscriptions.LambdaSubscription(function.live, dead_letter_queue=lost)
        )
