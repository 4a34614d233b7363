"""What calls the functions that no state calls: events of alarms and runs, and the minute."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from landbridge.configuration import Configuration
from landbridge.domain.standby_alarms import LOST_EVENTS, queue_name
from landbridge.domain.triggers import (
    ALARM_EVENT,
    EVERY_MINUTE,
    trigger_name,
)
from stacks.constructs.dead_letters import dead_letter_queue
from stacks.constructs.kept_failures import keep_failures
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
        close: StepFunction,
        gameday: StepFunction,
        machines: tuple[stepfunctions.StateMachine, ...],
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._age = cdk.Duration.seconds(configuration.budgets.event_age_seconds)
        name = queue_name(LOST_EVENTS, configuration.workload)
        self._lost = dead_letter_queue(self, "LostEvents", key, name=name)
        # The GameDays' starter is called by the schedule of another stack.
        for step in (starter, tell, close, gameday):
            keep_failures(step, self._lost, key, configuration.budgets.event_age_seconds)
        self._rule(
            "OnAlarm",
            "The alarm went to ALARM, from wherever: the starter refuses by name",
            alarm_pattern(configuration, state={"value": ["ALARM"]}),
            starter,
            name=trigger_name(configuration.workload, ALARM_EVENT),
        )
        self._rule(
            "OnStandbyAlarm",
            "An alarm of the standby changed: the operators are told what it means",
            standby_alarms_pattern(configuration.workload),
            tell,
        )
        failover, _, gamedays = machines
        self._rule(
            "OnGamedayEnd",
            "A GameDay's execution ended, maybe without a report: it is led home, and told",
            _ended(gamedays, "ABORTED", "FAILED", "TIMED_OUT"),
            close,
        )
        self._rule(
            "OnWayOut",
            "A failover arrived, maybe a GameDay's whose execution is no more: it is led home",
            _ended(failover, "SUCCEEDED"),
            close,
        )
        events.Rule(
            self,
            "EveryMinute",
            rule_name=trigger_name(configuration.workload, EVERY_MINUTE),
            description="Looks while all is well, for promotion gate and people; steps kept warm",
            schedule=events.Schedule.rate(cdk.Duration.minutes(1)),
            # The next minute looks again: an old look is worth nothing.
            targets=[
                targets.LambdaFunction(each.live, retry_attempts=0)
                for each in (look, warm, preflight, watch)
            ],
        )

    def _rule(
        self,
        construct_id: str,
        description: str,
        pattern: events.EventPattern,
        step: StepFunction,
        *,
        name: str | None = None,
    ) -> None:
        """Hand such events to that function; what it never takes is kept."""
        target = targets.LambdaFunction(
            step.live,
            dead_letter_queue=self._lost,
            max_event_age=self._age,
            retry_attempts=_RETRIES,
        )
        events.Rule(
            self,
            construct_id,
            rule_name=name,
            description=description,
            event_pattern=pattern,
            targets=[target],
        )


def _ended(machine: stepfunctions.StateMachine, *statuses: str) -> events.EventPattern:
    return events.EventPattern(
        source=["aws.states"],
        detail_type=["Step Functions Execution Status Change"],
        detail={"stateMachineArn": [machine.state_machine_arn], "status": list(statuses)},
    )
