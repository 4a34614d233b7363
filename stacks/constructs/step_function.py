"""One step of the plan as a Lambda: everything about it follows from the step's name and uses."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from landbridge.domain.plan import Step
from stacks.acknowledgements import acknowledge
from stacks.bundles.bundle import build_bundle
from stacks.constructs.step_resources import StepResources

__all__ = ["StepFunction"]

# More than a step needs: CPU comes with memory, and a cold start is part of the outage.
_MEMORY_MB = 512


class StepFunction(Construct):
    """``functions/<name>/handler.py`` with its bundle, its own role and its own log group."""

    def __init__(
        self, scope: Construct, step: Step, *, root: Path, resources: StepResources
    ) -> None:
        super().__init__(scope, step.construct)
        name = step.function_name(resources.configuration.workload)
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{name}",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.role = self._role(step, resources, log_group)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            description=step.sentence,
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"functions.{step.name}.handler.lambda_handler",
            code=_code(root, step),
            timeout=cdk.Duration.seconds(step.timeout_seconds),
            memory_size=_MEMORY_MB,
            environment=resources.environment(step),
            role=self.role,
            log_group=log_group,
            tracing=lambda_.Tracing.ACTIVE,
        )

    def _role(self, step: Step, resources: StepResources, log_group: logs.LogGroup) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=step.sentence,
        )
        log_group.grant_write(role)
        for statement in resources.statements(step):
            role.add_to_policy(statement)
        for resource, reason in resources.wildcards(step):
            acknowledge(role, f"IAM5[Resource::{resource}]", reason)
        return role


def _code(root: Path, step: Step) -> lambda_.Code:
    bundle = build_bundle(root, step.name, root / "build" / "bundles")
    return lambda_.Code.from_asset(
        str(bundle.file),
        asset_hash=bundle.content_hash,
        asset_hash_type=cdk.AssetHashType.CUSTOM,
    )
