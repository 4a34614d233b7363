"""cdk.json's configuration with some fields changed."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from landbridge.configuration import read_context

__all__ = ["CDK_JSON", "changed"]

CDK_JSON = Path(__file__).resolve().parents[2] / "cdk.json"


def changed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context with each dotted path set to its value."""
    context = copy.deepcopy(read_context(CDK_JSON))
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = context["landbridge"]
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = value
    return context
