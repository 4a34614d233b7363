"""Rules between fields: a configuration that breaks one is refused before anything is made."""

from collections.abc import Iterator
from dataclasses import replace

from landbridge.configuration.budget_rules import BUDGET_RULES
from landbridge.configuration.gameday_rules import GAMEDAY_RULES
from landbridge.configuration.health_names import HEALTH_NAMES_RULE
from landbridge.configuration.models import Configuration
from landbridge.configuration.network_rules import NETWORK_RULES
from landbridge.configuration.place_rules import PLACE_RULES
from landbridge.configuration.problems import Problem
from landbridge.configuration.recovery_rules import RECOVERY_RULES
from landbridge.configuration.rule import Rule
from landbridge.configuration.takeover_rules import TAKEOVER_RULES
from landbridge.configuration.workload_rules import WORKLOAD_RULES, WorkloadRule

__all__ = ["EVERY_RULE", "RULES", "configuration_problems", "rules_about"]

RULES: tuple[Rule, ...] = (
    HEALTH_NAMES_RULE,
    *PLACE_RULES,
    *NETWORK_RULES,
    *RECOVERY_RULES,
    *BUDGET_RULES,
    *GAMEDAY_RULES,
    *TAKEOVER_RULES,
)
# With those between workloads.
EVERY_RULE: tuple[Rule | WorkloadRule, ...] = (*RULES, *WORKLOAD_RULES)


def configuration_problems(configuration: Configuration) -> Iterator[Problem]:
    """Yield every breach of every rule, with the rule's name."""
    for rule in RULES:
        for problem in rule.check(configuration):
            yield replace(problem, name=rule.name)


def rules_about(field: str) -> tuple[Rule | WorkloadRule, ...]:
    """Return the rules that look at the field, at a part of it, or at what it is a part of."""
    return tuple(rule for rule in EVERY_RULE if any(_within(field, one) for one in rule.fields))


def _within(one: str, other: str) -> bool:
    long, short = sorted((one, other), key=len, reverse=True)
    return long == short or long.startswith((f"{short}.", f"{short}[]"))
