"""The Function App in Azure: down, slow, erring, or answering what nobody asked."""

from lab.azure.ailments import Ailment
from lab.faults.fault import Effect, Fault, Scene

__all__ = ["FAULTS"]

_SEEDS = 2**32
# Of all requests. "some" leaves a way through for who asks again, "all" leaves none.
_SHARES = {"some": 0.6, "all": 1.0}
_DOWN = "azure-function-down"


def _kill(scene: Scene, _argument: str) -> None:
    scene.clouds.function_host.go_down(_DOWN)


def _start(scene: Scene, _argument: str) -> None:
    scene.clouds.function_host.come_up(_DOWN)


def _suffering(ailment: Ailment, sentence: str, arguments: tuple[str, ...] = ()) -> Fault:
    name = f"azure-function-{ailment}"

    def begin(scene: Scene, argument: str) -> None:
        share = _SHARES.get(argument, 1.0)
        seed = scene.random.randrange(_SEEDS)
        host = scene.clouds.function_host
        host.suffer(ailment, f"{name}:{argument}", seed=seed, share=share)

    def end(scene: Scene, argument: str) -> None:
        scene.clouds.function_host.recover(f"{name}:{argument}")

    return Fault(name, sentence, Effect.COMPANION, begin, end, arguments=arguments)


FAULTS = (
    Fault(
        _DOWN,
        "The Function App's host is killed",
        Effect.COMPANION,
        _kill,
        _start,
    ),
    _suffering(
        Ailment.SLOW,
        "The Function App answers late, around and beyond its callers' ten seconds",
    ),
    _suffering(
        Ailment.ERRORING,
        "The Function App answers 500 and 503, with the work done or not",
        tuple(_SHARES),
    ),
    _suffering(
        Ailment.WRONG_ANSWER,
        "The Function App answers 200 with junk, a page or another route's answer",
        tuple(_SHARES),
    ),
)
