"""A state machine: the file's bytes, with a function's ARN in the place of each step's name."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from landbridge.domain.plan import LIVE, Step
from stacks.acknowledgements import acknowledge
from stacks.constructs.step_function import StepFunction

__all__ = ["FlowMachine"]


class FlowMachine(Construct):
    """A STANDARD machine: an execution's name starts it once, and its history is kept.

    Each deployment that changes it publishes a version; the alias names the one that starts.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        flow: str,
        steps: Sequence[Step],
        functions: Mapping[str, StepFunction],
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        # A machine without it may run for a year (Amazon States Language, "TimeoutSeconds"), and
        # CDK's own property reaches a definition that CDK wrote only.
        if "TimeoutSeconds" not in json.loads(flow):
            raise ValueError("the flow has no TimeoutSeconds of its own")
        self.machine = stepfunctions.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            state_machine_type=stepfunctions.StateMachineType.STANDARD,
            definition_body=stepfunctions.DefinitionBody.from_string(flow),
            definition_substitutions={
                step.substitution: functions[step.name].version.function_arn for step in steps
            },
            logs=self._log_everything(name, key),
            tracing_enabled=True,
        )
        for step in steps:
            self._allow_every_version(functions[step.name].function)
        acknowledge(
            self.machine.role,
            "IAM5[Resource::*]",
            "X-Ray's and CloudWatch Logs' delivery actions know no resources",
        )
        self._publish()

    def _allow_every_version(self, function: lambda_.Function) -> None:
        # All versions share the role of the machine: with the newest version alone in it, a
        # deployment would take their steps from the runs that are on.
        self.machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[f"{function.function_arn}:*"]
            )
        )
        element = cast("cdk.CfnElement", function.node.default_child)
        name = cdk.Stack.of(self).get_logical_id(element)
        acknowledge(
            self.machine.role,
            f"IAM5[Resource::<{name}.Arn>:*]",
            "the versions of one function: a run ends on those that it began with",
        )

    def _publish(self) -> None:
        version = stepfunctions.CfnStateMachineVersion(
            self,
            "Version",
            state_machine_arn=self.machine.state_machine_arn,
            # Another revision is another version; the one before stays for the runs that it has.
            state_machine_revision_id=self.machine.state_machine_revision_id,
        )
        version.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        stepfunctions.CfnStateMachineAlias(
            self,
            "Live",
            name=LIVE,
            description="The version that a start begins",
            deployment_preference=stepfunctions.CfnStateMachineAlias.DeploymentPreferenceProperty(
                state_machine_version_arn=version.attr_arn, type="ALL_AT_ONCE"
            ),
        )

    def _log_everything(self, name: str, key: kms.IKey) -> stepfunctions.LogOptions:
        log_group = logs.LogGroup(
            self,
            "Logs",
            # The prefix keeps the resource policy of CloudWatch Logs below its size limit.
            log_group_name=f"/aws/vendedlogs/states/{name}",
            encryption_key=key,
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        return stepfunctions.LogOptions(
            destination=log_group, level=stepfunctions.LogLevel.ALL, include_execution_data=True
        )
