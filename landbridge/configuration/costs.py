"""What the two sites are made of, for ``landbridge cost``: counts by price, all optional."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["CostConfiguration", "GamedayCost", "RtoFigures"]

Count = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Counts = dict[str, Count]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RtoFigures(_Part):
    """An RTO, and where the figure is from."""

    seconds: float = Field(gt=0, le=604_800, allow_inf_nan=False, description="The RTO in seconds.")
    source: str = Field(min_length=1, description="Where the figure is from: a drill, a report.")


class GamedayCost(_Part):
    """What a GameDay uses beside what is there."""

    hours: float = Field(
        default=1.0,
        ge=0,
        le=744,
        description="Hours in which Azure carries the load, as large as hot.",
    )
    rebuilt_gb: float = Field(
        default=1.0,
        ge=0,
        le=1e6,
        description="GB that each of the two rebuilds copies: a rewind copies what changed, a base"
        " backup everything.",
    )


class CostConfiguration(_Part):
    """Counts by the ids of prices.json: of things that are there all month, or of units used.

    What is left out is assumed (``landbridge.domain.cost_shapes``), and called so.
    """

    primary: Counts | None = Field(default=None, description="AWS: nodes, disks, load balancers.")
    cold: Counts | None = Field(default=None, description="A standby of which nothing runs.")
    warm: Counts | None = Field(default=None, description="Nodes run, pods at zero, replica.")
    hot: Counts | None = Field(default=None, description="A standby that could serve at once.")
    warm_rto: RtoFigures | None = None
    hot_rto: RtoFigures | None = None
    gameday: GamedayCost = GamedayCost()
