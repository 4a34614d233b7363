"""Rules of takeovers: who is to be woken can be, and what begins by itself can run."""

from collections.abc import Iterator

from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem
from landbridge.configuration.rule import Rule

__all__ = ["TAKEOVER_RULES"]


def _nobody_is_told(configuration: Configuration) -> Iterator[Problem]:
    if configuration.takeover.automatic == "confirm" and configuration.webhook is None:
        yield Problem(
            "takeover.automatic",
            "confirm",
            "there is no webhook by which a person could be woken without AWS",
            "give webhook, or choose off or on",
        )


def _nothing_runs(configuration: Configuration) -> Iterator[Problem]:
    takeover = configuration.takeover
    if takeover.automatic != "off" and not takeover.client_id:
        yield Problem(
            "takeover.automatic",
            takeover.automatic,
            "the takeover has no identity, so that none can run",
            "give takeover.client_id: the deployment's output takeoverClientId",
        )


_SOURCE = "docs/takeover.md, The timer"
TAKEOVER_RULES = (
    Rule(
        "takeover-wakes-somebody",
        "A timer that waits for a person can reach one.",
        ("takeover.automatic", "webhook"),
        _SOURCE,
        _nobody_is_told,
    ),
    Rule(
        "takeover-can-run",
        "A timer has a takeover to start.",
        ("takeover.automatic", "takeover.client_id"),
        _SOURCE,
        _nothing_runs,
    ),
)
