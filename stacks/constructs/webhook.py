"""The operators' messages to a chat: a function on the topic, and a queue for what got lost."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from landbridge.domain.standby_alarms import LOST_MESSAGES, queue_name
from stacks.constructs.dead_letters import allow_sending, dead_letter_queue
from stacks.constructs.step_function import StepFunction

__all__ = ["Webhook"]

_RETRIES = 2  # the most that Lambda takes; it waits one minute, then two
_MAX_AGE_MINUTES = 30  # who is woken later than that is not helped by it


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
        config = lambda_.CfnEventInvokeConfig
        tries = config(
            self,
            "Tries",
            function_name=function.function.function_name,
            qualifier=function.live.alias_name,
            maximum_retry_attempts=_RETRIES,
            maximum_event_age_in_seconds=_MAX_AGE_MINUTES * 60,
            # CDK's own kind of destination lets the function look at the queue too.
            destination_config=config.DestinationConfigProperty(
                on_failure=config.OnFailureProperty(destination=lost.queue_arn)
            ),
        )
        tries.node.add_dependency(function.live)
        topic.add_subscription(
            subscriptions.LambdaSubscription(function.live, dead_letter_queue=lost)
        )
