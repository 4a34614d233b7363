"""What the parent's steps may reach: each workload's own starters, runs and topic, by their names.

The workloads' stacks are not referred to: each can be deployed, or taken away, by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as stepfunctions

from landbridge.adapters.workload_runs import MACHINES_VARIABLE, TOPICS_VARIABLE
from landbridge.configuration import Deployment
from landbridge.domain.plan import LIVE, Step, step_named
from landbridge.domain.wave_request import WAYS
from landbridge.domain.wave_settings import VARIABLE

__all__ = ["OWNER", "WaveResources"]

OWNER = "waves"
_RUNNING, _RUNS, _STARTERS = "workload_running", "workload_runs", "workload_starters"
_TOPICS, _MACHINE = "workload_topics", "waves_machine"


@dataclass(frozen=True)
class WaveResources:
    """The parent's stack, as its functions share it."""

    stack: cdk.Stack
    deployment: Deployment
    key: kms.IKey
    # There is none while the machine's own steps are made.
    machine: stepfunctions.StateMachine | None = None

    @property
    def owner(self) -> str:
        """What the functions' names have after ``landbridge-``."""
        return OWNER

    def settings_text(self) -> str:
        """Return what the steps are told."""
        return self.deployment.wave_settings().text()

    def environment(self, step: Step) -> dict[str, str]:
        """Return the step's environment variables."""
        variables = {
            VARIABLE: self.settings_text(),
            "POWERTOOLS_SERVICE_NAME": "landbridge",
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }
        if _RUNS in step.uses:
            variables[MACHINES_VARIABLE] = self._arn("states", "stateMachine", "landbridge-")
        if _TOPICS in step.uses:
            variables[TOPICS_VARIABLE] = self._topic("")
        if _MACHINE in step.uses:
            machine = self._own_machine()
            variables["LANDBRIDGE_STATE_MACHINE_ARN"] = machine.state_machine_arn
            variables["LANDBRIDGE_STATE_MACHINE_ALIAS_ARN"] = f"{machine.state_machine_arn}:{LIVE}"
        return variables

    def statements(self, step: Step) -> Iterator[iam.PolicyStatement]:
        """Yield what the step's role allows; raise KeyError for a use that nobody knows."""
        allowed = {
            _STARTERS: self._starters,
            _RUNNING: self._running,
            _RUNS: self._runs,
            _TOPICS: self._topics,
            _MACHINE: self._machine,
        }
        for use in sorted(step.uses):
            yield from allowed[use]()

    def wildcards(self, step: Step) -> Iterator[tuple[str, str]]:
        """Yield each resource with a wildcard that the role has, as cdk-nag says it, and why."""
        yield "*", "X-Ray's writes are for all or none"
        if _RUNS in step.uses:
            for arn in self._of_each_flow("execution", ":*"):
                readable = arn.replace(self.stack.account, "<AWS::AccountId>")
                yield readable, "each run is an execution of its own"

    def _starters(self) -> Iterator[iam.PolicyStatement]:
        starters = [
            self._arn("lambda", "function", step_named(f"start_{flow}").live_name(workload))
            for workload in self.deployment.names
            for flow in WAYS
        ]
        yield iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=starters)

    def _running(self) -> Iterator[iam.PolicyStatement]:
        yield iam.PolicyStatement(
            actions=["states:ListExecutions"], resources=self._of_each_flow("stateMachine", "")
        )

    def _runs(self) -> Iterator[iam.PolicyStatement]:
        yield iam.PolicyStatement(
            actions=["states:DescribeExecution"], resources=self._of_each_flow("execution", ":*")
        )

    def _topics(self) -> Iterator[iam.PolicyStatement]:
        topics = [self._topic(f"{workload}-operators") for workload in self.deployment.names]
        yield iam.PolicyStatement(actions=["sns:Publish"], resources=topics)

    def _machine(self) -> Iterator[iam.PolicyStatement]:
        arn = self._own_machine().state_machine_arn
        yield iam.PolicyStatement(actions=["states:StartExecution"], resources=[f"{arn}:{LIVE}"])
        yield iam.PolicyStatement(actions=["states:ListExecutions"], resources=[arn])

    def _own_machine(self) -> stepfunctions.StateMachine:
        if self.machine is None:
            raise ValueError("a step of the machine cannot start the machine")
        return self.machine

    def _of_each_flow(self, resource: str, ending: str) -> list[str]:
        return [
            self._arn("states", resource, f"landbridge-{workload}-{flow}{ending}")
            for workload in self.deployment.names
            for flow in WAYS
        ]

    def _topic(self, rest: str) -> str:
        return self.stack.format_arn(
            service="sns",
            resource=f"landbridge-{rest}",
            arn_format=cdk.ArnFormat.NO_RESOURCE_NAME,
        )

    def _arn(self, service: str, resource: str, name: str) -> str:
        return self.stack.format_arn(
            service=service,
            resource=resource,
            resource_name=name,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
