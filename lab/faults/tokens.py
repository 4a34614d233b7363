"""Who asks a cluster is not known to it any more: 401."""

from lab.clouds import names
from lab.faults.fault import Effect, Fault, Order, Scene

__all__ = ["FAULTS"]

_NAME = "token-expired"


def _expire(scene: Scene, argument: str) -> None:
    clouds = scene.clouds
    if argument == "eks":
        clouds.aws_cluster.refuse(names.ORCHESTRATOR_USER, _NAME)
    else:
        # The app's identity goes on to hand out the token of before.
        clouds.azure_cluster.renew(names.FUNCTION_USER)


def _renew(scene: Scene, argument: str) -> None:
    clouds = scene.clouds
    if argument == "eks":
        clouds.aws_cluster.accept(names.ORCHESTRATOR_USER, _NAME)
    else:
        clouds.function_host.set_token(clouds.azure_cluster.token(names.FUNCTION_USER))


FAULTS = (
    Fault(
        _NAME,
        "A token is refused with 401: the Function App's for AKS, or the orchestrator's for EKS",
        Effect.COMPANION,
        _expire,
        _renew,
        arguments=("aks", "eks"),
        order=Order.FIRST,
    ),
)
