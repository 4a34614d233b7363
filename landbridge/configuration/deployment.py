"""From cdk.json's context to a checked Deployment: one workload, or several of a list."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from landbridge.configuration.loading import (
    check_document,
    read_context,
    shape_problems,
    unsound_problems,
)
from landbridge.configuration.merging import merged, says
from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem
from landbridge.configuration.several import Deployment, WorkloadsConfiguration
from landbridge.configuration.workload_rules import WORKLOAD_RULES
from landbridge.domain.errors import ConfigurationError

__all__ = [
    "CONTEXT_KEY",
    "CheckedDeployment",
    "check_context",
    "configuration_from_cdk_json",
    "deployment_from_cdk_json",
    "load_configuration",
    "load_deployment",
    "workload_documents",
]

CONTEXT_KEY = "landbridge"
WORKLOADS, _AFTER = "workloads", "after"


@dataclass(frozen=True)
class CheckedDeployment:
    """What a context says: a deployment, or None and what is wrong with it."""

    deployment: Deployment | None
    problems: tuple[Problem, ...] = ()


def check_context(context: Mapping[str, Any]) -> CheckedDeployment:
    """Return what stands under the context's key ``landbridge``, or all that is wrong with it."""
    document = context.get(CONTEXT_KEY)
    if not isinstance(document, Mapping):
        remedy = "copy it from the repository's cdk.json"
        problem = Problem(CONTEXT_KEY, document, "an object is needed", remedy)
        return CheckedDeployment(None, (problem,))
    if WORKLOADS in document:
        return _check_list(document)
    checked = check_document(document)
    if checked.configuration is None:
        return CheckedDeployment(None, checked.problems)
    return CheckedDeployment(Deployment((checked.configuration,)))


def load_deployment(context: Mapping[str, Any]) -> Deployment:
    """Return the deployment under the context's key ``landbridge``.

    Raises ConfigurationError; each line of it names the field, its value, the rule and the remedy.
    """
    checked = check_context(context)
    if checked.deployment is None:
        lines = (f"{CONTEXT_KEY}.{problem}" for problem in checked.problems)
        raise ConfigurationError("\n".join(lines))
    return checked.deployment


def load_configuration(context: Mapping[str, Any], workload: str = "") -> Configuration:
    """Return one workload's configuration, the only one's without a name; raise likewise."""
    return load_deployment(context).of(workload)


def deployment_from_cdk_json(file: Path) -> Deployment:
    """Return the deployment in a cdk.json; raise ConfigurationError."""
    return load_deployment(read_context(file))


def configuration_from_cdk_json(file: Path, workload: str = "") -> Configuration:
    """Return one workload's configuration in a cdk.json; raise ConfigurationError."""
    return deployment_from_cdk_json(file).of(workload)


def workload_documents(document: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return what is said of each workload, merged, however wrong the document is."""
    if WORKLOADS not in document:
        return (dict(document),)
    shared, entries = document.get("shared"), document[WORKLOADS]
    common = shared if isinstance(shared, Mapping) else {}
    listed = entries if isinstance(entries, list) else []
    return tuple(_own(common, one) for one in listed if isinstance(one, Mapping))


def _own(shared: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    return merged(shared, _without_order(entry))


def _without_order(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != _AFTER}


def _check_list(document: Mapping[str, Any]) -> CheckedDeployment:
    if unsound := tuple(unsound_problems(document)):
        return CheckedDeployment(None, unsound)
    try:
        listed = WorkloadsConfiguration.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        return CheckedDeployment(None, tuple(shape_problems(error)))
    configurations: list[Configuration] = []
    problems: list[Problem] = []
    for number, whole in enumerate(workload_documents(document)):
        checked = check_document(whole)
        problems += (_placed(problem, document, number) for problem in checked.problems)
        if checked.configuration is not None:
            configurations.append(checked.configuration)
    if problems:
        return CheckedDeployment(None, tuple(_once(problems)))
    deployment = Deployment(
        tuple(configurations),
        {
            one.workload: entry.after
            for one, entry in zip(configurations, listed.workloads, strict=True)
        },
        listed.waves,
        listed=True,
    )
    broken = tuple(
        replace(problem, name=rule.name)
        for rule in WORKLOAD_RULES
        for problem in rule.check(deployment)
    )
    return CheckedDeployment(None if broken else deployment, broken)


def _placed(problem: Problem, document: Mapping[str, Any], number: int) -> Problem:
    """Name the field where it stands: in what is shared, or in the workload's own entry."""
    own = says(_without_order(document[WORKLOADS][number]), problem.field)
    is_shared = not own and says(document.get("shared"), problem.field)
    place = "shared" if is_shared else f"{WORKLOADS}.{number}"
    return replace(problem, field=f"{place}.{problem.field}")


def _once(problems: list[Problem]) -> Iterator[Problem]:
    """Yield each problem once: what is shared is as wrong for each workload."""
    told = set()
    for one in problems:
        if str(one) not in told:
            told.add(str(one))
            yield one
