"""Who starts the takeover of a drill: the timer, or a person who has seen what DNS says."""

from types import SimpleNamespace
from typing import Any

import pytest

from lab.drill import azure_on_call, on_call
from lab.drill.azure_on_call import AzureOnCall
from lab.drill.on_call import NO_RUN
from lab.drill.person import CommandError
from landbridge.adapters.operations import FAILOVER, Execution


class Person:
    """Sees AWS down at the second look; the command may refuse."""

    def __init__(self, said: list[str], error: str = "") -> None:
        self.said, self._error, self._looks = said, error, 0

    def checkers_say_down(self) -> bool:
        """Look once."""
        self._looks += 1
        return self._looks > 1

    def take_over(self, reason: str, *, accept_data_loss: bool = False) -> str:
        """Start it, and note with what."""
        assert reason
        self.said.append(f"takes over at look {self._looks}, loss accepted: {accept_data_loss}")
        if self._error:
            raise CommandError(self._error)
        return "takeover-manual-1"


def operator(
    monkeypatch: pytest.MonkeyPatch, said: list[str], *, by_hand: bool, error: str = ""
) -> AzureOnCall:
    """Return who is on call in a lab of names; ``said`` gets what is done."""
    monkeypatch.setattr(azure_on_call, "PersonInAzure", lambda _clouds: Person(said, error))
    monkeypatch.setattr(azure_on_call, "takeover_names", lambda _clouds: ["takeover-timer-1"])

    def follow(_clouds: object, name: str, _seen: object) -> Execution:
        return Execution(name, "", "SUCCEEDED", 1.0, 2.0, (), {}, "", "")

    monkeypatch.setattr(on_call, "follow", follow)
    clouds: Any = SimpleNamespace(operations=SimpleNamespace(executions=lambda *_: []))
    return AzureOnCall(clouds, said.append, lambda _run: None, by_hand=by_hand)


def test_a_person_acts_when_the_checkers_see_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """One witness alone would be refused: the person looks at DNS until it says so."""
    said: list[str] = []
    on_call = operator(monkeypatch, said, by_hand=True)
    assert on_call._first(set(), 10.0) == ""
    assert "takes over at look 2, loss accepted: False" in said
    assert [run.name for run in on_call.runs] == ["takeover-manual-1"]


def test_the_timers_run_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody acts; the run that was not there before is the way out."""
    said: list[str] = []
    on_call = operator(monkeypatch, said, by_hand=False)
    assert on_call._first(set(), 10.0) == ""
    assert [run.name for run in on_call.runs] == ["takeover-timer-1"]
    assert not [one for one in said if one.startswith("takes over")]


def test_going_on_is_another_takeover(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what the person accepts; what the command refuses is no run."""
    said: list[str] = []
    assert operator(monkeypatch, said, by_hand=True)._start(FAILOVER, accept_data_loss=True) == ""
    assert said[0].endswith("loss accepted: True")
    refused = operator(monkeypatch, said, by_hand=True, error="the Function App is down")
    assert refused._start(FAILOVER) == NO_RUN
    assert said[-1] == "Not started: the Function App is down"


def test_others_are_followed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A takeover that began by itself meanwhile, but none of before."""
    said: list[str] = []
    on_call = operator(monkeypatch, said, by_hand=True)
    on_call.follow_others({"takeover-timer-1"})
    assert on_call.runs == []
    on_call.follow_others(set())
    assert [run.name for run in on_call.runs] == ["takeover-timer-1"]
