"""AWS's control plane is away: what was set up goes on, and nothing can be asked of it."""

from lab.clouds import names
from lab.faults.fault import Effect, Fault, Scene

__all__ = ["FAULTS"]

_NAME = "aws-control-plane-down"


def _go(scene: Scene, _argument: str) -> None:
    scene.clouds.aws.begin_outage()
    # EKS asks STS who shows a token.
    scene.clouds.aws_cluster.refuse(names.ORCHESTRATOR_USER, _NAME)


def _come(scene: Scene, _argument: str) -> None:
    scene.clouds.aws_cluster.accept(names.ORCHESTRATOR_USER, _NAME)
    scene.clouds.aws.end_outage()


FAULTS = (
    # By itself it takes nothing from the users; it takes the orchestrator from a failover.
    Fault(
        _NAME,
        "Every AWS API answers 503: no run starts, no step is invoked and a running run fails;"
        " pods, databases and Route 53's answers go on",
        Effect.COMPANION,
        _go,
        _come,
        seconds=20.0,  # no operator can mend AWS: it comes back by itself
    ),
)
