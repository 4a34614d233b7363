"""A GameDay's record: what both of its runs cost, as their own records have it, and how it ended.

The figures are the runs' (``landbridge.domain.incident``): the orchestrator's estimates. What is
not known is None, never zero.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from landbridge.domain.gameday_ending import GamedayEnding
from landbridge.domain.run_record import REASON_CHARACTERS, SCHEMA

__all__ = ["figures_in_words", "gameday_record", "gameday_steps"]

Record = Mapping[str, Any]

# What the state has of each phase: its title, where it began, and where it was last looked at.
_PHASES = (
    ("Announced", "announcement", "watched_announced"),
    ("On the way out", "out_leg", "watched_out"),
    ("Azure serves", "watched_out", "watched_soak"),
    ("On the way home", "home_leg", "watched_home"),
)


def gameday_record(
    run: str,
    state: Mapping[str, Any],
    ending: GamedayEnding,
    *,
    started_at: float,
    ended_at: float | None,
    out: Record | None,
    home: Record | None,
) -> dict[str, Any]:
    """Return the short record, JSON-safe, times in epoch seconds; ``out``, ``home`` are its runs'.

    ``rpo_bytes`` is of both ways together: not known where one of them that moved does not know it.
    """
    # One that was refused for its input has it where the machine's input was.
    request = state.get("request") or state.get("input")
    request = request if isinstance(request, Mapping) else {}
    ways = [one for one in (out, home) if one is not None]
    lost = [one["rpo_bytes"] for one in ways]
    return {
        "schema": SCHEMA,
        "run": run,
        "flow": "gameday",
        "kind": "gameday",
        "trigger": str(request.get("trigger", "manual")),
        "reason": str(request.get("reason", "")),
        "planned": request.get("planned", True) is True,
        "outcome": ending.mark,
        "outcome_reason": ending.reason[:REASON_CHARACTERS],
        "started_at": started_at,
        "ended_at": ended_at,
        "runs": [one["run"] for one in ways],
        "rto_estimated_seconds": out["rto_estimated_seconds"] if out else None,
        "rto_counts_from": out["rto_counts_from"] if out else None,
        "hold_out_estimated_seconds": out["hold_estimated_seconds"] if out else None,
        "hold_home_estimated_seconds": home["hold_estimated_seconds"] if home else None,
        "rpo_bytes": sum(lost) if lost and None not in lost else None,
        "manual_steps": [*_by_hand(run, ending), *(s for one in ways for s in one["manual_steps"])],
    }


def _by_hand(run: str, ending: GamedayEnding) -> Iterator[str]:
    if ending.mark == "aborted":
        yield f"{ending.reason} ({run})"


def figures_in_words(record: Record) -> str:
    """Return one line for the operators' message; empty where nothing was moved."""
    if not record["runs"]:
        return ""
    lost = record["rpo_bytes"]
    parts = [
        f"RTO {_seconds(record['rto_estimated_seconds'])}",
        f"writes held {_seconds(record['hold_out_estimated_seconds'])} on the way out",
        f"{_seconds(record['hold_home_estimated_seconds'])} on the way home",
        "loss not known" if lost is None else f"{lost} bytes lost",
        f"by hand: {len(record['manual_steps'])}",
    ]
    return f"As the orchestrator estimates: {', '.join(parts)}.\n"


def _seconds(value: float | None) -> str:
    return "not known" if value is None else f"{value:.1f} s"


def gameday_steps(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the phases that were begun, as a run's record has its steps."""
    return [
        {
            "name": begun,
            "title": title,
            "started_at": state[begun]["at"],
            "ended_at": state.get(looked, {}).get("at"),
            "result": str(state.get(looked, {}).get("action", "not looked at")).replace("_", " "),
            "attempts": 1,
            "output": "",
            "cause": "",
        }
        for title, begun, looked in _PHASES
        if "at" in state.get(begun, {}) and (begun != "watched_out" or looked in state)
    ]
