"""The app's stacks, from the one configuration; cdk-nag looks at them in every synth."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from landbridge.configuration import Configuration, load_configuration
from landbridge.domain.errors import ConfigurationError
from stacks.flow import read_flow
from stacks.health_stack import HealthStack
from stacks.orchestrator_stack import OrchestratorStack

__all__ = ["build_app", "cdk_context", "main"]


def cdk_context(root: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return cdk.json's context with CDK_CONTEXT_JSON over it; raise ConfigurationError."""
    file = root / "cdk.json"
    try:
        context = dict(json.loads(file.read_text())["context"])
        return context | json.loads(environment.get("CDK_CONTEXT_JSON", "{}"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{file} or CDK_CONTEXT_JSON: {error!r}") from None


def build_app(
    root: Path, configuration: Configuration, context: Mapping[str, Any], outdir: str | None
) -> cdk.App:
    """Return the app: the health stack in us-east-1, the orchestrator in its own region.

    ``root`` is the repository; synth raises a RuntimeError that lists what cdk-nag found.
    """
    app = cdk.App(outdir=outdir, context=dict(context), analytics_reporting=False)
    prefix = f"landbridge-{configuration.workload}"
    HealthStack(
        app,
        "Health",
        configuration=configuration,
        stack_name=f"{prefix}-health",
        env=cdk.Environment(region=configuration.health_region),
    )
    OrchestratorStack(
        app,
        "Orchestrator",
        configuration=configuration,
        root=root,
        flow=read_flow(root),
        stack_name=f"{prefix}-orchestrator",
        env=cdk.Environment(region=configuration.orchestrator_region),
    )
    cdk.Tags.of(app).add("landbridge:workload", configuration.workload)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def main(root: Path) -> int:
    """Synthesize; return 0, or 2 where the configuration is refused, with the reason on stderr."""
    try:
        context = cdk_context(root, os.environ)
        configuration = load_configuration(context)
    except ConfigurationError as error:
        sys.stderr.write(f"refused: {error}\n")
        return 2
    outdir = os.environ.get("CDK_OUTDIR") or str(root / "cdk.out")
    build_app(root, configuration, context, outdir).synth()
    return 0
