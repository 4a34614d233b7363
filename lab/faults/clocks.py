"""Clocks that are wrong: of the orchestrator's Lambdas, of each of them, of the Functions host."""

from lab.clouds.clocks import Clocks
from lab.faults.fault import Effect, Fault, Scene

__all__ = ["FAULTS"]

SKEW_SECONDS = 90.0
_EACH = "workers"


def _clocks(scene: Scene) -> Clocks:
    if scene.clouds.clocks is None:
        raise RuntimeError("this lab's clocks cannot be set: LabOptions(paths=True)")
    return scene.clouds.clocks


def _set_wrong(scene: Scene, whose: str) -> None:
    key = f"clock-skew:{whose}"
    if key not in scene.kept:
        scene.kept[key] = _errors(scene, whose)
    _clocks(scene).set_wrong(_place(whose), key, scene.kept[key])


def _errors(scene: Scene, whose: str) -> dict[str, float]:
    if whose != _EACH:
        return {"": scene.random.choice((-SKEW_SECONDS, SKEW_SECONDS))}
    region = scene.clouds.configuration.orchestrator_region
    pages = scene.clouds.aws.client("lambda", region).get_paginator("list_functions").paginate()
    functions = [one["FunctionName"] for page in pages for one in page["Functions"]]
    # Sorted, so that one seed means one clock for each.
    return {
        name: round(scene.random.uniform(-SKEW_SECONDS, SKEW_SECONDS), 3)
        for name in sorted(functions)
    }


def _place(whose: str) -> str:
    return "azure" if whose == "azure" else "orchestrator"


def _set_right(scene: Scene, whose: str) -> None:
    key = f"clock-skew:{whose}"
    scene.kept.pop(key, None)
    _clocks(scene).set_right(_place(whose), key)


FAULTS = (
    Fault(
        "clock-skew",
        f"Clocks are up to {SKEW_SECONDS:g} s off: of all Lambdas, of Azure's, or each its own way",
        Effect.COMPANION,
        _set_wrong,
        _set_right,
        arguments=("orchestrator", "azure", _EACH),
        needs_paths=True,
        recovers=True,
    ),
)
