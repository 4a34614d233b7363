"""The runbook's pictures and tables, made from the state machines' own files."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from lab.documents.document import Document
from lab.documents.remedies import REMEDIES

__all__ = ["FLOWS", "FLOW_DOCUMENTS", "flow_picture", "states_of", "states_table"]

FLOWS = ("failover", "failback", "gameday", "waves")
_PAGES = {"waves": "docs/workloads.md"}
_FOLDER = Path(__file__).resolve().parents[2] / "statemachines"
_RUNBOOK = "docs/runbook.md"
State = Mapping[str, Any]

# Shapes of Mermaid: what works is a box, what decides a diamond, an end is round.
_SHAPES = {
    "Choice": ("{", "}"),
    "Succeed": ("([", "])"),
    "Fail": ("([", "])"),
    "Wait": ("[/", "/]"),
}
_BOX = ("[", "]")
# A colour says where a step leads that fails for good; a state that is no Task has none.
_CLASSES = {
    "undone": "fill:#fde68a,stroke:#92400e,color:#111",
    "stopped": "fill:#fecaca,stroke:#991b1b,color:#111",
    "goes_on": "fill:#d1fae5,stroke:#065f46,color:#111",
}
_COMPARED = {"IsPresent": "is there", "IsNull": "is null"}


def _flow(name: str) -> State:
    flow: State = json.loads((_FOLDER / f"{name}.asl.json").read_text(encoding="utf-8"))
    return flow


def states_of(flow: State) -> Iterator[tuple[str, State]]:
    """Yield every state by its name, those of a Parallel's branches and of a Map after it."""
    for name, state in flow["States"].items():
        yield name, state
        for branch in _within(state):
            yield from states_of(branch)


def _within(state: State) -> tuple[State, ...]:
    """Return the machines within a state: a Parallel's branches, or what a Map does for each."""
    return (*state.get("Branches", ()), *filter(None, [state.get("ItemProcessor")]))


def flow_picture(name: str) -> str:
    """Return the flow as a Mermaid diagram: its states, its ways, what a failure leads to."""
    flow = _flow(name)
    lines = ["```mermaid", "flowchart TD", *_states(flow, "  ")]
    lines += [f"  classDef {one} {style}" for one, style in _CLASSES.items()]
    return "\n".join([*lines, "```"])


def _states(flow: State, indent: str, *, in_branch: bool = False) -> Iterator[str]:
    for name, state in flow["States"].items():
        if _within(state):
            yield f'{indent}subgraph {_id(name)}["{name}"]'
            for number, branch in enumerate(_within(state)):
                yield f'{indent}  subgraph {_id(name)}{number}[" "]'
                yield from _states(branch, indent + "    ", in_branch=True)
                yield f"{indent}  end"
            yield f"{indent}end"
        else:
            opens, closes = _SHAPES.get(state["Type"], _BOX)
            # What a branch ended with is judged after all of them.
            outcome = "" if in_branch else _outcome(state)
            colour = f":::{outcome}" if outcome else ""
            yield f'{indent}{_id(name)}{opens}"{name}"{closes}{colour}'
    for name, state in flow["States"].items():
        for following, label in _ways(state):
            yield f"{indent}{_id(name)} -->{label} {_id(following)}"


def _ways(state: State) -> Iterator[tuple[str, str]]:
    for choice in state.get("Choices", ()):
        yield choice["Next"], f'|"{_condition(choice)}"|'
    if "Default" in state:
        yield state["Default"], '|"otherwise"|'
    if "Next" in state:
        yield state["Next"], ""


def _condition(rule: State) -> str:
    if "And" in rule:
        return " and ".join(_condition(one) for one in rule["And"])
    variable = rule["Variable"].removeprefix("$.").rpartition(".")
    (operator,) = set(rule) - {"Variable", "Next", "Comment"}
    value = rule[operator]
    said = variable[2].replace("_", " ")
    if operator in _COMPARED:
        word = _COMPARED[operator]
        whole = " ".join(variable[::2]).replace(".", " ").replace("_", " ")
        return f"{whole} {word if value else word.replace('is ', 'is not ')}"
    if isinstance(value, bool):
        return said if value else f"not {said}"
    return f"{said}: {value}"


def _id(name: str) -> str:
    return name.replace(" ", "")


def _outcome(state: State) -> str:
    """Return the colour of a Task: undone where any of its failures leads to an undo or a refusal.

    A step that the run goes on without is green, and one after which nothing is undone is red.
    """
    nexts = [one["Next"] for one in state.get("Catch", ())]
    if not nexts:
        return ""
    if any(one.startswith("Mark Stopped") for one in nexts):
        return "stopped"
    if any(one.startswith(("Undo", "Mark Undone", "Was It", "Report", "Nobody")) for one in nexts):
        return "undone"
    return "goes_on"


def states_table(name: str) -> str:
    """Return a row for each state: what it does, where its failure leads, what a person does.

    Raises KeyError for a state that can fail and has no remedy, and for a remedy of no such state.
    """
    states, remedies = dict(states_of(_flow(name))), REMEDIES[name]
    fallible = {title for title, state in states.items() if "Catch" in state}
    if strange := fallible ^ set(remedies):
        named = ", ".join(sorted(strange))
        raise KeyError(f"{name}: {named}: lab.documents.remedies has one for each state that fails")
    rows = [
        f"| {title} | {_comment(state)} | {_failure(state)} | {remedies.get(title, '')} |"
        for title, state in states.items()
    ]
    head = "| state | what it does | where it fails for good | what you do then |"
    return "\n".join([head, "|---|---|---|---|", *rows])


def _comment(state: State) -> str:
    return str(state["Comment"]).replace("|", "\\|")


def _failure(state: State) -> str:
    if "Catch" not in state:
        return ""
    tries = max((one["MaxAttempts"] for one in state.get("Retry", ())), default=0)
    again = f"tried up to {tries + 1} times; " if tries else ""
    ways = [f"{_errors(one)} → {one['Next']}" for one in state.get("Catch", ())]
    return again + ", ".join(ways)


def _errors(catch: State) -> str:
    names = [one for one in catch["ErrorEquals"] if one != "States.ALL"]
    return ", ".join(f"`{one}`" for one in names) or "any error"


FLOW_DOCUMENTS = tuple(
    Document(_PAGES.get(flow, _RUNBOOK), partial(make, flow), part=f"{flow} {part}")
    for flow in FLOWS
    for part, make in (("picture", flow_picture), ("states", states_table))
)
