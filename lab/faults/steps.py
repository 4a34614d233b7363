"""A step's worker dies in its work, a step is run twice, a run is stopped in the middle."""

from collections.abc import Callable

from lab.faults.fault import LEGS, Effect, Fault, Scene
from landbridge.domain.plan import FAILBACK_STATES, FAILOVER, step_named

__all__ = ["FAULTS"]

Arm = Callable[[Scene, str], None]

# One step of the way out and one of the way home, by lot: whichever the run comes to.
ANY = "any"
_WAYS = {"out": FAILOVER, "home": FAILBACK_STATES}
# A run that goes well does not pass these, nor the last one where nobody is asked.
_SELDOM = ("undo_failover", "undo_failback", "request_approval")
_STEPS = tuple(dict.fromkeys(step.name for way in _WAYS.values() for step in way))
_MOST_WAITS = 12  # more than most steps have: those die with their work done


def _legs(argument: str) -> tuple[str, ...]:
    """Return the ways whose machine has that step."""
    if argument == ANY:
        return LEGS
    return tuple(leg for leg, way in _WAYS.items() if argument in {step.name for step in way})


def _step(fault: str, scene: Scene, argument: str) -> str:
    """Return the step that is meant; one that was drawn stays so on its way."""
    if argument != ANY:
        return argument
    usual = [step.name for step in _WAYS[scene.leg] if step.name not in _SELDOM]
    drawn: str = scene.kept.setdefault(f"{fault}@{scene.leg}", scene.random.choice(usual))
    return drawn


def _function(scene: Scene, step: str) -> str:
    return step_named(step).function_name(scene.clouds.configuration.workload)


def _crash(scene: Scene, function: str) -> None:
    scene.clouds.aws.crash_next(function, waits=scene.random.randint(1, _MOST_WAITS))


def _repeat(scene: Scene, function: str) -> None:
    scene.clouds.aws.repeat(function)


def _stop(scene: Scene, function: str) -> None:
    scene.clouds.aws.stop_after(function)


def _of_a_step(name: str, sentence: str, arm: Arm, mishap: str, *, recovers: bool = False) -> Fault:
    def begin(scene: Scene, argument: str) -> None:
        arm(scene, _function(scene, _step(name, scene, argument)))

    def end(scene: Scene, argument: str) -> str | None:
        step = _step(name, scene, argument)
        happened = scene.clouds.aws.spare(_function(scene, step), mishap)
        return None if happened else f"no run came to {step} meanwhile"

    return Fault(
        name,
        sentence,
        Effect.COMPANION,
        begin,
        end,
        arguments=(ANY, *_STEPS),
        rows=(ANY,),
        legs=_legs,
        each_way=lambda argument: argument == ANY,
        alone=False,
        armed=True,
        recovers=recovers,
    )


FAULTS = (
    _of_a_step(
        "step-crash",
        "The worker of a step's next invocation is killed (SIGKILL) in the middle of its work",
        _crash,
        "crash",
        recovers=True,
    ),
    _of_a_step(
        "step-twice",
        "A step's invocations are run twice each: the first answer is lost, the second counts",
        _repeat,
        "repeat",
        recovers=True,
    ),
    _of_a_step(
        "state-machine-restart",
        "Somebody stops the execution (StopExecution) after a step, before anybody hears of it",
        _stop,
        "stop-after",
    ),
)
