"""Which site DNS answers: the health checks of the health stack, by the lab's own Route 53 rules.

What checkers see is taken to be true at once. That they see it late adds nothing: a client may keep
any answer that DNS ever gave.
"""

from collections.abc import Mapping
from itertools import product

from lab.dns.rules import CheckType, HealthCheck, RecordSet, Role, choose, statuses
from lab.protocol.databases import aws_ready, azure_commits
from lab.protocol.world import World

__all__ = ["CHECKS", "PAIR", "PLAIN_PAIR", "Checks", "Pair"]

Checks = tuple[HealthCheck, ...]

_ENDPOINTS: Checks = (
    HealthCheck("aws", CheckType.HTTPS),
    HealthCheck("azure", CheckType.HTTPS),
    HealthCheck("azure-veto", CheckType.HTTPS, inverted=True),
    HealthCheck("gate-vetoes-aws", CheckType.HTTPS, inverted=True),
    HealthCheck("gate-vetoes-azure", CheckType.HTTPS, inverted=True),
)


def _all_of(name: str, *children: str) -> HealthCheck:
    return HealthCheck(
        name, CheckType.CALCULATED, children=children, health_threshold=len(children)
    )


CHECKS: Checks = (
    *_ENDPOINTS,
    _all_of("primary", "aws", "gate-vetoes-aws", "azure-veto"),
    _all_of("secondary", "azure", "gate-vetoes-azure"),
)
_PLAIN: Checks = (*_ENDPOINTS, _all_of("primary", "aws"), _all_of("secondary", "azure"))
_RECORDS = (
    RecordSet("orders.", "A", 15, ("aws",), "aws", Role.PRIMARY, "primary"),
    RecordSet("orders.", "A", 15, ("azure",), "azure", Role.SECONDARY, "secondary"),
)
_PASSED_OR_NOT = (False, True)


class Pair:
    """The failover pair by its checks: every answer it can give, worked out once."""

    def __init__(self, checks: Checks) -> None:
        self._answers = {
            passed: _answer(checks, *passed) for passed in product(_PASSED_OR_NOT, repeat=4)
        }

    def answer(self, world: World) -> str:
        """Return the site whose address DNS answers."""
        gate, served = world.gate, world.function_app
        return self._answers[
            aws_ready(world),
            azure_commits(world),
            served and gate.vetoes_aws,
            served and gate.vetoes_azure,
        ]


def _answer(checks: Checks, aws: bool, azure: bool, vetoes_aws: bool, vetoes_azure: bool) -> str:  # noqa: FBT001 - what each endpoint said
    observed: Mapping[str, bool | None] = {
        "aws": aws,
        "azure": azure,
        "azure-veto": azure,
        "gate-vetoes-aws": vetoes_aws,
        "gate-vetoes-azure": vetoes_azure,
    }
    healthy = statuses({check.id: check for check in checks}, observed)
    return choose(_RECORDS, healthy).values[0]


PAIR = Pair(CHECKS)
PLAIN_PAIR = Pair(_PLAIN)
"""Each site by its own health alone, as a failover pair is usually made: nothing latches."""
