"""The orchestrator's own region: the machine, its steps, their record and what starts them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from landbridge.configuration import Configuration
from landbridge.domain.plan import (
    FAILBACK,
    FAILBACK_STATES,
    FAILOVER,
    GAMEDAY,
    GAMEDAY_STATES,
    STANDALONE,
    WEBHOOK,
    Step,
    step_named,
)
from stacks.constructs.configured_values import ConfiguredValues
from stacks.constructs.data_key import DataKey
from stacks.constructs.flow_machine import FlowMachine
from stacks.constructs.function_caller import FunctionCaller
from stacks.constructs.run_records import RunRecords
from stacks.constructs.step_function import StepFunction
from stacks.constructs.step_resources import BY_KIND, EXPIRES, RECORD, StepResources
from stacks.constructs.triggers import Triggers
from stacks.constructs.webhook import Webhook
from stacks.flow import Flows

__all__ = ["OrchestratorStack"]

# What a step uses that can be made only after the GameDay's machine.
_OF_GAMEDAYS = frozenset({"gameday_machine", "all_executions"})


class OrchestratorStack(cdk.Stack):
    """Runs failovers and failbacks from a region that does not go down with the primary."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        root: Path,
        flows: Flows,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        prefix = f"landbridge-{configuration.workload}"
        self.key = DataKey(self, "DataKey", prefix=prefix).key
        resources = StepResources(
            stack=self,
            configuration=configuration,
            settings=self._settings(configuration),
            table=self._runs_table(prefix),
            topic=self._topic(prefix),
            records=RunRecords(self, "RunRecords").bucket,
            key=self.key,
            function_caller=self._function_caller(configuration),
        )
        functions: dict[str, StepFunction] = {}

        def make(steps: tuple[Step, ...], reach: StepResources) -> None:
            functions.update(
                {step.name: StepFunction(self, step, root=root, resources=reach) for step in steps}
            )

        def machine(name: str, flow: str, steps: tuple[Step, ...]) -> stepfunctions.StateMachine:
            full_name = f"{prefix}-{name}"
            return FlowMachine(
                self,
                name.title(),
                name=full_name,
                flow=flow,
                steps=steps,
                functions=functions,
                key=self.key,
            ).machine

        make(FAILOVER + FAILBACK, resources)
        both = replace(
            resources,
            failover=machine("failover", flows.failover, FAILOVER),
            failback=machine("failback", flows.failback, FAILBACK_STATES),
        )
        knows_gameday = tuple(step for step in STANDALONE if step.uses & _OF_GAMEDAYS)
        make((*GAMEDAY, *(step for step in STANDALONE if step not in knows_gameday)), both)
        every = replace(both, gameday=machine("gameday", flows.gameday, GAMEDAY_STATES))
        make(knows_gameday, every)
        Triggers(
            self,
            "Triggers",
            configuration=configuration,
            starter=functions["start_failover"],
            look=functions["record_look"],
            warm=functions["warm_steps"],
            preflight=functions["run_preflight"],
            watch=functions["watch_primary"],
            tell=functions["tell_alarm"],
            close=functions["close_gameday"],
            gameday=functions["start_gameday"],
            machines=every.all_machines(),
            key=self.key,
        )
        if configuration.webhook is not None:
            function = StepFunction(self, WEBHOOK, root=root, resources=every)
            Webhook(
                self,
                "Webhook",
                workload=configuration.workload,
                topic=resources.topic,
                function=function,
                key=self.key,
            )
        self._outputs(every, functions)

    def _settings(self, configuration: Configuration) -> str:
        # What the steps know of the world: landbridge.domain.settings, as JSON.
        values = ConfiguredValues(self, {"Settings": configuration.settings_text()})
        return values.text("Settings")

    def _function_caller(self, configuration: Configuration) -> iam.Role | None:
        if configuration.function_app.secret:
            return None
        role = FunctionCaller(self, "FunctionCaller", workload=configuration.workload).role
        cdk.CfnOutput(
            self,
            "FunctionCallerRoleArn",
            value=role.role_arn,
            description="The subject of Entra's federated credential",
        )
        return role

    def _runs_table(self, prefix: str) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            "Runs",
            table_name=f"{prefix}-runs",
            partition_key=dynamodb.Attribute(name="run", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="kind", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute=EXPIRES,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        table.add_global_secondary_index(
            index_name=BY_KIND,
            partition_key=dynamodb.Attribute(name="kind", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="at", type=dynamodb.AttributeType.NUMBER),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=[RECORD],
        )
        return table

    def _topic(self, prefix: str) -> sns.Topic:
        topic = sns.Topic(
            self,
            "Operators",
            topic_name=f"{prefix}-operators",
            display_name="landbridge",
            master_key=kms.Alias.from_alias_name(self, "SnsKey", "alias/aws/sns"),
            enforce_ssl=True,
        )
        # A policy of its own takes the place of the default one, which lets the account publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AllowTheAccount",
                principals=[iam.AccountPrincipal(self.account)],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
            )
        )
        return topic

    def _outputs(self, resources: StepResources, functions: dict[str, StepFunction]) -> None:
        failover, failback, gameday = resources.all_machines()
        workload = resources.configuration.workload

        def called(step: str) -> str:
            return step_named(step).live_name(workload)

        values = {
            "StateMachineArn": failover.state_machine_arn,
            "FailbackMachineArn": failback.state_machine_arn,
            "GamedayMachineArn": gameday.state_machine_arn,
            "TopicArn": resources.topic.topic_arn,
            "RunsTableName": resources.table.table_name,
            "RecordsBucketName": resources.records.bucket_name,
            "StarterName": called("start_failover"),
            "FailbackStarterName": called("start_failback"),
            "GamedayStarterName": called("start_gameday"),
            "ResequenceName": called("resequence_primary"),
            "LookName": called("record_look"),
            "WarmName": called("warm_steps"),
            "WatchName": called("watch_primary"),
            "RehearsalName": called("rehearse_standby"),
            "PreflightName": called("run_preflight"),
        }
        for name, value in values.items():
            cdk.CfnOutput(self, name, value=value)
        for step in FAILOVER + FAILBACK + STANDALONE:
            if "eks" in step.uses:
                cdk.CfnOutput(
                    self,
                    f"{step.construct}RoleArn",
                    value=functions[step.name].role.role_arn,
                    description="For the cluster's access entry",
                )
