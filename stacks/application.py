"""The app's stacks, from the one configuration; cdk-nag looks at them in every synth."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from landbridge.configuration import Configuration
from stacks.dns_stack import DnsStack
from stacks.flow import read_flows
from stacks.gameday_stack import GameDayStack
from stacks.health_stack import HealthStack
from stacks.monitoring_stack import MonitoringStack
from stacks.orchestrator_stack import OrchestratorStack

__all__ = ["build_app"]


def build_app(
    root: Path, configuration: Configuration, context: Mapping[str, Any], outdir: str | None
) -> cdk.App:
    """Return the app: health and DNS in us-east-1, the others in the orchestrator's region.

    GameDays have a stack where they have a schedule, records where the zone is in this account.
    ``root`` is the repository; synth raises a RuntimeError that lists what cdk-nag found.
    """
    app = cdk.App(outdir=outdir, context=dict(context), analytics_reporting=False)
    prefix = f"landbridge-{configuration.workload}"
    health = HealthStack(
        app,
        "Health",
        configuration=configuration,
        stack_name=f"{prefix}-health",
        env=cdk.Environment(region=configuration.health_region),
    )
    if configuration.zone == "here":
        DnsStack(
            app,
            "Dns",
            configuration=configuration,
            checks=health.checks,
            stack_name=f"{prefix}-dns",
            env=cdk.Environment(region=configuration.health_region),
        )
    orchestrator = OrchestratorStack(
        app,
        "Orchestrator",
        configuration=configuration,
        root=root,
        flows=read_flows(root),
        stack_name=f"{prefix}-orchestrator",
        env=cdk.Environment(region=configuration.orchestrator_region),
    )
    MonitoringStack(
        app,
        "Monitoring",
        configuration=configuration,
        stack_name=f"{prefix}-monitoring",
        env=cdk.Environment(region=configuration.orchestrator_region),
    )
    if configuration.gameday.schedule is not None:
        GameDayStack(
            app,
            "GameDay",
            configuration=configuration,
            schedule=configuration.gameday.schedule,
            key=orchestrator.key,
            stack_name=f"{prefix}-gameday",
            env=cdk.Environment(region=configuration.orchestrator_region),
        )
    cdk.Tags.of(app).add("landbridge:workload", configuration.workload)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app
