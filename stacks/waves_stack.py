"""The parent of several workloads, in the orchestrator's region: it asks each one's own starter.

A stack of its own: without it each workload's alarm, watchdog and people start its runs as before.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from landbridge.configuration import Deployment
from landbridge.domain.plan import WAVES, WAVES_STATES, Step, step_named
from stacks.constructs.data_key import DataKey
from stacks.constructs.flow_machine import FlowMachine
from stacks.constructs.step_function import StepFunction
from stacks.constructs.wave_resources import OWNER, WaveResources

__all__ = ["WavesStack"]

_PREFIX = f"landbridge-{OWNER}"


class WavesStack(cdk.Stack):
    """One machine, its steps, and the starter that people call."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        root: Path,
        flow: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        key = DataKey(self, "DataKey", prefix=_PREFIX).key
        resources = WaveResources(stack=self, deployment=deployment, key=key)
        functions: dict[str, StepFunction] = {}

        def make(steps: tuple[Step, ...], reach: WaveResources) -> None:
            functions.update(
                {step.name: StepFunction(self, step, root=root, resources=reach) for step in steps}
            )

        make(WAVES_STATES, resources)
        machine = FlowMachine(
            self,
            "Waves",
            name=_PREFIX,
            flow=flow,
            steps=WAVES_STATES,
            functions=functions,
            key=key,
        ).machine
        make(
            tuple(step for step in WAVES if step not in WAVES_STATES),
            replace(resources, machine=machine),
        )
        for name, value in (
            ("WavesMachineArn", machine.state_machine_arn),
            ("WavesStarterName", step_named("start_waves").live_name(OWNER)),
        ):
            cdk.CfnOutput(self, name, value=value)
