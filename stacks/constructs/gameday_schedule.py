"""A GameDay by the clock that people live by: EventBridge Scheduler knows their time zone."""

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from landbridge.domain import blocked_windows
from stacks.constructs.dead_letters import allow_sending

__all__ = ["GamedaySchedule"]

# Scheduler's own word for the moment that was meant: copies of one event are one GameDay.
_MOMENT = "<aws.scheduler.scheduled-time>"
_RETRIES = 3


class GamedaySchedule(Construct):
    """Hands the GameDay's starter an event; daylight saving is Scheduler's to know."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        zone: str,
        schedule: blocked_windows.GamedaySchedule,
        starter_arn: str,
        max_age: cdk.Duration,
        lost: sqs.IQueue,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"),
            description="Hands a scheduled GameDay to its starter",
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[starter_arn])
        )
        allow_sending(role, lost, key)
        scheduler.CfnSchedule(
            self,
            "Schedule",
            name=name,
            description="Begins a GameDay; what is against one then is the GameDay's to find",
            schedule_expression=schedule.cron,
            schedule_expression_timezone=zone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=starter_arn,
                role_arn=role.role_arn,
                input=_event(),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=lost.queue_arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=max_age.to_seconds(),
                    maximum_retry_attempts=_RETRIES,
                ),
            ),
        )


def _event() -> str:
    return json.dumps(
        {"trigger": "gameday", "reason": "a scheduled GameDay", "occurred_at": _MOMENT}
    )
