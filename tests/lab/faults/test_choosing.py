"""Which faults a drill has."""

import random
from dataclasses import replace

import pytest

from lab.clouds.options import LabOptions
from lab.drill.options import DrillOptions
from lab.drill.soak import drills_of
from lab.faults.asking import Asked, parse_fault
from lab.faults.catalogue import FAULTS
from lab.faults.choosing import completed, drawn
from lab.faults.fault import Effect, Order


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


@pytest.mark.parametrize(
    ("asked", "faults"),
    [
        ("lag", ["lag", "region-loss@+2s"]),
        ("replication-broken", ["replication-broken:slot", "region-loss@+2s"]),
        ("disk-full:azure", ["disk-full:azure", "region-loss@+2s"]),
        ("token-expired:eks", ["token-expired:eks", "region-loss@+2s"]),
        ("aws-returns", ["region-loss", "aws-returns@+3s"]),
        ("azure-function-down", ["region-loss", "azure-function-down"]),
        ("lag@+5s", ["region-loss", "lag@+5s"]),
    ],
)
def test_a_fault_is_there_when_it_has_something_to_act_on(asked: str, faults: list[str]) -> None:
    """The outage comes a moment after what it would leave nothing to, and before what follows."""
    assert [str(one) for one in completed([parse_fault(asked)], "async")] == faults


def test_alone_nothing_is_added() -> None:
    """A fault that is no outage can be drilled in quiet times, and no failover may come of it."""
    faults = completed([parse_fault("lag")], "sync", alone=True)
    assert faults == (parse_fault("lag"),)
    assert DrillOptions(faults=faults, alone=True).quiet
    assert not DrillOptions(faults=faults).quiet


def test_a_step_by_lot_is_one_of_each_way() -> None:
    """What is asked for any step is there on the way home too, where it would be over else."""
    faults = completed([parse_fault("step-crash")], "sync")
    assert [str(one) for one in faults] == [
        "region-loss",
        "step-crash:any",
        "step-crash:any@home+0s",
    ]


def lots(replication: str) -> list[tuple[Asked, ...]]:
    """Return many drills' faults as they are drawn."""
    seeds = range(400)
    return [drawn(random.Random(seed), replication) for seed in seeds]  # noqa: S311 - dice


def test_what_is_drawn_can_act_where_it_is() -> None:
    """Each is on a way that it can act on, and where it must be first or last, it is."""
    for faults in lots("async"):
        assert all(one.leg in one.fault.legs(one.argument) for one in faults)
        outage, *others = faults
        for one in (other for other in others if other.leg == "out"):
            if one.fault.order is Order.FIRST:
                assert one.start_seconds <= outage.start_seconds
            if one.fault.order is Order.AFTER:
                assert one.start_seconds > outage.start_seconds


def test_a_soak_draws_every_kind_of_drill() -> None:
    """Outages that pass or start late, quiet faults beside one, and companions alone."""
    drawings = lots("sync")
    outages = [one[0] for one in drawings if one[0].effect("sync") is Effect.OUTAGE]
    assert {one.seconds is None for one in outages} == {True, False}
    assert len({one.start_seconds for one in outages}) > 10
    beside = [other.effect("sync") for one in drawings for other in one[1:]]
    assert {Effect.QUIET, Effect.COMPANION} <= set(beside)
    alone = {one[0].effect("sync") for one in drawings if len(one) == 1}
    assert {Effect.QUIET, Effect.COMPANION} <= alone


def test_a_seed_draws_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine cannot have is drawn all the same."""
    commands = [drill.command for drill in drills_of(20, 1)]
    other = replace(FAULTS["disk-full"], why_not=lambda: "it has no compiler")
    monkeypatch.setitem(FAULTS, "disk-full", other)
    assert [drill.command for drill in drills_of(20, 1)] == commands


@pytest.mark.parametrize("replication", ["sync", "async"])
def test_drawn_faults_can_be_asked_for_by_their_words(replication: str) -> None:
    """Whatever is drawn has an outage or is one fault alone, and its words mean the same again."""
    for seed in range(200):
        chance = random.Random(seed)  # noqa: S311 - a test's dice
        faults = drawn(chance, replication)
        assert tuple(parse_fault(str(one)) for one in faults) == faults
        effects = [one.effect(replication) for one in faults if one.leg == "out"]
        assert Effect.OUTAGE in effects or len(effects) == len(faults) == 1


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


@pytest.mark.parametrize(
    "fault",
    [
        "step-crash",
        "step-twice",
        "lag",
        "replay-paused",
        "slow-link:azure-orchestrator",
        "clock-skew",
    ],
)
def test_what_landbridge_gets_over_by_itself(fault: str) -> None:
    """Where the page says that the run goes on, it must; async asks a person for the loss."""
    assert recovers(fault, "sync")
    assert not recovers(fault, "async")


@pytest.mark.parametrize("fault", ["image-pull", "aws-returns", "state-machine-restart"])
def test_what_may_need_a_person_or_no_failover_is_not_promised(fault: str) -> None:
    """A run that stops says how to go on, and an AWS that is back may serve on."""
    assert not recovers(fault, "sync")


def recovers(fault: str, replication: str) -> bool:
    """Whether a drill of it and of AWS's loss must end well by itself."""
    faults = completed([parse_fault(fault)], replication)
    return DrillOptions(lab=LabOptions(replication=replication), faults=faults).recovers


def test_every_fault_has_its_sentence_and_distinct_arguments() -> None:
    """The list that people choose from says what each is."""
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert len(fault.sentence.split()) > 2
        assert len(set(fault.arguments)) == len(fault.arguments)
