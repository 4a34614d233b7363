"""One step of the plan as a Lambda: everything about it follows from the step's name and uses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from landbridge.domain.plan import LIVE, Step
from stacks.acknowledgements import acknowledge
from stacks.bundles.bundle import build_bundle
from stacks.constructs.step_resources import START_FAILBACK, START_FAILOVER

__all__ = ["Reach", "StepFunction"]

# More than a step needs: CPU comes with memory, and a cold start is part of the outage.
_MEMORY_MB = 512
# Kept for the starters whatever else the account runs: a burst of copies of one alarm's event, the
# watchdog and a person at once.
_STARTERS_RESERVED = 5


class Reach(Protocol):
    """What a stack's functions share, and what each may reach of it."""

    @property
    def owner(self) -> str:
        """The workload, or what else the functions' names have after ``landbridge-``."""

    @property
    def key(self) -> kms.IKey:
        """The stack's own key."""

    def settings_text(self) -> str:
        """Return all that the functions are told; another text is another version of each."""

    def environment(self, step: Step) -> dict[str, str]:
        """Return the step's environment variables."""

    def statements(self, step: Step) -> Iterator[iam.PolicyStatement]:
        """Yield what the step's role allows."""

    def wildcards(self, step: Step) -> Iterator[tuple[str, str]]:
        """Yield each resource with a wildcard that the role has, and why."""


class StepFunction(Construct):
    """``functions/<name>/handler.py`` with its bundle, its own role and its own log group.

    ``version`` is what a machine calls, so that a run ends on the code that it began with; ``live``
    is what everybody else calls. A version outlives its place in the template.
    """

    def __init__(self, scope: Construct, step: Step, *, root: Path, resources: Reach) -> None:
        super().__init__(scope, step.construct)
        name = step.function_name(resources.owner)
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{name}",
            encryption_key=resources.key,
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
            reserved_concurrent_executions=(
                _STARTERS_RESERVED if step in {START_FAILOVER, START_FAILBACK} else None
            ),
            current_version_options=lambda_.VersionOptions(
                removal_policy=cdk.RemovalPolicy.RETAIN,
                description="Published by a deployment; runs that began with it end with it",
            ),
        )
        # The settings may stand in the template as a reference to a mapping: a change of theirs
        # does not show in the function, and a version without it would keep the old ones.
        self.function.invalidate_version_based_on(resources.settings_text())
        self.version = self.function.current_version
        self.live = lambda_.Alias(self, "Live", alias_name=LIVE, version=self.version)

    def _role(self, step: Step, resources: Reach, log_group: logs.LogGroup) -> iam.Role:
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
