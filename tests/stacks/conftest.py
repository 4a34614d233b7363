"""The synthesized templates, made once for all tests here, and kept while the source is."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.aws.synthesis import ROOT, synthesize
from landbridge.configuration import read_context

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


@pytest.fixture(scope="session")
def whole_assembly() -> Path:
    """Return the cloud assembly of a configuration with all that it may have."""
    document = read_context(ROOT / "cdk.json")["landbridge"]
    document["webhook"] = {"format": "teams", "secret": "landbridge/webhook"}
    document["gameday"] = {
        "time_zone": "Europe/Berlin",
        "schedule": {"day": "tue", "at": "10:30", "week": 1},
    }
    document["primary"] = {
        "administrators": ["arn:aws:iam::111122223333:role/admin"],
        "zones": ["a", "b", "c"],
        "vpn": {"azure_addresses": ["203.0.113.1", "203.0.113.2"]},
    }
    return synthesize({"landbridge": document})


@pytest.fixture(scope="session")
def templates(whole_assembly: Path) -> dict[str, Template]:
    """Return every template that there is: those of the whole assembly."""
    return {
        file.name.partition(".")[0]: json.loads(file.read_text())
        for file in whole_assembly.glob("*.template.json")
    }
