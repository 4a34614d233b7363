"""Which faults a drill has."""

import random

import pytest

from lab.drill.options import DrillOptions
from lab.drill.soak import drills_of
from lab.faults.catalogue import FAULTS
from lab.faults.choosing import completed, drawn
from lab.faults.fault import Effect
from lab.faults.schedule import parse_fault


def test_nothing_asked_for_is_the_loss_of_the_region() -> None:
    """The default drill loses AWS."""
    assert [one.fault.name for one in completed([], "sync")] == ["region-loss"]


def test_an_outage_needs_no_other() -> None:
    """What takes AWS out of service is failed over from by itself."""
    assert completed([parse_fault("health-only")], "sync") == (parse_fault("health-only"),)


@pytest.mark.parametrize(
    "words", [["standby-outage"], ["partition:aws-azure", "checker-disagreement:few"]]
)
def test_an_aws_that_waits_for_azure_is_watched_alone(words: list[str]) -> None:
    """AWS must not be left then, so no loss of it is put beside."""
    asked = [parse_fault(one) for one in words]

    assert [str(one) for one in completed(asked, "sync")] == words


def test_what_begins_on_the_way_home_needs_a_way_out() -> None:
    """A fault of the failback alone is preceded by an outage."""
    asked = completed([parse_fault("health-only@home+1s")], "sync")
    assert [str(one) for one in asked] == ["region-loss", "health-only@home+1s"]


@pytest.mark.parametrize("replication", ["sync", "async"])
def test_drawn_faults_can_be_asked_for_by_their_words(replication: str) -> None:
    """Whatever is drawn has an outage or leaves AWS well, and its words mean the same again."""
    for seed in range(200):
        chance = random.Random(seed)  # noqa: S311 - a test's dice
        faults = drawn(chance, replication)
        assert tuple(parse_fault(str(one)) for one in faults) == faults
        effects = [one.effect(replication) for one in faults if one.leg == "out"]
        assert Effect.OUTAGE in effects or effects in ([Effect.QUIET], [Effect.STALLED])


def test_a_soak_with_one_seed_has_one_set_of_drills() -> None:
    """The same seed draws the same drills, however many are played, and another draws others."""
    commands = [drill.command for drill in drills_of(8, 1)]
    assert commands[:5] == [drill.command for drill in drills_of(5, 1)]
    assert len(set(commands)) == len(commands)
    assert not set(commands) & {drill.command for drill in drills_of(8, 2)}


def test_only_a_clean_outage_must_be_recovered_from() -> None:
    """With more broken, a run may refuse; the loss of AWS alone it must survive."""
    assert DrillOptions(faults=(parse_fault("region-loss"),)).must_recover
    assert not DrillOptions(faults=(parse_fault("region-loss/3s"),)).must_recover


def test_every_fault_has_its_sentence_and_distinct_arguments() -> None:
    """The list that people choose from says what each is."""
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert len(fault.sentence.split()) > 2
        assert len(set(fault.arguments)) == len(fault.arguments)
