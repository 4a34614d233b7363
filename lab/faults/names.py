"""DNS that answers late, and users who do not ask again."""

from lab.faults.fault import Effect, Fault, Scene

__all__ = ["FAULTS"]

# From quick to longer than a user's resolver waits (1 s) and landbridge's own questions do (2 s).
LEAST_SECONDS, MOST_SECONDS = 0.05, 2.5
# Java keeps an answer 30 s or for ever; of a quick lab's TTL, 1 s, this is as far off.
KEPT_TTLS = 15.0


def _slow(scene: Scene, _argument: str) -> None:
    seed = scene.random.getrandbits(32)
    scene.clouds.dns.slow_down(LEAST_SECONDS, MOST_SECONDS, seed)


def _quick(scene: Scene, _argument: str) -> None:
    scene.clouds.dns.slow_down(0.0, 0.0)


def _keep(scene: Scene, _argument: str) -> None:
    scene.traffic.keep_answers(KEPT_TTLS * scene.clouds.options.ttl)


def _ask_again(scene: Scene, _argument: str) -> None:
    scene.traffic.keep_answers(0.0)


FAULTS = (
    Fault(
        "dns-server-slow",
        "The zone's name server answers late, at times later than a resolver waits",
        Effect.QUIET,
        _slow,
        _quick,
    ),
    Fault(
        "resolver-ignores-ttl",
        f"Users keep an address {KEPT_TTLS:g} times as long as its TTL, as some JVMs do",
        Effect.COMPANION,
        _keep,
        _ask_again,
    ),
)
