"""What a GameDay's steps see of AWS: alarms, runs and starters, in memory."""

import json
from typing import Any

import pytest

from landbridge.adapters import environment, gameday_look
from landbridge.domain.gameday import Leg
from landbridge.domain.settings import VARIABLE
from tests.functions.world import World, handler
from tests.sample_settings import settings_document

__all__ = ["Outside", "outside"]

GAMEDAY = {"alarms": ["checkout"], "notice_seconds": 0, "soak_seconds": 60, "ways_seconds": 60}


class Outside:
    """What the steps see of AWS: alarms, runs and starters."""

    def __init__(self) -> None:
        self.on_aws: str | Exception | None = "OK"
        self.alarms = {"checkout": "OK"}
        self.running = ""
        self.since: list[Leg] = []
        self.status: dict[str, str] = {}
        # Runs that found nothing to do, and so left no record.
        self.idle: set[str] = set()
        self.asked: list[tuple[dict[str, Any], str]] = []
        self.answer: dict[str, Any] = {"started": True, "run": "failover-1", "reason": "watchdog"}

    def read_alarm_state(self, _name: str) -> str | None:
        """Answer for the alarm on AWS."""
        if isinstance(self.on_aws, Exception):
            raise self.on_aws
        return self.on_aws

    def ask_starter(self, event: dict[str, Any], flow: str = "failover") -> dict[str, Any]:
        """Answer for a starter."""
        self.asked.append((event, flow))
        return self.answer


@pytest.fixture
def outside(world: World, monkeypatch: pytest.MonkeyPatch) -> Outside:
    """Put doubles behind the steps' wires."""
    seen = Outside()
    monkeypatch.setenv(VARIABLE, json.dumps(settings_document(gameday=GAMEDAY)))
    environment.settings.cache_clear()
    monkeypatch.setattr(gameday_look, "read_alarm_state", seen.read_alarm_state)
    monkeypatch.setattr(gameday_look, "read_alarm_states", lambda _names: seen.alarms)
    monkeypatch.setattr(gameday_look, "executions_since", lambda _at: seen.since)
    monkeypatch.setattr(
        gameday_look, "run_record", lambda name: None if name in seen.idle else {"run": name}
    )
    for module in (gameday_look, handler("start_leg"), handler("close_gameday")):
        monkeypatch.setattr(module, "execution_status", lambda name: seen.status.get(name, ""))
    for step in ("check_gameday", "hand_over"):
        monkeypatch.setattr(handler(step), "running_execution", lambda: seen.running)
    for step in ("start_leg", "hand_over", "close_gameday"):
        monkeypatch.setattr(handler(step), "ask_starter", seen.ask_starter)
    for step in ("announce_gameday", "close_gameday"):
        monkeypatch.setattr(handler(step), "publish", world.publish)
    return seen
