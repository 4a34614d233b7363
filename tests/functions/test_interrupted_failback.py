"""A failback that is cut, anywhere and any number of times: started again, the workload is home."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from landbridge.domain.errors import LandbridgeError
from landbridge.domain.votes import ProbeOutcome
from tests.functions.interruptions import (
    ALARM,
    AT_ANY_PRICE,
    LEASE_SECONDS,
    PLANNED,
    Interruptions,
    Start,
    restarted_aws,
    restarted_azure,
    signature,
)
from tests.functions.wholeness import what_is_wrong
from tests.functions.world import World
from tests.statemachines.machine import Run

HOME = Start("failback", {"trigger": "manual", "reason": "AWS is back"})
Begin = Callable[..., Interruptions]
Fault = Callable[[World], None]


def lost(world: World) -> None:
    """Lose AWS's region."""
    world.lose_aws()


def lost_behind(world: World) -> None:
    """Lose AWS's region while Azure does not have all of it."""
    world.azure.linked = False
    world.users.write(world)
    world.lose_aws()
    world.azure.linked = True


def unready(world: World) -> None:
    """Let AWS's entry answer 503; its database is fenced, and lives."""
    world.break_health()


def well(_world: World) -> None:
    """Let nothing be wrong."""


def away(begin: Begin, fault: Fault, request: Mapping[str, Any], mode: str) -> Interruptions:
    """Return a world whose workload went to Azure, with AWS back."""
    one = begin(mode)
    fault(one.world)
    gone = one.start(Start("failover", request))
    assert gone.ended_in == "Recovered", one.told(gone)
    one.world.return_aws()
    return one


def check_of(one: Interruptions) -> Callable[[Run], None]:
    """Return the check that a run ended at home."""

    def ends_at_home(run: Run) -> None:
        assert run.ended_in == "Returned" or run.error == "AlreadyOnAwsError", one.told(run)
        wrong = what_is_wrong(one.world, "aws", frozenset(one.world.aws.exported))
        assert wrong == [], f"{wrong}\n{one.told(run)}"

    return ends_at_home


@pytest.mark.parametrize(
    ("fault", "request_", "mode", "changes"),
    [
        pytest.param(lost, ALARM, "sync", [restarted_aws, restarted_azure], id="region lost"),
        pytest.param(unready, ALARM, "sync", [restarted_aws], id="fenced alive"),
        pytest.param(well, PLANNED, "async", [], id="planned, async"),
        pytest.param(lost_behind, AT_ANY_PRICE, "async", [], id="forked rows"),
    ],
)
def test_the_workload_comes_home(
    begin: Begin, fault: Fault, request_: Mapping[str, Any], mode: str, changes: list[Fault]
) -> None:
    """From every state that cuts, deaths, undoes and restarts leave: AWS serves, Azure follows."""
    one = away(begin, fault, request_, mode)
    assert one.from_everywhere([HOME], check_of(one), changes) > 60


def cut_and(one: Interruptions, meanwhile: Fault) -> None:
    """Cut a run anywhere, let something happen, start it again; check that it ends at home."""
    for what, moment, _ in one.cuts_of(HOME):
        one.world.recall(moment)
        one.world.now += LEASE_SECONDS
        one.story = [f"cut after {what}", f"then {meanwhile.__name__}"]
        meanwhile(one.world)
        one.world.now += LEASE_SECONDS
        check_of(one)(one.start(HOME))


def test_an_outage_of_aws_on_the_way_home(begin: Begin) -> None:
    """AWS goes away in the middle, a run meets that, AWS returns: no write of either is lost.

    Where AWS may have been admitted and cannot be asked, Azure's writes stay held.
    """
    one = away(begin, lost, ALARM, "sync")

    def outage(world: World) -> None:
        world.aws.stop(clean=False)
        world.eks_up = False
        world.own_probe = world.azure_probe = ProbeOutcome.REFUSED
        run = one.start(HOME)
        assert run.status == "FAILED", one.told(run)
        world.return_aws()

    cut_and(one, outage)


def test_an_alarm_on_the_way_home(begin: Begin) -> None:
    """A failover that starts where a failback stopped spoils nothing; the way home goes on."""
    one = away(begin, lost, ALARM, "sync")

    def alarmed(_world: World) -> None:
        one.start(Start("failover", ALARM))

    cut_and(one, alarmed)


def test_a_run_that_begins_too_soon_changes_nothing(begin: Begin) -> None:
    """While a dead run's lease lasts the next one is refused, and names it."""
    one = away(begin, lost, ALARM, "sync")
    held = 0
    for what, moment, _ in one.cuts_of(HOME):
        one.world.recall(moment)
        before, lock = signature(one.world), one.world.aks.lock
        if lock is None or not lock.holder:
            continue
        run = one.start(HOME)
        one.story = [f"cut after {what}"]
        assert run.error in {"LockHeldError", "AlreadyOnAwsError"}, one.told(run)
        assert (signature(one.world), one.world.aks.lock) == (before, lock), one.told(run)
        held += 1
    assert held > 20


def test_what_a_dead_run_still_sends_changes_nothing(begin: Begin) -> None:
    """Each step of the old run that comes after the new one has ended is refused, or does nothing.

    So is its undo.
    """
    one = away(begin, lost, ALARM, "sync")
    refused = set()
    for what, moment, dead in one.cuts_of(HOME):
        one.world.recall(moment)
        one.world.now += LEASE_SECONDS
        run = one.start(HOME)
        if run.error == "AlreadyOnAwsError":
            continue  # nobody took over from the dead run
        one.story = [f"cut after {what}"]
        after = signature(one.world)
        undo = {**dead.event_of("scale_primary"), "admitting": False}
        for step, event in (*dead.calls, ("undo_failback", undo)):
            try:
                one.world.run(step, event)
            except LandbridgeError as error:
                refused.add((step, type(error).__name__))
            assert signature(one.world) == after, f"{step}: {one.told(run)}"
    changing = {"hold_writes", "promote_primary", "admit_primary", "close_gate", "scale_primary"}
    changing |= {"rebuild_primary", "retire_standby", "undo_failback"}
    assert {(step, "StaleEpochError") for step in changing} - refused == set()
