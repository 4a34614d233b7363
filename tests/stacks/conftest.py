"""The synthesized templates, made once for all tests here, and kept while the source is."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.aws.synthesis import synthesize

Template = dict[str, Any]


@pytest.fixture(scope="session")
def assembly() -> Path:
    """Return the cloud assembly that ``python app.py`` wrote: cdk-nag found nothing in it."""
    return synthesize()


@pytest.fixture(scope="session")
def health(assembly: Path) -> Template:
    """Return the health stack's template."""
    return dict(json.loads((assembly / "Health.template.json").read_text()))


@pytest.fixture(scope="session")
def orchestrator(assembly: Path) -> Template:
    """Return the orchestrator stack's template."""
    return dict(json.loads((assembly / "Orchestrator.template.json").read_text()))


@pytest.fixture(scope="session")
def monitoring(assembly: Path) -> Template:
    """Return the monitoring stack's template."""
    return dict(json.loads((assembly / "Monitoring.template.json").read_text()))
