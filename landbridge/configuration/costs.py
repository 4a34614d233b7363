"""What the two sites are made of, for ``landbridge cost``: counts by price, all optional."""

from pydantic import Field

from landbridge.configuration.kinds import Counts, Part, Text

__all__ = ["CostConfiguration", "GamedayCost", "RtoFigures"]


class RtoFigures(Part):
    """An RTO, and where the figure is from."""

    seconds: float = Field(
        gt=0,
        le=604_800,
        allow_inf_nan=False,
        description="The RTO in seconds. It takes the place of a figure that somebody else "
        "measured.",
    )
    source: Text = Field(
        min_length=1,
        description="Where the figure is from: a drill, a report. It is shown beside the figure, "
        "which nobody could judge without it.",
    )


class GamedayCost(Part):
    """What a GameDay uses beside what is there."""

    hours: float = Field(
        default=1.0,
        ge=0,
        le=744,
        description="Hours in which Azure carries the load, as large as hot. Half an hour of soak "
        "and both ways are about one.",
    )
    rebuilt_gb: float = Field(
        default=1.0,
        ge=0,
        le=1e6,
        description="GB that each of the two rebuilds copies. A rewind copies what changed, a base"
        " backup everything.",
    )


class CostConfiguration(Part):
    """Counts by the ids of prices.json: of things that are there all month, or of units used.

    What is left out is assumed (``landbridge.domain.cost_shapes``), and called so.
    """

    primary: Counts | None = Field(
        default=None,
        description="AWS: nodes, disks, load balancers. The standby's share is of this; null: "
        "the sizes are assumed.",
    )
    cold: Counts | None = Field(
        default=None,
        description="A standby of which nothing runs. The cheapest one, to compare with; null: "
        "assumed.",
    )
    warm: Counts | None = Field(
        default=None,
        description="Nodes run, pods at zero, replica. What landbridge is made for; null: assumed.",
    )
    hot: Counts | None = Field(
        default=None,
        description="A standby that could serve at once. It shows what a second less of RTO "
        "costs; null: assumed.",
    )
    warm_rto: RtoFigures | None = Field(
        default=None,
        description="The RTO with the warm standby. Your own drill says more than the bench that "
        "stands in for it.",
    )
    hot_rto: RtoFigures | None = Field(
        default=None,
        description="The RTO with the hot standby. Null: derived from the warm one's.",
    )
    gameday: GamedayCost = Field(
        default=GamedayCost(),
        description="What a GameDay uses. It is the price of knowing that it works.",
    )
