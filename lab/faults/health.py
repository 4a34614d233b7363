"""What those who judge AWS's health see: not all the same, or not for long."""

from lab.dns.checkers import REGIONS
from lab.dns.data_plane import CheckerMode
from lab.dns.rules import HEALTHY_ABOVE_PERCENT
from lab.faults.fault import Effect, Fault, Scene

__all__ = ["FAULTS", "most_blocked"]

FLAPPING = "flapping"
DISAGREEMENT = "checker-disagreement"
# A turn is too short to be noticed at all, or long enough for the alarm, in checkers' intervals.
SHORTEST_INTERVALS, LONGEST_INTERVALS = 0.5, 8.0


def most_blocked(checkers: int) -> int:
    """Return how many checkers may see nothing while what the others see still counts."""
    return max(
        blocked
        for blocked in range(checkers)
        if (checkers - blocked) * 100 > HEALTHY_ABOVE_PERCENT * checkers
    )


def _disagree(scene: Scene, how_many: str) -> None:
    key = f"{DISAGREEMENT}:{how_many}"
    if key not in scene.kept:
        few = scene.random.randint(1, most_blocked(len(REGIONS)))
        count = few if how_many == "few" else len(REGIONS)
        scene.kept[key] = scene.random.sample(REGIONS, count)
    for name in scene.kept[key]:
        scene.clouds.dns.set_checker(name, CheckerMode.BLOCKED)


def _agree(scene: Scene, how_many: str) -> None:
    blocked = scene.kept.pop(f"{DISAGREEMENT}:{how_many}", [])
    others = [names for key, names in list(scene.kept.items()) if key.startswith(DISAGREEMENT)]
    for name in blocked:
        if not any(name in names for names in others):
            scene.clouds.dns.set_checker(name, CheckerMode.ON)


def _flap(scene: Scene, _argument: str) -> None:
    interval = scene.clouds.options.health_interval_seconds
    scene.clouds.aws_entry.flap(
        FLAPPING,
        shortest_seconds=SHORTEST_INTERVALS * interval,
        longest_seconds=LONGEST_INTERVALS * interval,
        seed=scene.random.getrandbits(32),
    )


def _settle(scene: Scene, _argument: str) -> None:
    scene.clouds.aws_entry.set_mode("normal", FLAPPING)


FAULTS = (
    Fault(
        DISAGREEMENT,
        "Route 53's checkers in some regions see nobody, or in all while AWS serves on",
        Effect.QUIET,
        _disagree,
        _agree,
        arguments=("few", "many"),
    ),
    Fault(
        FLAPPING,
        "AWS's entry answers 503 and is well again, by turns of any length",
        Effect.OUTAGE,
        _flap,
        _settle,
    ),
)
