"""What steps may reach, and the least that a role needs for it; one entry for each ``uses``."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as stepfunctions

from landbridge.adapters.function_app_caller import ROLE_VARIABLE
from landbridge.configuration import Configuration
from landbridge.domain.plan import LIVE, WARMED, Step, step_named
from landbridge.domain.triggers import (
    ALARM_EVENT,
    EVERY_MINUTE,
    FORWARDED_ALARM,
    GAMEDAY_SCHEDULE,
    trigger_name,
)

__all__ = ["BY_KIND", "EXPIRES", "FLOW_NAMES", "RECORD", "RECORDS_PREFIX", "StepResources"]

_WAYS = ("failover", "failback")
FLOW_NAMES = (*_WAYS, "gameday")
# As landbridge.adapters.runs and .run_archive have them; a test holds them together.
BY_KIND, RECORD, EXPIRES = "by-kind", "record", "expires_at"
RECORDS_PREFIX = "runs/"

# Whose objects a step may put: a rehearsal's record is nowhere near a real run's.
_RECORDS = {
    "records": f"{RECORDS_PREFIX}*",
    "rehearsal_records": f"{RECORDS_PREFIX}rehearsal-*",
}

START_FAILOVER, START_FAILBACK = step_named("start_failover"), step_named("start_failback")
_FAILOVER, _FAILBACK, _GAMEDAY = "failover_machine", "failback_machine", "gameday_machine"
_EXECUTIONS, _STATUS, _ALL_EXECUTIONS = "executions", "execution_status", "all_executions"
_LOOKS = frozenset({_EXECUTIONS, _STATUS, _ALL_EXECUTIONS})
_TABLE = frozenset({"runs_read", "runs_write", "earlier_runs"})


@dataclass(frozen=True)
class StepResources:
    """The resources of the orchestrator that its functions share."""

    stack: cdk.Stack
    configuration: Configuration
    settings: str
    table: dynamodb.Table
    topic: sns.Topic
    records: s3.Bucket
    key: kms.IKey
    # None where a secret is configured in its place.
    function_caller: iam.Role | None = None
    # There are none while their steps are made.
    failover: stepfunctions.StateMachine | None = None
    failback: stepfunctions.StateMachine | None = None
    gameday: stepfunctions.StateMachine | None = None

    @property
    def owner(self) -> str:
        """The workload."""
        return self.configuration.workload

    def settings_text(self) -> str:
        """Return what the steps are told."""
        return self.configuration.settings_text()

    def environment(self, step: Step) -> dict[str, str]:
        """Return the step's environment variables."""
        variables = {
            "LANDBRIDGE_SETTINGS": self.settings,
            "POWERTOOLS_SERVICE_NAME": "landbridge",
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }
        secrets = [name for use, name in self._secrets().items() if use in step.uses]
        if secrets:
            variables["LANDBRIDGE_SECRETS"] = ",".join(secrets)
        if "function_app" in step.uses:
            caller = self.function_caller
            variables[ROLE_VARIABLE] = caller.role_arn if caller is not None else ""
        if step.uses & _TABLE:
            variables["LANDBRIDGE_RUNS_TABLE"] = self.table.table_name
        if _records_of(step):
            variables["LANDBRIDGE_RECORDS_BUCKET"] = self.records.bucket_name
        webhook = self.configuration.webhook
        if "webhook" in step.uses and webhook is not None:
            variables["LANDBRIDGE_WEBHOOK_FORMAT"] = webhook.format
            variables["LANDBRIDGE_WEBHOOK_SECRET"] = webhook.secret
        if "starter" in step.uses:
            # By name: a role that refers to the function would be a circle with the machine's.
            variables["LANDBRIDGE_STARTER_NAME"] = START_FAILOVER.live_name(
                self.configuration.workload
            )
        if "failback_starter" in step.uses:
            variables["LANDBRIDGE_FAILBACK_STARTER_NAME"] = START_FAILBACK.live_name(
                self.configuration.workload
            )
        if "topic" in step.uses:
            variables["LANDBRIDGE_TOPIC_ARN"] = self.topic.topic_arn
        variables.update(self._machine_names(step))
        return variables

    def _machine_names(self, step: Step) -> dict[str, str]:
        names: dict[str, str] = {}
        for own, *others in self._directions(step):
            names["LANDBRIDGE_STATE_MACHINE_ARN"] = own.state_machine_arn
            if step.uses.isdisjoint(_LOOKS):
                names["LANDBRIDGE_STATE_MACHINE_ALIAS_ARN"] = _live(own)
            names["LANDBRIDGE_OTHER_MACHINE_ARN"] = ",".join(
                other.state_machine_arn for other in others
            )
        return names

    def statements(self, step: Step) -> Iterator[iam.PolicyStatement]:
        """Yield what the step's role allows; raise KeyError for a use that nobody knows."""
        allowed: dict[str, Callable[[], Iterable[iam.PolicyStatement]]] = {
            **{use: partial(self._secret, name) for use, name in self._secrets().items()},
            **({"function_app": self._caller} if self.function_caller is not None else {}),
            # An access entry of the cluster names the role; signing in needs no IAM action.
            "eks": tuple,
            # The action is about alarms alone, and is not sure to be asked about one of them.
            "health_alarm": lambda: [_allow("*", "cloudwatch:DescribeAlarms")],
            # A zone that is elsewhere is not this account's to read.
            "route53": self._zone if self.configuration.zone == "here" else tuple,
            "triggers": self._triggers,
            "runs_read": lambda: [_allow(self.table.table_arn, "dynamodb:GetItem")],
            "runs_write": lambda: [_allow(self.table.table_arn, "dynamodb:PutItem")],
            "earlier_runs": lambda: [
                _allow(f"{self.table.table_arn}/index/{BY_KIND}", "dynamodb:Query")
            ],
            **{use: partial(self._put_records, names) for use, names in _RECORDS.items()},
            "histories": self._histories,
            # Which there are is asked of each machine, below.
            _EXECUTIONS: tuple,
            _STATUS: lambda: self._executions(_WAYS),
            _ALL_EXECUTIONS: lambda: self._executions(FLOW_NAMES),
            "starter": lambda: self._invocation(START_FAILOVER),
            "failback_starter": lambda: self._invocation(START_FAILBACK),
            "steps": lambda: self._invocation(*WARMED),
            "topic": lambda: [_allow(self.topic.topic_arn, "sns:Publish")],
        }
        for use in sorted(step.uses - {_FAILOVER, _FAILBACK, _GAMEDAY}):
            yield from allowed[use]()
        for own, *others in self._directions(step):
            if step.uses.isdisjoint(_LOOKS):
                yield _allow(_live(own), "states:StartExecution")
            if step.uses & _LOOKS != {_STATUS}:
                for one in (own, *others):
                    yield _allow(one.state_machine_arn, "states:ListExecutions")

    def wildcards(self, step: Step) -> Iterator[tuple[str, str]]:
        """Yield each resource with a wildcard that the role has, as cdk-nag says it, and why."""
        yield "*", "X-Ray's writes, ListHostedZonesByName and DescribeAlarms are for all or none"
        if "route53" in step.uses and self.configuration.zone == "here":
            why = "read only; the ids are made with the health stack, in another region"
            yield "arn:aws:route53:::healthcheck/*", why
            if not self.configuration.hosted_zone_id:
                yield "arn:aws:route53:::hostedzone/*", why
        for names in _records_of(step):
            bucket = cast("cdk.CfnElement", self.records.node.default_child)
            name = self.stack.get_logical_id(bucket)
            yield f"<{name}.Arn>/{names}", "each run has an object of its own"
        flows = FLOW_NAMES if _ALL_EXECUTIONS in step.uses else _WAYS
        if not step.uses.isdisjoint({"histories", _STATUS, _ALL_EXECUTIONS}):
            for arn in self._execution_arns(flows):
                readable = arn.replace(self.stack.account, "<AWS::AccountId>")
                yield readable, "each run is an execution of its own"

    def _put_records(self, names: str) -> Iterator[iam.PolicyStatement]:
        yield _allow(self.records.arn_for_objects(names), "s3:PutObject")

    def _secrets(self) -> dict[str, str]:
        databases, webhook = self.configuration.databases, self.configuration.webhook
        client_secret = self.configuration.function_app.secret
        return {
            "aws_database": databases.aws.secret,
            "azure_database": databases.azure.secret,
            **({"function_app": client_secret} if client_secret else {}),
            **({"webhook": webhook.secret} if webhook else {}),
        }

    def _caller(self) -> Iterator[iam.PolicyStatement]:
        if self.function_caller is not None:
            yield _allow(self.function_caller.role_arn, "sts:AssumeRole")

    def _invocation(self, *steps: Step) -> Iterator[iam.PolicyStatement]:
        workload = self.configuration.workload
        arns = [
            self.stack.format_arn(
                service="lambda",
                resource="function",
                resource_name=step.live_name(workload),
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
            for step in steps
        ]
        yield iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=arns)

    def _histories(self) -> Iterator[iam.PolicyStatement]:
        yield iam.PolicyStatement(
            actions=["states:GetExecutionHistory"], resources=self._execution_arns(_WAYS)
        )

    def _executions(self, flows: tuple[str, ...]) -> Iterator[iam.PolicyStatement]:
        yield iam.PolicyStatement(
            actions=["states:DescribeExecution"], resources=self._execution_arns(flows)
        )

    def _execution_arns(self, flows: tuple[str, ...]) -> list[str]:
        # By name: the machines refer to the function, and a reference back would be a circle.
        return [
            self.stack.format_arn(
                service="states",
                resource="execution",
                resource_name=f"landbridge-{self.configuration.workload}-{flow}:*",
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
            for flow in flows
        ]

    def _zone(self) -> Iterator[iam.PolicyStatement]:
        # The health stack is deployed in another region: what it makes has no name known here.
        zone_id = self.configuration.hosted_zone_id
        if not zone_id:
            yield _allow("*", "route53:ListHostedZonesByName")
        zone, checks = (
            self.stack.format_arn(
                service="route53", region="", account="", resource=kind, resource_name=name
            )
            for kind, name in (("hostedzone", zone_id or "*"), ("healthcheck", "*"))
        )
        yield _allow(zone, "route53:ListResourceRecordSets")
        yield _allow(checks, "route53:GetHealthCheck")

    def _triggers(self) -> Iterator[iam.PolicyStatement]:
        workload = self.configuration.workload
        regions = {ALARM_EVENT: "", EVERY_MINUTE: ""}
        regions[FORWARDED_ALARM] = self.configuration.health_region
        rules = [
            self.stack.format_arn(
                service="events",
                region=region or self.stack.region,
                resource="rule",
                resource_name=trigger_name(workload, trigger),
            )
            for trigger, region in regions.items()
        ]
        yield iam.PolicyStatement(actions=["events:DescribeRule"], resources=rules)
        schedule = self.stack.format_arn(
            service="scheduler",
            resource="schedule",
            resource_name=f"default/{trigger_name(workload, GAMEDAY_SCHEDULE)}",
        )
        yield _allow(schedule, "scheduler:GetSchedule")

    def _secret(self, name: str) -> Iterator[iam.PolicyStatement]:
        # Secrets Manager adds a hyphen and six characters to a secret's name in its ARN.
        arn = self.stack.format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=f"{name}-??????",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        yield _allow(arn, "secretsmanager:GetSecretValue")

    def machines(self) -> tuple[stepfunctions.StateMachine, stepfunctions.StateMachine]:
        """Return the machines of failover and failback; raise ValueError while there are none."""
        if self.failover is None or self.failback is None:
            raise ValueError("a step of the machine cannot start the machine")
        return self.failover, self.failback

    def all_machines(self) -> tuple[stepfunctions.StateMachine, ...]:
        """Return those two and the GameDay's; raise ValueError while there are not all of them."""
        if self.gameday is None:
            raise ValueError("a step of the GameDay's machine cannot start it")
        return *self.machines(), self.gameday

    def _directions(self, step: Step) -> Iterator[tuple[stepfunctions.StateMachine, ...]]:
        # A starter starts its own machine, and only while none of them is on. An incident does not
        # wait for a GameDay, so its starter does not look at that machine.
        if not step.uses.isdisjoint({_FAILOVER, _EXECUTIONS, _STATUS}):
            yield self.machines()
        if _FAILBACK in step.uses:
            failover, failback = self.machines()
            yield failback, failover
        if _ALL_EXECUTIONS in step.uses:
            yield self.all_machines()
        if _GAMEDAY in step.uses:
            failover, failback, gameday = self.all_machines()
            yield gameday, failover, failback


def _records_of(step: Step) -> list[str]:
    return [names for use, names in _RECORDS.items() if use in step.uses]


def _live(machine: stepfunctions.StateMachine) -> str:
    return f"{machine.state_machine_arn}:{LIVE}"


def _allow(resource: str, *actions: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=[resource])
