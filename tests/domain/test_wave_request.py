"""What several workloads are moved with, and what each starter is asked for."""

from typing import Any

import pytest

from landbridge.domain.errors import ConfigurationError, InvalidEventError
from landbridge.domain.starting import parse_request
from landbridge.domain.wave_request import (
    parse_waves,
    request_document,
    workload_event,
    workload_run,
)
from landbridge.domain.wave_settings import VARIABLE, WaveSettings, wave_settings_from

NOW = 1795424600.0
REQUEST = {"reason": "AWS is lost", "occurred_at": NOW}


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ([], "event: a list is not an object"),
        ({}, "reason: missing"),
        ({**REQUEST, "flow": "sideways"}, "flow: 'sideways' is no way to go"),
        ({**REQUEST, "flow": []}, "flow: a list is no way to go"),
        ({**REQUEST, "trigger": "alarm"}, "trigger: 'alarm' moves one workload"),
        ({**REQUEST, "planned": 1}, "planned: 1 is not true or false"),
    ],
)
def test_what_is_no_request_is_refused_by_name(event: Any, words: str) -> None:
    """The error names the field."""
    with pytest.raises(InvalidEventError, match=words):
        parse_waves(event, NOW)


def test_both_ways_may_be_asked_for_in_one_second() -> None:
    """They are two incidents, and copies of one request are one."""
    out, home = (parse_waves({**REQUEST, "flow": flow}, NOW) for flow in ("failover", "failback"))
    assert out.request.incident != home.request.incident
    assert out == parse_waves({**REQUEST, "flow": "failover"}, NOW + 1)


def test_the_machines_own_input_is_a_request_again() -> None:
    """What the starter handed on is read as the same request."""
    asked = parse_waves({**REQUEST, "flow": "failback", "force": True}, NOW)
    handed = {**request_document(asked), "incident": asked.request.incident, "occurred_at": NOW}
    assert parse_waves({**handed, "flow": "failback", "trigger": "manual"}, NOW) == asked


def test_a_workload_is_asked_as_a_person_asks_in_its_own_turn() -> None:
    """A later wave is no old event; a copy of one turn names the same run."""
    asked = request_document(parse_waves({**REQUEST, "planned": True}, NOW))
    event = workload_event("waves-1", asked, "2026-11-23T10:00:00.000Z")
    request = parse_request(event, NOW)
    assert (request.trigger, request.reason, request.planned) == ("manual", "AWS is lost", True)
    assert request.occurred_at == 1795428000.0
    assert workload_run("failover", event, NOW) == workload_run("failover", event, NOW + 60)
    assert workload_run("failback", event, NOW).startswith("failback-manual-1795428000-")


def test_the_settings_survive_the_environment() -> None:
    """What the stack writes is what the functions read; anything else is refused."""
    settings = WaveSettings({"orders": (), "billing": ("orders",)}, 5)
    assert wave_settings_from({VARIABLE: settings.text()}) == settings
    for text in ("", "x", "[]", '{"after": []}', '{"after": {}}'):
        with pytest.raises(ConfigurationError, match=VARIABLE):
            wave_settings_from({VARIABLE: text})
