"""The operators' messages to a chat: a function on the topic, and a queue for what got lost."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from landbridge.domain.standby_alarms import LOST_MESSAGES, queue_name
from stacks.constructs.dead_letters import dead_letter_queue
from stacks.constructs.kept_failures import keep_failures
from stacks.constructs.step_function import StepFunction

__all__ = ["Webhook"]

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
        keep_failures(function, lost, key, _MAX_AGE_MINUTES * 60)
        topic.add_subscription(
            subscriptions.LambdaSubscription(function.live, dead_letter_queue=lost)
        )
