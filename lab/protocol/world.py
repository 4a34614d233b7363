"""The model's world: what is true at one moment, immutable and hashable, and nothing besides.

Databases are what their rows come to: in which epoch they take writes, and whether they lack a
write that was acknowledged. Pods are taken to run always, which is the worst case for two sites.
"""

from enum import StrEnum
from typing import NamedTuple

from landbridge.domain.gate import Gate
from landbridge.domain.lock import RunLock

__all__ = ["Intent", "Place", "Run", "Site", "Up", "World"]


class Up(StrEnum):
    """Whether a site's database server runs."""

    RUNNING = "running"
    DEAD = "dead"  # the whole site
    GUARDED = "guarded"  # the guard does not let it start as a primary
    STOPPED = "stopped"  # for a rebuild


class Site(NamedTuple):
    """One site and its database.

    ``held`` is the running server's default_transaction_read_only, ``held_file`` what it will be
    when the server starts again; ``waits``: its commits wait for the other site; ``lacks``: it does
    not have every acknowledged write. ``cut`` off: only its own users reach it. ``lies``: its
    health says the contrary of what is true.
    """

    standby: bool
    epoch: int
    timeline: int
    up: Up = Up.RUNNING
    held: bool = False
    held_file: bool = False
    waits: bool = False
    lacks: bool = False
    writer: str = ""  # the run that wrote the newest epoch's row
    cut: bool = False
    lies: bool = False

    @property
    def answers(self) -> bool:
        """Whether an SQL client outside of the site gets an answer."""
        return self.up is Up.RUNNING and not self.cut

    @property
    def takes_writes(self) -> bool:
        """Whether a commit begins at all, whomever it then waits for."""
        return self.up is Up.RUNNING and not self.standby and not self.held


class Place(NamedTuple):
    """Where a run is: a state of its machine, and how many of that step's actions are done."""

    state: str
    done: int = 0


class Intent(NamedTuple):
    """A compare-and-set between its look and its write."""

    seen: Gate
    wanted: Gate


class Run(NamedTuple):
    """One execution: several places in a Parallel state, none when it has ended.

    ``token`` is the held primary's last position: none, pending or met by the standby's replay.
    ``failed`` names the branches that failed.
    """

    name: str
    flow: str
    at: tuple[Place, ...]
    epoch: int = 0
    situation: str = ""
    seen_state: str = ""
    seen_epoch: int = 0
    fence_first: bool = False
    token: str = ""
    intent: Intent | None = None
    failed: frozenset[str] = frozenset()


class World(NamedTuple):
    """Everything that may differ from one moment to the next.

    ``aws_key``, ``azure_key``: who has the advisory lock of promoting. ``resolved``: the sites that
    DNS answered so far, any of which a client may still have in its cache. ``acknowledged``: the
    newest epoch in which each site acknowledged a write. ``failed``: AWS failed by itself, and
    that is not over. ``noted``: the last look on record at AWS's database: timeline, waits,
    streams, and whether it had written more than Azure had received.
    """

    aws: Site
    azure: Site
    gate: Gate
    lock: RunLock | None
    runs: tuple[Run, ...]
    faults_left: int
    crashes_left: int
    function_app: bool = True
    aws_key: str = ""
    azure_key: str = ""
    resolved: frozenset[str] = frozenset({"aws"})
    acknowledged: tuple[int, int] = (0, 0)
    failed: bool = False
    noted: tuple[int, bool, bool, bool] = (1, True, True, False)

    def with_run(self, run: Run) -> "World":
        """Return the world with that run as it is now."""
        runs = tuple(run if one.name == run.name else one for one in self.runs)
        return self._replace(runs=runs)
