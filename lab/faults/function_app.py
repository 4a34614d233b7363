"""The Function App in Azure: down, slow, erring, or answering what nobody asked."""

from collections.abc import Callable

from lab.azure.ailments import Ailment
from lab.faults.fault import Effect, Fault, Scene

__all__ = ["FAULTS"]

_SEEDS = 2**32
# Of all requests. "some" leaves a way through for who asks again, "all" leaves none.
_SHARES = {"some": 0.6, "all": 1.0}

End = Callable[[Scene, str], None]


def _kill(scene: Scene, _argument: str) -> None:
    scene.clouds.function_host.child.kill()


def _start(scene: Scene, _argument: str) -> None:
    if not scene.clouds.function_host.child.running:
        scene.clouds.function_host.start()


def _suffer(ailment: Ailment) -> End:
    def begin(scene: Scene, argument: str) -> None:
        share = _SHARES.get(argument, 1.0)
        seed = scene.random.randrange(_SEEDS)
        scene.clouds.function_host.suffer(ailment, seed=seed, share=share)

    return begin


def _recover(scene: Scene, _argument: str) -> None:
    scene.clouds.function_host.recover()


FAULTS = (
    Fault(
        "azure-function-down",
        "The Function App's host is killed",
        Effect.COMPANION,
        _kill,
        _start,
    ),
    Fault(
        "azure-function-slow",
        "The Function App answers late, around and beyond its callers' ten seconds",
        Effect.COMPANION,
        _suffer(Ailment.SLOW),
        _recover,
    ),
    Fault(
        "azure-function-erroring",
        "The Function App answers 500 and 503, with the work done or not",
        Effect.COMPANION,
        _suffer(Ailment.ERRORING),
        _recover,
        arguments=tuple(_SHARES),
    ),
    Fault(
        "azure-function-wrong-answer",
        "The Function App answers 200 with junk, a page or another route's answer",
        Effect.COMPANION,
        _suffer(Ailment.WRONG_ANSWER),
        _recover,
        arguments=tuple(_SHARES),
    ),
)
