"""A failover that is cut, anywhere and any number of times: started again, it comes to its end."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from landbridge.domain.errors import LandbridgeError
from landbridge.domain.gate import GateState
from tests.functions.interruptions import (
    ALARM,
    AT_ANY_PRICE,
    LEASE_SECONDS,
    ORDERS,
    PLANNED,
    RESUMED,
    Interruptions,
    Start,
    restarted_aws,
    restarted_azure,
    signature,
)
from tests.functions.wholeness import what_is_wrong
from tests.functions.world import World
from tests.statemachines.machine import Run

REFUSED = frozenset({"FenceUnconfirmedError", "OutageNotConfirmedError", "PromotionRefusedError"})
Begin = Callable[..., Interruptions]


def starts(request: dict[str, Any]) -> list[Start]:
    """Return a failover in each order of its branches."""
    return [Start("failover", request, order) for order in ORDERS]


def ends_in_azure(interruptions: Interruptions, lost: frozenset[str], one: Run) -> None:
    """Check that the run ended in Azure, and nothing is wrong there."""
    assert one.ended_in in {"Recovered", "Already On Azure"}, interruptions.told(one)
    wrong = what_is_wrong(interruptions.world, "azure", lost)
    assert wrong == [], f"{wrong}\n{interruptions.told(one)}"


def ends_whole(interruptions: Interruptions, one: Run) -> None:
    """Check that the run ended in Azure; or was refused, and AWS is as before."""
    if one.error in REFUSED:
        wrong = what_is_wrong(interruptions.world, "aws")
        assert wrong == [], f"{wrong}\n{interruptions.told(one)}"
    else:
        ends_in_azure(interruptions, frozenset(), one)


def test_a_lost_region(begin: Begin) -> None:
    """AWS is gone: from every state that cuts, deaths and restarts leave, Azure serves."""
    one = begin()
    one.world.lose_aws()
    check = partial(ends_in_azure, one, frozenset())
    assert one.from_everywhere(starts(ALARM), check, [restarted_azure]) > 10


def test_a_live_database_behind_a_dead_entry(begin: Begin) -> None:
    """AWS's database lives on, fenced or half fenced, and starts again: never a split brain."""
    one = begin()
    one.world.break_health()
    check = partial(ends_in_azure, one, frozenset())
    assert one.from_everywhere(starts(ALARM), check, [restarted_aws, restarted_azure]) > 100


def test_a_planned_switchover(begin: Begin) -> None:
    """Nothing is wrong with AWS. It ends in Azure, or is refused with AWS as it was."""
    one = begin()
    check = partial(ends_whole, one)
    changes = [restarted_aws, restarted_azure]
    assert one.from_everywhere(starts(PLANNED), check, changes) > 50


def test_a_planned_switchover_that_an_operator_resumes(
    begin: Begin,
) -> None:
    """``--resume`` asks for no plan: what AWS has lost already goes on, all else is undone."""
    one = begin()
    check = partial(ends_whole, one)
    again = [Start("failover", PLANNED), Start("failover", RESUMED)]
    assert one.from_everywhere(again, check) > 20


@pytest.mark.parametrize("request_", [ALARM, PLANNED], ids=["outage", "planned"])
def test_asynchronous_replication(begin: Begin, request_: dict[str, Any]) -> None:
    """AWS is fenced first, so nothing is lost; where it cannot be, the run is refused."""
    one = begin("async")
    if request_ is ALARM:
        one.world.break_health()
    check = partial(ends_whole, one)
    assert one.from_everywhere(starts(request_), check, [restarted_aws]) > 30


def test_a_lost_region_and_a_price(begin: Begin) -> None:
    """Asynchronous: what Azure had not received is lost, exactly that, however the run went."""
    one = begin("async")
    world, users = one.world, one.world.users
    assert users is not None
    world.azure.linked = False
    users.write(world)
    world.lose_aws()
    lost = frozenset(users.missing(world, "azure"))
    assert len(lost) == 3  # one by itself, and one at each thing that the last look changes
    one.from_everywhere(starts(AT_ANY_PRICE), partial(ends_in_azure, one, lost), [restarted_azure])


def test_a_promise_that_would_break(begin: Begin) -> None:
    """The standby lacks what AWS acknowledged: AWS serves on, whatever was cut."""
    one = begin("async")
    one.world.aws.lsn += 5000
    one.world.azure.linked = False
    one.world.break_health()

    def check(run: Run) -> None:
        assert run.error in REFUSED, one.told(run)
        wrong = [w for w in what_is_wrong(one.world, "aws") if w != "Azure is not AWS's standby"]
        assert wrong == [], f"{wrong}\n{one.told(run)}"

    assert one.from_everywhere(starts(ALARM), check, [restarted_aws]) > 15


def test_a_failback_asked_for_in_between(begin: Begin) -> None:
    """Half way through a failover nobody goes home: nothing is changed by asking."""
    one = begin()
    one.world.break_health()

    def homesick(world: World) -> None:
        if world.aks.gate.state is not GateState.OPEN:
            asked = one.start(Start("failback", RESUMED))
            assert asked.error in {"AlreadyOnAwsError", "SiteUnknownError"}, one.told(asked)

    one.from_everywhere(starts(ALARM)[:1], partial(ends_in_azure, one, frozenset()), [homesick])


def test_a_run_that_begins_too_soon_changes_nothing(begin: Begin) -> None:
    """While a dead run's lease lasts the next one is refused, and names it."""
    one = begin()
    one.world.break_health()
    (start, *_), held = starts(ALARM), 0
    for what, moment, _ in one.cuts_of(start):
        one.world.recall(moment)
        before, lock = signature(one.world), one.world.aks.lock
        if lock is None or not lock.holder:
            continue
        run = one.start(start)
        one.story = [f"cut after {what}"]
        assert run.error == "LockHeldError" or run.ended_in == "Already On Azure", one.told(run)
        assert (signature(one.world), one.world.aks.lock) == (before, lock), one.told(run)
        held += 1
    assert held > 5


def test_what_a_dead_run_still_sends_changes_nothing(begin: Begin) -> None:
    """Each step of the old run that comes after the new one has ended is refused, or does nothing.

    Its undo would take a free lock, and so it must find that there is nothing to undo.
    """
    one = begin()
    one.world.break_health()
    (start, *_), refused = starts(ALARM), set()
    for what, moment, dead in one.cuts_of(start):
        one.world.recall(moment)
        one.world.now += LEASE_SECONDS
        run = one.start(start)
        one.story = [f"cut after {what}"]
        after = signature(one.world)
        late = [*dead.calls, ("undo_failover", {"run": dead.event_of("take_lock")["run"]})]
        for step, event in late:
            try:
                one.world.run(step, event)
            except LandbridgeError as error:
                refused.add((step, type(error).__name__))
            if step == "stop_primary" and "take_lock" not in run.called:
                # Nobody took a newer epoch: the run that moved the workload ends its own fence.
                after = signature(one.world)
            assert signature(one.world) == after, f"{step}: {one.told(run)}"
    assert {
        ("engage_gate", "StaleEpochError"),
        ("fence_primary", "StaleEpochError"),
        ("scale_standby", "StaleEpochError"),
        ("promote_standby", "StaleEpochError"),
        ("open_gate", "StaleEpochError"),
        ("undo_failover", "AlreadyPromotedError"),
    } <= refused
