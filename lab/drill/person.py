"""A person with access to Azure alone: looks at DNS, asks the Function App, brings records home."""

from lab.clouds import names
from lab.clouds.clouds import Clouds
from landbridge.domain.checkers_verdict import DOWN_ADDRESS, verdict_name

__all__ = ["PersonInAzure"]


class PersonInAzure:
    """Errors are those of landbridge's tree."""

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds

    def checkers_say_down(self) -> bool:
        """Whether the zone says that Route 53's checkers see AWS down, as ``dig`` shows it."""
        answers = self._clouds.dns.state()["answers"]
        said = answers.get(f"{verdict_name(names.HEALTH_AWS)}. A", {}).get("values")
        return said == [DOWN_ADDRESS]
