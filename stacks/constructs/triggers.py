"""What calls the functions that no state calls: the alarms' events and the minute."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from constructs import Construct

from landbridge.configuration import Configuration
from stacks.constructs.dead_letters import dead_letter_queue
from stacks.constructs.primary_alarm import alarm_pattern
from stacks.constructs.standby_alarms import standby_alarms_pattern
from stacks.constructs.step_function import StepFunction

__all__ = ["Triggers"]

_RETRIES = 8


class Triggers(Construct):
    """The alarm starts the starter; each minute both sites are looked at and steps are warmed."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        starter: StepFunction,
        look: StepFunction,
        warm: StepFunction,
        preflight: StepFunction,
        watch: StepFunction,
        tell: StepFunction,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        age = cdk.Duration.seconds(configuration.budgets.event_age_seconds)
        lost = dead_letter_queue(self, "LostEvents", key)
        events.Rule(
            self,
            "OnAlarm",
            description="The alarm went to ALARM, from wherever: the starter refuses by name",
            event_pattern=alarm_pattern(configuration, state={"value": ["ALARM"]}),
            targets=[
                targets.LambdaFunction(
                    starter.live,
                    dead_letter_queue=lost,
                    max_event_age=age,
                    retry_attempts=_RETRIES,
                )
            ],
        )
        events.Rule(
            self,
            "OnStandbyAlarm",
            description="An alarm of the standby changed: the operators are told what it means",
            event_pattern=standby_alarms_pattern(configuration.workload),
            targets=[
                targets.LambdaFunction(
                    tell.live,
                    dead_letter_queue=lost,
                    max_event_age=age,
                    retry_attempts=_RETRIES,
                )
            ],
        )
        events.Rule(
            self,
            "EveryMinute",
            description="Looks while all is well, for promotion gate and people; steps kept warm",
            schedule=events.Schedule.rate(cdk.Duration.minutes(1)),
            # The next minute looks again: an old look is worth nothing.
            targets=[
                targets.LambdaFunction(each.live, retry_attempts=0)
                for each in (look, warm, preflight, watch)
            ],
        )
