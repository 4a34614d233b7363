"""A step's worker dies in its work, a step is run twice, a run is stopped in the middle."""

from collections.abc import Callable

from lab.faults.fault import Effect, Fault, Scene
from landbridge.domain.plan import FAILBACK_STATES, FAILOVER, step_named

__all__ = ["FAULTS"]

Act = Callable[[Scene, str], None]

# One step of the way out and one of the way home, by lot: whichever the run comes to.
ANY = "any"
# A run that goes well does not pass these.
_UNDOING = ("undo_failover", "undo_failback")
_WAYS = (FAILOVER, FAILBACK_STATES)
_STEPS = tuple(dict.fromkeys(step.name for way in _WAYS for step in way))
_MOST_WAITS = 12  # more than most steps have: those die with their work done


def _arming(fault: str, arm: Act) -> Act:
    """Return a begin that arms the step's Lambda; steps that were drawn stay until the end."""

    def begin(scene: Scene, argument: str) -> None:
        steps: tuple[str, ...] = (argument,)
        if argument == ANY:
            steps = scene.kept.get(fault) or _drawn(scene)
            scene.kept[fault] = steps
        for step in steps:
            arm(scene, _function(scene, step))

    return begin


def _drawn(scene: Scene) -> tuple[str, ...]:
    names = [[step.name for step in way if step.name not in _UNDOING] for way in _WAYS]
    return tuple(scene.random.choice(way) for way in names)


def _sparing(fault: str, mishap: str) -> Act:
    def end(scene: Scene, argument: str) -> None:
        for step in scene.kept.pop(fault, ()) if argument == ANY else (argument,):
            scene.clouds.aws.spare(_function(scene, step), mishap)

    return end


def _function(scene: Scene, step: str) -> str:
    return step_named(step).function_name(scene.clouds.configuration.workload)


def _crash(scene: Scene, function: str) -> None:
    scene.clouds.aws.crash_next(function, waits=scene.random.randint(1, _MOST_WAITS))


def _repeat(scene: Scene, function: str) -> None:
    scene.clouds.aws.repeat(function)


def _stop(scene: Scene, function: str) -> None:
    scene.clouds.aws.stop_after(function)


def _of_a_step(name: str, sentence: str, arm: Act, mishap: str) -> Fault:
    return Fault(
        name,
        sentence,
        Effect.COMPANION,
        _arming(name, arm),
        _sparing(name, mishap),
        arguments=(ANY, *_STEPS),
    )


FAULTS = (
    _of_a_step(
        "step-crash",
        "The worker of a step's next invocation is killed (SIGKILL) in the middle of its work",
        _crash,
        "crash",
    ),
    _of_a_step(
        "step-twice",
        "A step's invocations are run twice each: the first answer is lost, the second counts",
        _repeat,
        "repeat",
    ),
    _of_a_step(
        "state-machine-restart",
        "Somebody stops the execution (StopExecution) after a step, before anybody hears of it",
        _stop,
        "stop-after",
    ),
)
