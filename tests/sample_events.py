"""The one way in which tests read ``events/``, a sample of every trigger."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[1] / "events"


def load_event(name: str) -> dict[str, Any]:
    """Return ``events/<name>.json``."""
    text = (EVENTS / f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))
