"""An alarm's event, from the rule to the operators' topic."""

from typing import Any

import pytest

from landbridge.adapters.runs import PREFLIGHT, put_record
from landbridge.domain.errors import SiteUnknownError
from tests.functions.world import World, handler

EVENT: dict[str, Any] = {
    "detail": {
        "alarmName": "landbridge-orders-failover-impossible",
        "state": {"value": "ALARM", "reason": "Threshold Crossed"},
        "previousState": {"value": "OK"},
    }
}
REPORT = {
    "checks": [
        {"name": "slot", "result": "pass", "reason": "fine", "remedy": ""},
        {"name": "images", "result": "fail", "reason": "Azure has 1", "remedy": "deploy 2"},
    ]
}


@pytest.fixture(autouse=True)
def _topic(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler("tell_alarm"), "publish", world.publish)


def test_the_operators_are_told_what_the_last_preflight_found(world: World) -> None:
    """One message, with the check that fails."""
    put_record(*PREFLIGHT, 1.0, REPORT)
    assert world.run("tell_alarm", EVENT) == {"message_id": "message-1"}
    ((subject, message),) = world.messages
    assert subject == "landbridge: orders: failover-impossible"
    assert "- images: Azure has 1. Remedy: deploy 2." in message
    assert "slot" not in message


def test_a_table_that_does_not_answer_delays_no_alarm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says that it could not be read."""

    def lost(*_key: str) -> None:
        raise SiteUnknownError("runs table: throttled")

    monkeypatch.setattr(handler("tell_alarm"), "read_record", lost)
    world.run("tell_alarm", EVENT)
    assert "could not be read" in world.messages[0][1]


def test_an_alarm_that_was_just_made_is_no_news(world: World) -> None:
    """From no data to OK: nobody is woken."""
    detail = {
        **EVENT["detail"],
        "state": {"value": "OK"},
        "previousState": {"value": "INSUFFICIENT_DATA"},
    }
    assert world.run("tell_alarm", {"detail": detail}) == {"message_id": ""}
    assert world.messages == []
