"""What Lambda took and a function never managed: kept in a queue, and not only forgotten.

EventBridge, Scheduler and SNS hand an event over and hear no more of it. Lambda tries again, and
then drops it, unless a destination is given (Lambda Developer Guide, "Asynchronous invocation").
"""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from stacks.constructs.dead_letters import allow_sending
from stacks.constructs.step_function import StepFunction

__all__ = ["keep_failures"]

_RETRIES = 2  # the most that Lambda takes; it waits one minute, then two


def keep_failures(
    step: StepFunction, lost: sqs.IQueue, key: kms.IKey, max_age_seconds: int
) -> None:
    """Have the function's failed events sent to the queue after all tries, or past that age."""
    allow_sending(step.role, lost, key)
    config = lambda_.CfnEventInvokeConfig
    tries = config(
        step,
        "Tries",
        function_name=step.function.function_name,
        qualifier=step.live.alias_name,
        maximum_retry_attempts=_RETRIES,
        maximum_event_age_in_seconds=max_age_seconds,
        # CDK's own kind of destination lets the function look at the queue too.
        destination_config=config.DestinationConfigProperty(
            on_failure=config.OnFailureProperty(destination=lost.queue_arn)
        ),
    )
    tries.node.add_dependency(step.live)
