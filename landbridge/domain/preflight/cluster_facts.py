"""What the preflight must know of one site's cluster, and how it comes back from JSON.

Azure's half is looked at by the Function App and crosses as JSON. ``None`` means not known.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.preflight.check import SITE, Finding, unknown

__all__ = [
    "Capacity",
    "ClusterFacts",
    "Node",
    "Permission",
    "Reference",
    "read_cluster",
    "unasked_cluster",
    "unreachable_cluster",
]


@dataclass(frozen=True)
class Permission:
    """One thing that landbridge does in a cluster, as an access review asks for it."""

    verb: str
    group: str
    resource: str
    namespace: str
    name: str = ""

    def __str__(self) -> str:
        """Return it as a person would say it."""
        what = f"{self.resource} {self.name}".strip()
        return f"{self.verb} {what} in {self.namespace}"

    def attributes(self) -> dict[str, str]:
        """Return ``spec.resourceAttributes`` of a SelfSubjectAccessReview."""
        resource, _, subresource = self.resource.partition("/")
        return {
            "verb": self.verb,
            "group": self.group,
            "resource": resource,
            "subresource": subresource,
            "namespace": self.namespace,
            "name": self.name,
        }


@dataclass(frozen=True)
class Reference:
    """A Secret or ConfigMap that the workload's pods need.

    ``state`` is present, missing or unknown. ``keys`` are its keys with a keyed digest of each
    value, empty for ConfigMaps; ``differs`` are keys that are meant to differ between the sites.
    """

    kind: str
    name: str
    state: str
    keys: Mapping[str, str] = field(default_factory=dict)
    differs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """What a node has left for one more pod: CPU in cores, memory in bytes, pods."""

    name: str
    cpu: float
    memory: float
    pods: int


@dataclass(frozen=True)
class Capacity:
    """``nodes`` are those that would take the workload's pods; ``quota`` is what is left by name.

    ``reason`` says why the nodes could not be seen, ``quota_reason`` why the quotas could not.
    """

    nodes: tuple[Node, ...] = ()
    quota: Mapping[str, float] = field(default_factory=dict)
    pod_cpu: float = 0.0
    pod_memory: float = 0.0
    reason: str = ""
    quota_reason: str = ""


@dataclass(frozen=True)
class ClusterFacts:
    """One cluster. ``rights`` and ``rehearsal_rights`` are by the permission's sentence.

    ``dry_runs`` has, by the number of replicas that was tried, why the server refuses it, empty
    where it does not. ``rebuild_job`` is what is wrong with the Job's manifest, empty for nothing.
    ``database_wanted`` is how many pods of the database its StatefulSet wishes for.
    """

    site: str
    reachable: bool
    reason: str = ""
    rights: Mapping[str, bool | None] = field(default_factory=dict)
    dry_runs: Mapping[str, str] = field(default_factory=dict)
    desired: int | None = None
    images: Mapping[str, str] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    workload_reason: str = ""
    rebuild_job: str | None = None
    volume_bytes: int | None = None
    capacity: Capacity = Capacity()
    rehearsal_rights: Mapping[str, bool | None] = field(default_factory=dict)
    database_wanted: int | None = None


def unreachable_cluster(site: str, reason: str) -> ClusterFacts:
    """Return the facts of a cluster that was not seen."""
    return ClusterFacts(site, False, reason)


def unasked_cluster(*clusters: ClusterFacts) -> list[Finding]:
    """Return a finding for each cluster that was not reached; why is its own check's to say."""
    return [
        unknown(f"{SITE[one.site]}'s cluster could not be asked: see {one.site}-cluster")
        for one in clusters
        if not one.reachable
    ]


def read_cluster(document: object) -> ClusterFacts:
    """Return the facts that ``dataclasses.asdict`` made; raise InvalidEventError for none."""
    if not isinstance(document, Mapping):
        raise InvalidEventError(f"not a cluster's facts: {type(document).__name__}")
    try:
        known = {one.name for one in dataclasses.fields(ClusterFacts)}
        found: dict[str, Any] = {name: value for name, value in document.items() if name in known}
        references = [Reference(**one) for one in found.pop("references")]
        capacity = dict(found.pop("capacity"))
        nodes = tuple(Node(**node) for node in capacity.pop("nodes"))
        return ClusterFacts(
            references=tuple(
                dataclasses.replace(one, differs=tuple(one.differs)) for one in references
            ),
            capacity=Capacity(nodes=nodes, **capacity),
            **found,
        )
    except (KeyError, TypeError) as error:
        raise InvalidEventError(f"not a cluster's facts: {error!r}") from None
