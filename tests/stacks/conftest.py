"""The synthesized templates, made once for all tests here, and kept while the source is."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.aws.synthesis import synthesize
from tests.stacks.configured import everything, otherwise

Template = dict[str, Any]


@pytest.fixture(scope="session")
def assembly() -> Path:
    """Return the cloud assembly that ``python app.py`` wrote: cdk-nag found nothing in it."""
    return synthesize()


@pytest.fixture(scope="session")
def other_assembly() -> Path:
    """Return the assembly of a configuration that decides otherwise wherever it may."""
    return synthesize(otherwise())


@pytest.fixture(scope="session")
def health(assembly: Path) -> Template:
    """Return the health stack's template."""
    return dict(json.loads((assembly / "Health.template.json").read_text()))


@pytest.fixture(scope="session")
def dns(assembly: Path) -> Template:
    """Return the template of the zone and its records."""
    return dict(json.loads((assembly / "Dns.template.json").read_text()))


@pytest.fixture(scope="session")
def orchestrator(assembly: Path) -> Template:
    """Return the orchestrator stack's template."""
    return dict(json.loads((assembly / "Orchestrator.template.json").read_text()))


@pytest.fixture(scope="session")
def monitoring(assembly: Path) -> Template:
    """Return the monitoring stack's template."""
    return dict(json.loads((assembly / "Monitoring.template.json").read_text()))


@pytest.fixture(scope="session")
def whole_assembly() -> Path:
    """Return the cloud assembly of a configuration with all that it may have."""
    return synthesize(everything())


@pytest.fixture(scope="session")
def templates(whole_assembly: Path) -> dict[str, Template]:
    """Return every template that there is: those of the whole assembly."""
    return {
        file.name.partition(".")[0]: json.loads(file.read_text())
        for file in whole_assembly.glob("*.template.json")
    }
