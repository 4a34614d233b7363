"""The check of takeovers: what lacks for one, and a timer that is not as it is configured."""

from dataclasses import replace
from typing import Any

import pytest

from landbridge.domain.preflight.check import Check, Result
from landbridge.domain.preflight.takeover import (
    TakeoverFacts,
    read_takeover,
    settings_digest,
    takeover_checks,
)
from landbridge.domain.votes import Ballot, Vote
from tests.domain.preflight.healthy import settings

WANTED = settings(takeover={"client_id": "the-takeover", "automatic": "confirm"})
GOOD = TakeoverFacts(
    job_reason="",
    settings_reason="",
    client_id="the-takeover",
    digest=settings_digest(WANTED),
    timer_reason="",
    automatic="confirm",
    timer_seconds=30.0,
)
CHECKERS = Ballot("checkers", Vote.UP, "seen")


def check(**changes: Any) -> Check:
    """Return the one check of facts with these changes."""
    (found,) = takeover_checks(replace(GOOD, **changes), CHECKERS, WANTED)
    return found


def test_what_could_run_passes() -> None:
    """It says what the timer does."""
    assert check().result is Result.PASS
    assert check().reason == "its Job could be started; the timer is confirm"


@pytest.mark.parametrize(
    ("changes", "said", "remedy"),
    [
        ({"job_reason": "no job.json in it"}, "no takeover can be started", "takeover.yaml"),
        ({"settings_reason": "is not there"}, "would end at once", "--settings"),
        ({"client_id": ""}, "AZURE_CLIENT_ID", "--settings"),
        ({"digest": "another"}, "not the Lambdas'", "--settings"),
        ({"timer_reason": "no webhook"}, "the timer does nothing: no webhook", "Bicep"),
        ({"automatic": "on"}, "the timer is on after 30 s, cdk.json says confirm", "Bicep"),
        ({"timer_seconds": 60.0}, "the timer is confirm after 60 s", "Bicep"),
    ],
)
def test_what_lacks_is_a_warning_with_its_remedy(
    changes: dict[str, Any], said: str, remedy: str
) -> None:
    """No failover waits for a takeover, so that none of it fails the preflight."""
    found = check(**changes)
    assert found.result is Result.WARN
    assert said in found.reason
    assert remedy in found.remedy


def test_a_zone_that_does_not_say_what_the_checkers_see_is_a_warning() -> None:
    """Without its two records the timer never acts, and a takeover has a witness less."""
    silent = Ballot("checkers", Vote.UNKNOWN, "192.0.2.53:53: nothing")
    (found,) = takeover_checks(GOOD, silent, WANTED)
    assert found.result is Result.WARN
    assert "192.0.2.53:53: nothing" in found.reason
    assert "landbridge config records" in found.remedy
    (down,) = takeover_checks(GOOD, Ballot("checkers", Vote.DOWN, "seen"), WANTED)
    assert down.result is Result.PASS


def test_what_nobody_saw_is_unknown() -> None:
    """A Function App that did not answer says nothing of takeovers."""
    (found,) = takeover_checks(None, CHECKERS, WANTED)
    assert found.result is Result.UNKNOWN


def test_without_an_identity_there_is_no_takeover_to_check() -> None:
    """Whoever wants none is not warned for ever."""
    assert takeover_checks(GOOD, CHECKERS, settings()) == []


def test_settings_are_compared_by_what_they_say() -> None:
    """A default that is written out is the same; another budget is not."""
    spelt = settings(takeover={"client_id": "the-takeover", "automatic": "confirm", **DEFAULT})
    assert settings_digest(spelt) == settings_digest(WANTED)
    assert settings_digest(replace(WANTED, replication="async")) != settings_digest(WANTED)


DEFAULT = {"timer_seconds": 30}


def test_facts_of_another_version_are_refused() -> None:
    """A field that one side does not know is no fact."""
    with pytest.raises(TypeError):
        read_takeover({"job_reason": "", "more": 1})
