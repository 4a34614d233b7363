"""Rule 4: a failover without an outage is found, and an answer of DNS that left a healthy AWS."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.judgement.evidence import DnsSeen, Evidence, FaultSeen, HealthSeen
from lab.judgement.finding import Finding, Rule
from lab.judgement.judge import judge
from tests.lab.judgement.simulated import BEGAN, Plan, changed_run, simulate

Bend = Callable[[Evidence], Evidence]


def found_in(evidence: Evidence) -> list[Finding]:
    """Return what the rule finds."""
    return [one for one in judge(evidence) if one.rule is Rule.QUIET]


def with_fault(evidence: Evidence, **changes: object) -> Evidence:
    """Return the evidence with another fault in place of the loss of AWS."""
    changed = replace(evidence.faults[0], **changes)  # type: ignore[arg-type]
    return replace(evidence, faults=(changed,))


def with_answers(evidence: Evidence, *answers: DnsSeen) -> Evidence:
    """Return the evidence with more answers of DNS."""
    every = sorted((*(evidence.dns or ()), *answers), key=lambda one: one.at)
    return replace(evidence, dns=tuple(every))


@pytest.mark.parametrize("effect", ["quiet", "companion", "stalled"])
def test_a_failover_for_less_than_an_outage_is_found(effect: str) -> None:
    """AWS served on, or only waited for Azure: the alarm's run moved the workload, and DNS."""
    found, answered = found_in(with_fault(simulate(Plan()), effect=effect))

    assert (found.grave, answered.grave) == (True, True)
    assert "DNS went from aws to azure" in answered.sentence
    assert "run failover-alarm-0 left AWS, and no outage was on" in found.sentence
    assert found.details == ("region-loss",)


def test_a_failover_before_its_outage_is_found() -> None:
    """A fault that begins later is no cause."""
    evidence = simulate(Plan())
    assert evidence.runs is not None

    assert found_in(with_fault(evidence, began_at=evidence.runs[0].started_at + 0.1))


REFUSED = {"status": "FAILED", "outcome": "refused", "point": "undone", "ended_at": BEGAN + 9.0}


def at_home(fault: FaultSeen, **changes: object) -> Evidence:
    """Return a drill in which no database but AWS's first took writes, and one failover ran."""
    moved, home = simulate(Plan()), simulate(Plan(cycles=0))
    assert moved.runs is not None
    run = replace(moved.runs[0], **changes)  # type: ignore[arg-type]
    return replace(home, runs=(run,), faults=(fault,))


STALL = FaultSeen("standby-outage", "stalled", BEGAN, None)


@pytest.mark.parametrize("trigger", ["alarm", "manual"])
def test_a_run_may_be_refused_while_aws_waits_for_azure(trigger: str) -> None:
    """It engaged the gate and undid that: nobody was moved, and DNS stayed."""
    assert found_in(at_home(STALL, **REFUSED, trigger=trigger)) == []


def test_a_refused_run_lets_dns_leave_no_aws_that_waits_for_azure() -> None:
    """Not even for the moment in which its gate was engaged."""
    evidence = at_home(STALL, **REFUSED)
    assert evidence.runs is not None
    during = DnsSeen(evidence.runs[0].started_at + 0.1, "azure")

    assert len(found_in(with_answers(evidence, during))) == 1


def test_an_outage_beside_it_is_left_as_ever() -> None:
    """Azure is away as well, and AWS is lost: the failover has its cause."""
    evidence = simulate(Plan())

    assert found_in(replace(evidence, faults=(STALL, *evidence.faults))) == []


def test_the_operator_is_no_cause() -> None:
    """A person who starts a failover from an AWS that serves is found as an alarm is."""
    evidence = with_fault(changed_run(simulate(Plan()), "failover", trigger="manual"))

    found = found_in(replace(evidence, faults=()))

    assert "left AWS, and no outage was on" in found[0].sentence


def test_an_outage_that_begins_under_a_persons_run_is_one() -> None:
    """It was started for less, and what it found was an outage."""
    evidence = changed_run(simulate(Plan()), "failover", trigger="manual")
    assert evidence.runs is not None

    assert found_in(with_fault(evidence, began_at=evidence.runs[0].started_at + 0.1)) == []


@pytest.mark.parametrize(("point", "findings"), [("stopped", 0), ("undone", 2)])
def test_who_goes_on_with_a_failover_has_its_cause(point: str, findings: int) -> None:
    """AWS is well again and was left half way: going on needs no outage, beginning anew does."""
    evidence = simulate(Plan())
    assert evidence.runs is not None
    second = replace(evidence.runs[0], trigger="manual")
    first = replace(
        second, name="first", trigger="alarm", started_at=BEGAN, ended_at=BEGAN + 0.5, point=point
    )
    fault = FaultSeen("region-loss", "outage", BEGAN - 9.0, BEGAN + 0.1)
    evidence = replace(
        evidence, runs=(first, second, *evidence.runs[1:]), faults=(fault,), settle_seconds=0.0
    )

    assert len(found_in(evidence)) == findings


def test_a_failover_long_after_aws_served_again_is_found() -> None:
    """An outage that was over for the users starts nothing any more."""
    evidence = with_fault(simulate(Plan()), began_at=BEGAN - 90.0, ended_at=BEGAN - 60.0)
    evidence = replace(evidence, settle_seconds=1.0)

    assert [one.grave for one in found_in(evidence)] == [True, True]


def test_an_outage_lasts_until_users_are_served_again() -> None:
    """A region that is back and does not serve yet may still be failed over from."""
    evidence = simulate(Plan())
    assert evidence.runs is not None
    ended = evidence.faults[0].began_at + 0.1
    evidence = replace(with_fault(evidence, ended_at=ended), settle_seconds=0.0)

    assert found_in(evidence) == []


