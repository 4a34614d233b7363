"""What a drill is asked to do, and what of it follows from who leads the way out."""

import pytest

from lab.clouds.options import LabOptions
from lab.drill.options import DrillOptions, Trigger, faults_for, lab_for
from lab.faults.asking import parse_fault
from lab.faults.choosing import completed

AWAY = "aws-control-plane-down"


def asked(trigger: Trigger, *faults: str) -> DrillOptions:
    """Return the drill as the command line makes it."""
    named = faults_for(trigger, [parse_fault(one) for one in faults])
    return DrillOptions(faults=completed(named, "sync"), trigger=trigger)


@pytest.mark.parametrize("trigger", [Trigger.TIMER, Trigger.HAND])
def test_before_a_takeover_every_api_of_aws_is_away_until_the_repair(trigger: Trigger) -> None:
    """Without that AWS's own executor would lead, and by the clock it would come back meanwhile."""
    options = asked(trigger)

    away = {one.fault.name: one.seconds for one in options.faults}
    assert away == {"region-loss": None, AWAY: None}
    assert options.executor == "azure"
    assert options.must_recover


def test_who_asks_for_a_length_gets_it_and_for_more_faults_too() -> None:
    """An AWS that is back after 5 s; a fault that makes the way out harder."""
    options = asked(Trigger.HAND, f"{AWAY}/5s", "lag")

    assert {str(one) for one in options.faults} >= {f"{AWAY}/5s", "lag"}
    assert not options.must_recover


def test_aws_leads_with_its_apis() -> None:
    """They are away only where somebody asks for that, for as long as always."""
    assert [str(one) for one in asked(Trigger.ALARM).faults] == ["region-loss"]
    (away,) = [one for one in asked(Trigger.ALARM, AWAY).faults if one.fault.name == AWAY]
    assert away.seconds == away.fault.seconds


def test_a_lab_has_what_its_trigger_needs() -> None:
    """A timer that may act, a watchdog whose patience is as quick as the lab; else nothing."""
    lab = LabOptions()
    assert lab_for(Trigger.TIMER, lab).automatic == "on"
    assert lab_for(Trigger.WATCHDOG, lab).budgets == {"watchdog_seconds": 6}
    assert lab_for(Trigger.WATCHDOG, LabOptions(realtime=True)).budgets == {}
    assert [lab_for(one, lab) for one in (Trigger.ALARM, Trigger.HAND)] == [lab, lab]


def test_the_command_says_who_starts_it() -> None:
    """So that the drill can be played again."""
    assert asked(Trigger.HAND).command.endswith("--trigger hand")
    assert "--trigger" not in asked(Trigger.ALARM).command
