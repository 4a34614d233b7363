"""How a takeover runs while nothing of AWS answers, and what Azure's timer may do by itself."""

from typing import Annotated, Any, Literal

from pydantic import Field

from landbridge.configuration.kinds import Guid, Part, Unit
from landbridge.domain.takeover_timer import TICK_SECONDS

__all__ = ["TakeoverConfiguration"]


class TakeoverConfiguration(Part):
    """The Job in AKS, and the Function App's timer; the app's own settings have to say the same."""

    client_id: Guid | Literal[""] = Field(
        default="",
        description="The Job's identity in Entra; empty: there is no takeover. Its federated "
        "credential trusts one service account of AKS, so that no key is kept.",
    )
    automatic: Annotated[Literal["off", "confirm", "on"], Unit("mode")] = Field(
        default="off",
        description="What Azure's timer does where it sees AWS down: nothing, wake a person by the "
        "webhook, or fail over. Off: whoever turns it on has seen a drill of it.",
    )
    timer_seconds: int = Field(
        default=30,
        ge=TICK_SECONDS,
        le=3_600,
        description="How long Azure's probe sees AWS down before the timer acts, in seconds; the "
        "health checkers must see it too by then. Four looks in a row; shorter takes a hiccup "
        "for an outage.",
    )

    def settings(self) -> dict[str, Any]:
        """Return the document for ``landbridge.domain.settings.Takeover``, JSON-safe."""
        return self.model_dump(mode="json", exclude_defaults=True)