@pytest.mark.parametrize("asked", [{"trigger": "manual", "planned": True}, {"trigger": "gameday"}])
def test_what_was_planned_needs_no_outage(asked: dict[str, object]) -> None:
    """A switchover moves the workload away from an AWS that serves, and so does a GameDay."""
    evidence = changed_run(simulate(Plan()), "failover", **asked)

    assert found_in(replace(evidence, faults=())) == []


def test_a_run_that_is_refused_before_it_acts_is_no_failover() -> None:
    """Votes that say no are what quiet times shall come to."""
    evidence = changed_run(simulate(Plan(cycles=1)), "failover", acted=False)
    quiet = replace(evidence, faults=(), dns=(DnsSeen(BEGAN - 1.0, "aws"),))

    assert found_in(quiet) == []


@pytest.mark.parametrize("site", ["azure", "none"])
def test_an_answer_that_leaves_aws_in_quiet_times_is_found(site: str) -> None:
    """Before the failover AWS is in DNS, whatever the standby does."""
    evidence = with_answers(
        simulate(Plan()), DnsSeen(BEGAN + 0.5, site), DnsSeen(BEGAN + 0.6, "aws")
    )

    (found,) = found_in(evidence)

    assert found.grave
    assert f"DNS went from aws to {site}" in found.sentence
    assert "the checkers had AWS as healthy" in found.sentence


def test_what_dns_answered_before_the_drill_is_not_judged() -> None:
    """A lab that comes up has checkers that know nothing yet."""
    early = DnsSeen(BEGAN - 0.9, "azure"), DnsSeen(BEGAN - 0.8, "aws")

    assert found_in(with_answers(simulate(Plan()), *early)) == []


def test_an_answer_that_leaves_aws_after_the_way_home_is_found() -> None:
    """The failover that is over allows nothing any more."""
    evidence = simulate(Plan())
    assert evidence.runs is not None
    end = evidence.runs[-1].ended_at or 0.0

    assert len(found_in(with_answers(evidence, DnsSeen(end + 5.0, "azure")))) == 1


def test_an_answer_that_leaves_aws_after_an_undone_failover_is_found() -> None:
    """What was undone allowed it while it lasted, and no longer."""
    evidence = simulate(Plan(cycles=0))
    moved = simulate(Plan())
    assert moved.runs is not None
    undone = replace(moved.runs[0], point="undone", status="FAILED", planned=True)
    evidence = replace(evidence, runs=(undone,))
    during, after = undone.started_at + 0.1, (undone.ended_at or 0.0) + 1.0

    assert found_in(with_answers(evidence, DnsSeen(during, "azure"))) == []
    assert len(found_in(with_answers(evidence, DnsSeen(after, "azure")))) == 1


def test_dns_that_falls_back_to_aws_while_azure_is_active_may_leave_it_again() -> None:
    """Route 53 answers the primary while the secondary is unhealthy: AWS was not left anew."""
    evidence = simulate(Plan())
    assert evidence.dns is not None
    away = next(one.at for one in evidence.dns if one.site == "azure")

    answers = DnsSeen(away + 0.2, "aws"), DnsSeen(away + 0.4, "azure")

    assert found_in(with_answers(evidence, *answers)) == []


@pytest.mark.parametrize("skew_seconds", [0.0, 3600.0])
def test_dns_may_do_so_until_aws_is_admitted_again(skew_seconds: float) -> None:
    """The way home has begun, and Azure serves on; AWS's clock says nothing of when it ended."""
    evidence = simulate(Plan())
    assert evidence.runs is not None
    begun, ended = evidence.runs[-1].started_at, evidence.runs[-1].ended_at or 0.0
    epochs = {
        site: (*rows[:-1], replace(rows[-1], written_at=rows[-1].written_at + skew_seconds))
        for site, rows in evidence.epochs.items()
        if rows
    }
    evidence = replace(evidence, epochs=epochs)
    early = DnsSeen(begun + 0.1, "aws"), DnsSeen(begun + 0.2, "azure")

    assert found_in(with_answers(evidence, *early)) == []
    assert len(found_in(with_answers(evidence, DnsSeen(ended + 1.0, "azure")))) == 1


def test_the_checkers_word_is_told_with_it() -> None:
    """Who looks into it learns whether the checkers were misled."""
    evidence = with_answers(simulate(Plan(cycles=0)), DnsSeen(BEGAN + 0.5, "azure"))
    ill = replace(evidence, health=(HealthSeen(BEGAN, True), HealthSeen(BEGAN + 0.4, False)))
    unseen = replace(evidence, health=None)

    assert "the checkers had AWS as unhealthy" in found_in(ill)[0].sentence
    assert "the checkers had AWS as unknown" in found_in(unseen)[0].sentence


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (lambda e: replace(e, runs=None), "the machines' executions could not be asked for"),
        (lambda e: replace(e, dns=None), "what DNS answered from the beginning on is not known"),
        (lambda e: replace(e, dns=()), "what DNS answered from the beginning on is not known"),
        (
            lambda e: replace(e, dns=(DnsSeen(BEGAN + 1.0, "aws"),)),
            "what DNS answered from the beginning on is not known",
        ),
    ],
)
def test_what_nobody_can_judge_is_found_too(bend: Bend, why: str) -> None:
    """A journal that begins late, or is not there, proves nothing."""
    found = found_in(bend(simulate(Plan())))

    assert f"not judged: {why}" in [one.sentence for one in found if one.grave]


def test_an_outage_that_is_not_over_is_one() -> None:
    """A fault without an end was on until the end."""
    fault = FaultSeen("region-loss", "outage", BEGAN, None)

    assert found_in(replace(simulate(Plan()), faults=(fault,))) == []
