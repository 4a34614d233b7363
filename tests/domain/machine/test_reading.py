"""A machine that the walker would walk wrongly is refused before a run begins."""

import json
from pathlib import Path
from typing import Any

import pytest

from landbridge.domain.errors import ConfigurationError, InvalidEventError
from landbridge.domain.machine.frames import parse_frame
from landbridge.domain.machine.reading import read_machine, tasks_of
from landbridge.domain.plan import FAILOVER

FAILOVER_TEXT = (Path(__file__).parents[3] / "statemachines/failover.asl.json").read_text()


def test_the_failovers_machine_is_read_whole() -> None:
    """Every Task of it calls a step that the plan has, and every step of the plan is called."""
    resources = {state["Resource"] for _, state in tasks_of(read_machine(FAILOVER_TEXT))}
    assert resources == {f"${{{step.substitution}}}" for step in FAILOVER}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"Type": "Map", "End": True}, "Act: Type 'Map' is not known"),
        ({"Type": "Task", "End": True, "HeartbeatSeconds": 3}, "Act: HeartbeatSeconds"),
        ({"Type": "Pass", "Next": "Gone"}, "Act: there is no state 'Gone'"),
        ({"Type": "Pass", "End": True, "Parameters": {"a.$": "$.b[*]"}}, r"Act: the path '\$.b"),
        ({"Type": "Pass", "End": True, "Parameters": {"a.$": "States.UUID()"}}, "States.UUID"),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringMatches": "x*"}]},
            "Act: StringMatches is not known",
        ),
        (
            {"Type": "Choice", "Choices": [{"Not": {"Variable": "$.a", "IsString": True}}]},
            "Act: IsString is not known",
        ),
    ],
)
def test_what_is_not_known_is_named(state: dict[str, Any], said: str) -> None:
    """The state and the field, so that a change of the machine cannot slip past the walker."""
    text = json.dumps({"StartAt": "Act", "States": {"Act": state}})
    with pytest.raises(ConfigurationError, match=said):
        read_machine(text)


def test_branches_are_checked_too() -> None:
    """A state inside a Parallel is no safer than another."""
    inner = {"StartAt": "Act", "States": {"Act": {"Type": "Map"}}}
    outer = {"Both": {"Type": "Parallel", "Branches": [inner], "End": True}}
    with pytest.raises(ConfigurationError, match="Map"):
        read_machine(json.dumps({"StartAt": "Both", "States": outer}))


@pytest.mark.parametrize("document", [None, [], {}, {"state": 1}, {"state": "A", "branches": 3}])
def test_a_broken_frame_is_refused_with_a_remedy(document: object) -> None:
    """A record that somebody edited does not become a traceback."""
    with pytest.raises(InvalidEventError, match="frame"):
        parse_frame(document)
