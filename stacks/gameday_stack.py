"""The GameDays' schedule, apart from what it starts: taken away or broken, all else stands.

The machine and its steps are the orchestrator's. They share its table, topic and functions, and a
person starts a GameDay without any schedule.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from landbridge.configuration import Configuration
from landbridge.configuration.gamedays import GamedayScheduleConfiguration
from landbridge.domain.plan import step_named
from landbridge.domain.standby_alarms import LOST_GAMEDAYS, queue_name
from landbridge.domain.triggers import GAMEDAY_SCHEDULE, trigger_name
from stacks.constructs.dead_letters import dead_letter_queue
from stacks.constructs.gameday_schedule import GamedaySchedule

__all__ = ["GameDayStack"]


class GameDayStack(cdk.Stack):
    """A schedule in people's own time zone, and a queue for what it could not hand over."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        schedule: GamedayScheduleConfiguration,
        key: kms.IKey,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        starter = self.format_arn(
            service="lambda",
            resource="function",
            resource_name=step_named("start_gameday").live_name(configuration.workload),
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        GamedaySchedule(
            self,
            "Gameday",
            name=trigger_name(configuration.workload, GAMEDAY_SCHEDULE),
            zone=configuration.gameday.time_zone,
            schedule=schedule.schedule(),
            starter_arn=starter,
            max_age=cdk.Duration.seconds(configuration.budgets.event_age_seconds),
            lost=dead_letter_queue(
                self,
                "LostEvents",
                key,
                name=queue_name(LOST_GAMEDAYS, configuration.workload),
            ),
            key=key,
        )
