"""Places that do not reach each other, or reach each other slowly.

By proxies on the ways between them (``lab.network``), which need no root. What only a network
namespace for each place could do, and root, is not there: see ``lab.network.proxy``.
"""

from collections.abc import Callable

from lab.faults.fault import Effect, Fault, Scene
from lab.network.paths import PAIRS, WAYS, Paths, ways_of
from lab.network.rules import Rule, State

__all__ = ["FAULTS"]

LATENCY_SECONDS = 0.15
LOSS = 0.05

# The pair that decides most comes first: it is meant where none is named.
_REPLICATION = "aws-azure"
_PARTED = (_REPLICATION, *(pair for pair in PAIRS if pair != _REPLICATION), *WAYS)

# Azure's database streams over this way: in sync mode AWS's commits wait for it.
_STREAMS = "azure>aws"
# Users, or the checkers, are what is cut off here, and AWS serves all the others.
_ASIDE = {"clients>aws", "clients>checkers", "checkers>aws"}


def _of_partition(parted: str, replication: str) -> Effect:
    ways = set(ways_of(parted))
    if _STREAMS in ways:
        return Effect.STALLED if replication == "sync" else Effect.QUIET
    return Effect.QUIET if ways <= _ASIDE else Effect.COMPANION


def _of_slowness(parted: str, _replication: str) -> Effect:
    ways = set(ways_of(parted))
    return Effect.QUIET if ways & {_STREAMS, *_ASIDE} else Effect.COMPANION


def _paths(scene: Scene) -> Paths:
    if scene.clouds.paths is None:
        raise RuntimeError("this lab has no proxies between its places: LabOptions(paths=True)")
    return scene.clouds.paths


def _on_ways(
    name: str, sentence: str, effect: Callable[[str, str], Effect], rule: Callable[[Scene], Rule]
) -> Fault:
    def begin(scene: Scene, parted: str) -> None:
        _paths(scene).impose(f"{name}:{parted}", ways_of(parted), rule(scene))

    def end(scene: Scene, parted: str) -> None:
        _paths(scene).lift(f"{name}:{parted}", ways_of(parted))

    return Fault(name, sentence, effect, begin, end, arguments=_PARTED, needs_paths=True)


FAULTS = (
    _on_ways(
        "partition",
        "Nothing passes between two places: connections stay, new ones are not answered",
        _of_partition,
        lambda _scene: Rule(State.HELD),
    ),
    _on_ways(
        "slow-link",
        f"{LATENCY_SECONDS * 1000:g} ms more and {LOSS:.0%} lost between two places",
        _of_slowness,
        lambda scene: Rule(
            latency_seconds=LATENCY_SECONDS, loss=LOSS, seed=scene.random.getrandbits(32)
        ),
    ),
)
