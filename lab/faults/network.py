"""Places that do not reach each other, or reach each other slowly.

By proxies on the ways between them (``lab.network``), which need no root. What only a network
namespace for each place could do, and root, is not there: see ``lab.network.proxy``.
"""

from collections.abc import Callable
from typing import Any

from lab.faults.fault import Effect, Fault, Scene
from lab.network.paths import ALL_PAIRS, PAIRS, WAYS, Paths, ways_of
from lab.network.rules import Rule, State

__all__ = ["FAULTS"]

LATENCY_SECONDS = 0.15
LOSS = 0.05

# The pair that decides most comes first: it is meant where none is named.
_REPLICATION = "aws-azure"
_FIRST = (_REPLICATION, *(pair for pair in PAIRS if pair != _REPLICATION))
_PARTED = tuple(dict.fromkeys((*_FIRST, *ALL_PAIRS, *WAYS)))
_ALIASES = {"-".join(reversed(pair.split("-"))): pair for pair in ALL_PAIRS}

# Azure's database streams over this way: in sync mode AWS's commits wait for it.
_STREAMS = "azure>aws"
# Users, or the checkers, are what is cut off here, and AWS serves all the others.
_ASIDE = {"clients>aws", "clients>checkers", "checkers>aws"}


def _of_partition(parted: str, replication: str) -> Effect:
    ways = set(ways_of(parted))
    if _STREAMS in ways:
        # Nobody can write on AWS, and Azure has all that was acknowledged: it is there to serve.
        return Effect.OUTAGE if replication == "sync" else Effect.QUIET
    return Effect.QUIET if ways <= _ASIDE else Effect.COMPANION


def _of_slowness(parted: str, _replication: str) -> Effect:
    ways = set(ways_of(parted))
    return Effect.QUIET if ways & {_STREAMS, *_ASIDE} else Effect.COMPANION


def _paths(scene: Scene) -> Paths:
    if scene.clouds.paths is None:
        raise RuntimeError("this lab has no proxies between its places: LabOptions(paths=True)")
    return scene.clouds.paths


def _on_ways(
    name: str,
    sentence: str,
    effect: Callable[[str, str], Effect],
    rule: Callable[[Scene], Rule],
    **more: Any,
) -> Fault:
    def begin(scene: Scene, parted: str) -> str | None:
        ways = ways_of(parted)
        if not ways:
            return f"there is no way between {' and '.join(parted.split('-'))}"
        _paths(scene).impose(f"{name}:{parted}", ways, rule(scene))
        return None

    def end(scene: Scene, parted: str) -> None:
        _paths(scene).lift(f"{name}:{parted}", ways_of(parted))

    return Fault(
        name,
        sentence,
        effect,
        begin,
        end,
        arguments=_PARTED,
        aliases=_ALIASES,
        needs_paths=True,
        **more,
    )


FAULTS = (
    _on_ways(
        "partition",
        "Nothing passes between two places: connections stay, new ones are not answered;"
        " A>B is what A opens to B, with its answers; clients-orchestrator never had a way",
        _of_partition,
        lambda _scene: Rule(State.HELD),
        rows=_FIRST,
    ),
    _on_ways(
        "slow-link",
        f"{LATENCY_SECONDS * 1000:g} ms more and {LOSS:.0%} lost between two places",
        _of_slowness,
        lambda scene: Rule(
            latency_seconds=LATENCY_SECONDS, loss=LOSS, seed=scene.random.getrandbits(32)
        ),
        rows=(_REPLICATION, "azure-orchestrator"),
        recovers=True,
    ),
)
