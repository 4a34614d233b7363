"""What the lab's own cluster and a real one do alike: they start, have a node, and lose it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.kubernetes.access import NODE, Access, User
from lab.kubernetes.children import NodeOptions, NodeProcess
from lab.kubernetes.node.images import Image, Registry

__all__ = ["Options", "RunningCluster"]


@dataclass(frozen=True)
class Options(NodeOptions):
    """How a cluster behaves: as its node does, and its server.

    `history`: changes kept for watches; `eks_user`: who holds a valid EKS token, None to refuse
    such tokens.
    """

    history: int = 2000
    eks_user: User | None = None


@dataclass
class RunningCluster(Access, ABC):
    """A server with controllers and a node, as processes; the block of `with` is its life.

    `marker` is the value of the environment variable by which the lab finds its processes.
    """

    name: str
    folder: Path
    images: Mapping[str, Image]
    users: Sequence[User] = ()
    options: Options = field(default_factory=Options)
    marker: str = ""

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()  # pods have working folders of their own
        super().__init__(self.folder / "tokens.json", self.authority)
        self._node: NodeProcess | None = None
        self.registry = Registry(self.folder / "images.json", self.images)

    @property
    def authority(self) -> Path | None:
        """Whose certificate the server shows; None where it speaks plain HTTP."""
        return None

    @property
    def node_options(self) -> NodeOptions:
        """How its node behaves."""
        return self.options

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything; gives back when the API answers."""
        self.start_server()
        self.start_node()

    @abstractmethod
    def start_server(self) -> None:
        """Start the server with its controllers, but no node: pods then stay pending."""

    def start_node(self) -> None:
        """Start the node, or start it again after `kill_pods`; harmless while it runs."""
        if self._node is not None:
            return
        self._node = NodeProcess(self.folder, f"{self.name}-node", self.registry)
        self._node.start(self.connection(NODE), self.node_options, self.marker)

    @property
    def has_node(self) -> bool:
        """Whether there is a node that runs pods; after `kill_pods` there is none."""
        return self._node is not None

    def stop(self) -> None:
        """End everything that the cluster runs; its folder stays."""
        self.stop_following()
        self.kill_pods()
        self.stop_server()

    @abstractmethod
    def stop_server(self) -> None:
        """End the server and its controllers."""

    def kill_pods(self) -> None:
        """Kill the node and all pods' processes at once (SIGKILL), as when a region is lost.

        Gives back when they are all gone. The API still shows them as they were.
        """
        if self._node is not None:
            self._node.kill()
            self._node = None
