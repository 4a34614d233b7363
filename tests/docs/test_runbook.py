"""The runbook against the machines that it is about."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lab.documents import flows, remedies

ROOT = Path(__file__).parents[2]
FLOWS = pytest.mark.parametrize("flow", flows.FLOWS)


def _states(flow: str) -> dict[str, Any]:
    text = (ROOT / "statemachines" / f"{flow}.asl.json").read_text()
    return dict(flows.states_of(json.loads(text)))


@FLOWS
def test_every_way_of_the_machine_is_in_the_picture(flow: str) -> None:
    """Each Next, each Choice and each Default is an arrow, and there are no others."""
    arrows = re.findall(
        r"^ *(\w+) -->(?:\|\".+\"\|)? (\w+)$", flows.flow_picture(flow), re.MULTILINE
    )
    ways = [
        (name.replace(" ", ""), following.replace(" ", ""))
        for name, state in _states(flow).items()
        for following in (
            *(choice["Next"] for choice in state.get("Choices", ())),
            *(state[key] for key in ("Default", "Next") if key in state),
        )
    ]

    assert sorted(arrows) == sorted(ways)


@FLOWS
def test_every_state_has_its_row(flow: str) -> None:
    """The table says what each state does, and of each step what a person does when it fails."""
    rows = [line.split(" | ") for line in flows.states_table(flow).splitlines()[2:]]
    states = _states(flow)

    assert [row[0].removeprefix("| ") for row in rows] == list(states)
    for row, state in zip(rows, states.values(), strict=True):
        assert row[1] == state["Comment"]
        fails = "Catch" in state
        assert [bool(cell.strip(" |")) for cell in row[2:]] == [fails, fails], row[0]
        assert fails or state["Type"] != "Task"
        for catch in state.get("Catch", ()):
            assert f"→ {catch['Next']}" in row[2]


def test_a_step_that_nobody_wrote_about_stops_make_docs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new state needs its remedy, and a state that went leaves none behind."""
    known = remedies.REMEDIES["failover"]
    less = {name: text for name, text in known.items() if name != "Open Gate"}
    for changed, named in ((less, "Open Gate"), ({**known, "Old Step": "Rest."}, "Old Step")):
        monkeypatch.setitem(remedies.REMEDIES, "failover", changed)
        with pytest.raises(KeyError, match=named):
            flows.states_table("failover")
