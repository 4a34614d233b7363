"""The app's stacks, from the one configuration; cdk-nag looks at them in every synth."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from landbridge.configuration import Configuration, Deployment, PrimaryConfiguration
from stacks.dns_stack import DnsStack
from stacks.flow import Flows, read_flows
from stacks.gameday_stack import GameDayStack
from stacks.health_stack import HealthStack
from stacks.monitoring_stack import MonitoringStack
from stacks.orchestrator_stack import OrchestratorStack
from stacks.waves_stack import WavesStack

__all__ = ["build_app"]


def build_app(
    root: Path, deployment: Deployment, context: Mapping[str, Any], outdir: str | None
) -> cdk.App:
    """Return the app: health and DNS in us-east-1, the others in the orchestrator's region.

    Each workload has its own. GameDays have a stack where they have a schedule, the records where
    the zone is in this account, the primary has two where it is to be made, and several workloads
    have one that moves all of them. ``root`` is the repository; synth raises a RuntimeError that
    lists what cdk-nag found.
    """
    app = cdk.App(outdir=outdir, context=dict(context), analytics_reporting=False)
    flows = read_flows(root)
    for configuration in deployment.configurations:
        # One workload's stacks have no more than their kind for an id.
        beginning = f"{configuration.workload}-" if deployment.has_waves else ""
        for stack in _stacks_of(app, beginning, root, configuration, flows):
            cdk.Tags.of(stack).add("landbridge:workload", configuration.workload)
    if deployment.has_waves:
        WavesStack(
            app,
            "Waves",
            deployment=deployment,
            root=root,
            flow=flows.waves,
            stack_name="landbridge-waves",
            env=cdk.Environment(region=deployment.region),
        )
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def _stacks_of(
    app: cdk.App, beginning: str, root: Path, configuration: Configuration, flows: Flows
) -> Iterator[cdk.Stack]:
    """Yield one workload's stacks; ``beginning`` is that of their ids."""
    prefix = f"landbridge-{configuration.workload}"
    near_azure = cdk.Environment(region=configuration.orchestrator_region)
    health = HealthStack(
        app,
        f"{beginning}Health",
        configuration=configuration,
        stack_name=f"{prefix}-health",
        env=cdk.Environment(region=configuration.health_region),
    )
    yield health
    if configuration.zone == "here":
        yield DnsStack(
            app,
            f"{beginning}Dns",
            configuration=configuration,
            checks=health.checks,
            stack_name=f"{prefix}-dns",
            env=cdk.Environment(region=configuration.health_region),
        )
    orchestrator = OrchestratorStack(
        app,
        f"{beginning}Orchestrator",
        configuration=configuration,
        root=root,
        flows=flows,
        stack_name=f"{prefix}-orchestrator",
        env=near_azure,
    )
    yield orchestrator
    yield MonitoringStack(
        app,
        f"{beginning}Monitoring",
        configuration=configuration,
        stack_name=f"{prefix}-monitoring",
        env=near_azure,
    )
    if configuration.gameday.schedule is not None:
        yield GameDayStack(
            app,
            f"{beginning}GameDay",
            configuration=configuration,
            schedule=configuration.gameday.schedule,
            key=orchestrator.key,
            stack_name=f"{prefix}-gameday",
            env=near_azure,
        )
    if configuration.primary is not None:
        yield from _primary(app, beginning, configuration, configuration.primary)


def _primary(
    app: cdk.App, beginning: str, configuration: Configuration, primary: PrimaryConfiguration
) -> Iterator[cdk.Stack]:
    # Networks and clusters are CDK's largest modules, and most configurations have neither.
    from stacks.access_stack import AccessStack  # noqa: PLC0415 - large, and seldom needed
    from stacks.primary_stack import PrimaryStack  # noqa: PLC0415 - likewise

    prefix = f"landbridge-{configuration.workload}"
    region = cdk.Environment(region=configuration.primary_region)
    yield PrimaryStack(
        app,
        f"{beginning}Primary",
        configuration=configuration,
        primary=primary,
        stack_name=f"{prefix}-primary",
        env=region,
    )
    yield AccessStack(
        app,
        f"{beginning}Access",
        configuration=configuration,
        stack_name=f"{prefix}-access",
        env=region,
    )
