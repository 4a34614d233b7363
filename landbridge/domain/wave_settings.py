"""What the parent's functions know of the deployment: one JSON document in their environment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from landbridge.domain.errors import ConfigurationError
from landbridge.domain.waves import After, homeward

__all__ = ["VARIABLE", "WaveSettings", "wave_settings_from"]

VARIABLE = "LANDBRIDGE_WAVES"
_REMEDY = "deploy the stacks again"


@dataclass(frozen=True)
class WaveSettings:
    """``after``: each workload and those that it waits for on the way out.

    ``max_concurrency`` is how many runs of one wave are on at a time.
    """

    after: After
    max_concurrency: int

    def after_on(self, flow: str) -> After:
        """Return who waits for whom on the way ``flow``."""
        return self.after if flow == "failover" else homeward(self.after)

    def text(self) -> str:
        """Return the document for ``wave_settings_from``."""
        after = {name: list(others) for name, others in self.after.items()}
        document = {"after": after, "max_concurrency": self.max_concurrency}
        return json.dumps(document, separators=(",", ":"))


def wave_settings_from(environment: Mapping[str, str]) -> WaveSettings:
    """Return the settings in the environment; raise ConfigurationError where they are no such."""
    text = environment.get(VARIABLE)
    if not text:
        raise ConfigurationError(f"{VARIABLE} is not set", _REMEDY)
    try:
        document = json.loads(text)
        after = {str(name): tuple(map(str, others)) for name, others in document["after"].items()}
        return WaveSettings(after, int(document["max_concurrency"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ConfigurationError(f"{VARIABLE} is no waves' document", _REMEDY) from None
