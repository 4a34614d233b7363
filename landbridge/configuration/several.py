"""Several workloads in one deployment: what is said once, what each says, and their order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from landbridge.configuration.kinds import Part, Unit, WorkloadName
from landbridge.configuration.models import Configuration
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.foreign import shown
from landbridge.domain.wave_settings import WaveSettings
from landbridge.domain.waves import waves_of

__all__ = [
    "MOST_WORKLOADS",
    "Deployment",
    "WavesConfiguration",
    "WorkloadEntry",
    "WorkloadsConfiguration",
]

# landbridge.domain.wave_turns counts with 1,600 events of each in a history of 25,000.
MOST_WORKLOADS = 15


class WavesConfiguration(Part):
    """How a wave is run."""

    max_concurrency: Annotated[int, Unit("runs")] = Field(
        default=5,
        ge=1,
        le=MOST_WORKLOADS,
        description="How many workloads of one wave are moved at a time. They share clusters, "
        "name servers and the people who look on: five runs are what one screen shows and one "
        "person follows; more of them make each slower where the clusters are one.",
    )


class WorkloadEntry(BaseModel):
    """One workload: any field of a configuration, over what is shared, and whom it waits for."""

    model_config = ConfigDict(extra="allow", frozen=True)

    after: tuple[WorkloadName, ...] = Field(
        default=(),
        description="The workloads that have to be on the other side before it. Where one of "
        "them does not arrive, this one is not begun.",
    )


class WorkloadsConfiguration(Part):
    """What stands under the context's key where there are several."""

    workloads: tuple[WorkloadEntry, ...] = Field(
        min_length=1,
        max_length=MOST_WORKLOADS,
        description="Each workload with what is its own, beside what is shared. One execution's "
        "history holds the parent of fifteen.",
    )
    shared: Annotated[dict[str, Any], Unit("fields of a workload")] = Field(
        default={},
        description="What all workloads have in common. Each field may be said here or by a "
        "workload, which wins; parts are merged field by field, lists are not.",
    )
    waves: WavesConfiguration = Field(
        default=WavesConfiguration(),
        description="How waves are run. A wave has whoever waits for nobody any more.",
    )


@dataclass(frozen=True)
class Deployment:
    """Every workload's own configuration, and their order.

    ``after`` has whom each waits for on the way out. ``listed`` says whether the document is a
    list; a list of one has no parent either.
    """

    configurations: tuple[Configuration, ...]
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    waves: WavesConfiguration = field(default_factory=WavesConfiguration)
    listed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The workloads' names, as they are listed."""
        return tuple(one.workload for one in self.configurations)

    @property
    def has_waves(self) -> bool:
        """Whether there is a parent that moves all of them."""
        return len(self.configurations) > 1

    @property
    def region(self) -> str:
        """The orchestrator's, which all of them have."""
        return self.configurations[0].orchestrator_region

    def of(self, workload: str = "") -> Configuration:
        """Return one workload's configuration; without a name that of the only one.

        Raises ConfigurationError, which lists the names.
        """
        if not workload and not self.has_waves:
            return self.configurations[0]
        known = ", ".join(self.names)
        if not workload:
            raise ConfigurationError(
                f"there are several workloads: {known}", f"name one: --workload {self.names[0]}"
            )
        found = [one for one in self.configurations if one.workload == workload]
        if not found:
            raise ConfigurationError(f"there is no workload {shown(workload)}", f"one of {known}")
        return found[0]

    def in_waves(self) -> tuple[tuple[str, ...], ...]:
        """Return the workloads' names, wave by wave, on the way out."""
        return waves_of(self.wave_settings().after)

    def wave_settings(self) -> WaveSettings:
        """Return what the parent's functions are told."""
        after = {name: self.after.get(name, ()) for name in self.names}
        return WaveSettings(after, self.waves.max_concurrency)
