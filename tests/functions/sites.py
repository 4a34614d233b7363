"""Two small clouds in memory: what is true of them, and how they live on for a moment."""

from collections.abc import Callable, Mapping
from typing import Any

from landbridge.domain.votes import ProbeOutcome
from tests.functions.fake_cluster import FakeCluster
from tests.functions.fake_database import FakeDatabase
from tests.functions.fake_kubernetes import FakeKubernetes
from tests.functions.users import Users
from tests.sample_settings import settings_document

__all__ = ["Moment", "Sites"]

Moment = Mapping[str, Any]
_STATE = ("aws", "azure", "aks", "eks", "users", "table", "now", "eks_up", "own_probe")
_STATE += ("azure_probe",)


def _copied(moment: Moment) -> dict[str, Any]:
    aws, azure = moment["aws"].copied(), moment["azure"].copied()
    aws.peer, azure.peer = azure, aws
    users = moment["users"]
    return {
        **moment,
        "aws": aws,
        "azure": azure,
        "aks": moment["aks"].copied(azure),
        "eks": moment["eks"].copied(aws),
        "users": None if users is None else users.copied(),
        "table": dict(moment["table"]),
    }


class Sites:
    """AWS is primary, Azure its synchronous standby, the gate closed, everybody in good health."""

    def __init__(self, *, replication: str = "sync") -> None:
        self.synchronous = synchronous = replication == "sync"
        self.settings = settings_document(replication=replication)
        self.settings["budgets"]["fence_seconds"] = 1  # ending sessions takes a second look
        self.aws = FakeDatabase("aws", in_recovery=False)
        self.azure = FakeDatabase("azure", in_recovery=True)
        self.aws.synchronous_standby_names = "azure" if synchronous else ""
        self.aws.peer, self.azure.peer = self.azure, self.aws
        self.aws.slots.add("azure")
        self.aks = FakeCluster(self.azure)
        self.eks = FakeKubernetes(self.aws, 2)
        self.eks_up = True
        self.now = 1_000_000.0
        self.function_app_down = 0
        self.dns_follows = True
        self.dns_answers = True
        self.own_probe: int | ProbeOutcome | None = None  # what AWS's entry answers
        self.next_own_probes: list[int | ProbeOutcome] = []  # before what it answers for good
        self.azure_probe: int | ProbeOutcome | None = None
        self.users: Users | None = None
        self.listeners: list[Callable[[str], None]] = []
        self.table: dict[tuple[str, str], dict[str, Any]] = {}
        self.archive: dict[str, Mapping[str, Any]] = {}
        self.messages: list[tuple[str, str]] = []

    def moment(self) -> Moment:
        """Return all that is true now."""
        return _copied({name: getattr(self, name) for name in _STATE})

    def recall(self, moment: Moment) -> None:
        """Make everything as it was at that moment."""
        for name, value in _copied(moment).items():
            setattr(self, name, value)

    def database(self, site: str) -> FakeDatabase:
        """Return a site's database."""
        return self.aws if site == "aws" else self.azure

    def settle(self) -> None:
        """Let the pods of both databases start that shall run and may."""
        self.aks.kubernetes.settle(self.aks.gate)
        if self.eks_up:
            self.eks.settle(self.aks.gate)

    def done(self, what: str) -> None:
        """Let a moment pass after something was changed."""
        self.settle()
        if self.users is not None:
            self.users.write(self)
        for hear in self.listeners:
            hear(what)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def reaches(self, site: str) -> bool:
        """Whether anybody can reach the site."""
        return self.eks_up or site == "azure"

    def serves(self, site: str) -> bool:
        """Whether the site's pods take orders."""
        if site == "azure":
            return self.azure_serves
        return self.eks_up and self.eks.replicas > 0 and self.aws.takes_writes

    @property
    def orders(self) -> dict[str, Any]:
        """What was ordered at either site, and is there."""
        return {**self.aws.rows, **self.azure.rows}

    @property
    def dns(self) -> str:
        """Which site the name servers answer, by what the health checkers see."""
        vetoed = self.aks.gate.vetoes_aws
        admitted = not self.aks.gate.vetoes_azure and self.azure_serves
        return "azure" if vetoed and admitted and self.dns_follows else "aws"

    @property
    def azure_serves(self) -> bool:
        """Whether Azure's pods are ready: their init container waits for a writable database."""
        self.aks.writable = self.azure.takes_writes
        return self.aks.ready > 0

    def summary(self) -> dict[str, Any]:
        """Return what a failover changes, without who changed it and when."""
        return {
            "gate": self.aks.gate.state.value,
            "active": self.aks.gate.active_site,
            "locked": bool(self.aks.lock and self.aks.lock.holder),
            "dns": self.dns,
            "promotions": self.azure.promotions,
            "azure_pods": self.aks.desired,
            "aws_pods": self.eks.replicas,
            "aws_read_only": self.aws.read_only,
            "aws_database_pods": self.eks.database_replicas,
        }
