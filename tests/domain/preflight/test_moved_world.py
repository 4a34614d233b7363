"""While a run is on, and while Azure serves: no cry for what is meant, and no word of readiness."""

from dataclasses import replace
from typing import Any

import pytest

from landbridge.domain.database import DatabaseLook, StandbyConnection, unreachable
from landbridge.domain.gate import Gate, GateState
from landbridge.domain.lock import RunLock
from landbridge.domain.monitoring import metrics_of
from landbridge.domain.next_step import decide_next
from landbridge.domain.preflight.check import Result
from landbridge.domain.preflight.database_facts import DatabaseFacts, Slot
from landbridge.domain.preflight.preflight import Looks, report_of
from landbridge.domain.status import Status, read_report
from landbridge.domain.votes import Ballot, Vote
from tests.domain.preflight.healthy import NOW, changed, checks_of, healthy, red, settings

SINCE = "2026-01-01T00:00:00+00:00"


def world(
    *, gate: GateState, gate_epoch: int, aws: dict[str, Any], azure: dict[str, Any], dns: str
) -> Looks:
    """Return the healthy world moved: the gate, fields of both databases' looks, DNS's answer."""
    holder = Gate(
        gate, {"open": "azure", "closed": "aws"}.get(gate, "none"), gate_epoch, "r", SINCE
    )
    looks = changed(healthy(), "half", gate=holder)
    looks = changed(looks, "aws.look", **aws)
    looks = changed(looks, "azure.look", **azure)
    return changed(looks, "dns", answer=dns)


def beside_a_run(looks: Looks) -> Looks:
    """Return the world with a run that holds the lock."""
    return changed(looks, "half", lock=RunLock("failover-1", 2, 180, NOW - 60))


FENCED: dict[str, Any] = {"read_only": True, "standbys": ()}
PROMOTED: dict[str, Any] = {
    "in_recovery": False,
    "current_lsn": 9_000,
    "received_lsn": None,
    "replayed_lsn": None,
    "timeline": 2,
    "epoch": 2,
    "standbys": (),
}
NOT_READY = Ballot("orchestrator", Vote.DOWN, "answered 503")

ON_THE_WAY = {
    "fenced": world(gate=GateState.ENGAGED, gate_epoch=2, aws=FENCED, azure={}, dns="aws"),
    "promoted": world(gate=GateState.ENGAGED, gate_epoch=2, aws=FENCED, azure=PROMOTED, dns="aws"),
    "aws rebuilt": replace(
        world(gate=GateState.OPEN, gate_epoch=2, aws=FENCED, azure=PROMOTED, dns="azure"),
        aws=DatabaseFacts(unreachable("aws", "connection refused")),
    ),
    "held": world(
        gate=GateState.OPEN,
        gate_epoch=2,
        aws={**FENCED, "timeline": 3, "epoch": 2},
        azure={**PROMOTED, "read_only": True},
        dns="azure",
    ),
    "aws admitted": world(
        gate=GateState.OPEN,
        gate_epoch=2,
        aws={"epoch": 3, "timeline": 3, "standbys": ()},
        azure={**PROMOTED, "read_only": True},
        dns="azure",
    ),
}


@pytest.mark.parametrize("looks", [pytest.param(one, id=name) for name, one in ON_THE_WAY.items()])
def test_what_a_run_moves_fails_only_without_it(looks: Looks) -> None:
    """Beside the run its own lock alone fails; the same world without a run fails in its checks."""
    looks = changed(looks, "", ballots={**looks.ballots, "aws": NOT_READY})
    alone, beside = red(looks), red(beside_a_run(looks))
    assert {name for name, result in beside.items() if result == "fail"} == {"run-lock"}
    assert "fail" in alone.values()
    assert set(beside) - {"run-lock"} == set(alone)


def test_a_check_that_a_run_softens_says_so() -> None:
    """Its reason names the run, and its remedy is to look until the run has ended."""
    looks = beside_a_run(ON_THE_WAY["promoted"])
    check = checks_of(looks)["dns-answer"]
    assert check.result is Result.WARN
    assert "run failover-1 is on" in check.reason
    assert check.remedy.startswith("landbridge status --watch")


def test_a_run_hides_nothing_that_it_does_not_move() -> None:
    """A right that is missing fails beside a run, too."""
    looks = beside_a_run(changed(healthy(), "azure", rights={}))
    assert red(looks) == {"promotion-rights": "fail", "run-lock": "fail"}


def test_a_run_that_died_softens_nothing() -> None:
    """Its lease ran out: what it left behind is a fault."""
    looks = changed(ON_THE_WAY["promoted"], "half", lock=RunLock("failover-1", 2, 30, NOW - 60))
    found = red(looks)
    assert (found["run-lock"], found["gate"], found["dns-answer"]) == ("warn", "fail", "fail")


def test_a_failback_that_died_after_it_admitted_aws_is_one_to_resume() -> None:
    """The gate is behind by the epoch that AWS was admitted in: it was neither lost nor old."""
    check = checks_of(ON_THE_WAY["aws admitted"])["gate"]
    assert "a run stopped half way" in check.reason
    assert check.remedy == "landbridge failback --watch"


def returned_without_standby() -> Looks:
    """Return the world after a failback that could not rebuild Azure."""
    looks = world(
        gate=GateState.CLOSED,
        gate_epoch=3,
        aws={"epoch": 3, "timeline": 3, "standbys": (), "synchronous_standby_names": ""},
        azure={**PROMOTED, "read_only": True},
        dns="aws",
    )
    return changed(looks, "aws", slots=())


def test_an_azure_that_a_failback_left_held_is_not_the_primary() -> None:
    """AWS takes writes: it is what is looked at, and that it has no standby is what is said."""
    looks = returned_without_standby()
    found = checks_of(looks)
    assert found["workload"].reason == "the workload is ready: answered 200"
    assert found["replication-state"].reason.startswith("Azure's database is out of recovery")
    assert found["gate"].result is found["dns-answer"].result is Result.PASS
    report = read_report(report_of(looks, settings(), NOW))
    told = decide_next(Status(NOW, GateState.CLOSED, "aws", report, None, {}))
    assert told.command == "landbridge failback --watch"


def azure_serves(**aws: Any) -> Looks:
    """Return the world in which Azure serves; ``aws`` are fields of AWS's look."""
    looks = world(
        gate=GateState.OPEN, gate_epoch=2, aws={**FENCED, **aws}, azure=PROMOTED, dns="azure"
    )
    looks = changed(looks, "azure", slots=(Slot("aws", False, "reserved", 1_000),))
    looks = changed(looks, "half.cluster", desired=2)
    looks = changed(looks, "eks", desired=0)
    ballots = {"aws": NOT_READY, "azure": Ballot("orchestrator", Vote.UP, "answered 200")}
    return changed(looks, "", ballots=ballots, alarm_state="ALARM")


def test_while_azure_serves_one_check_fails_and_nobody_is_woken() -> None:
    """Azure has no standby, which is true; no failover is impossible by it."""
    looks = azure_serves()
    failed = {name for name, result in red(looks).items() if result == "fail"}
    assert failed == {"replication-state"}
    report = report_of(looks, settings(), NOW)
    figures = {one.name: one.value for one in metrics_of(report, NOW)}
    assert (figures["FailoverBlockers"], figures["FailedChecks"]) == (0, 1)


def test_a_promotion_that_never_reached_the_users_wakes_somebody() -> None:
    """Azure takes writes and the gate does not send anybody there: the run died on the way."""
    report = report_of(ON_THE_WAY["promoted"], settings(), NOW)
    figures = {one.name: one.value for one in metrics_of(report, NOW)}
    assert figures["FailoverBlockers"] > 0


def test_a_missing_slot_makes_the_way_home_slower_and_no_more() -> None:
    """And a lost one, too: the rebuild copies everything."""
    lost = (Slot("aws", False, "lost", 1_000),)
    without = checks_of(changed(azure_serves(), "azure", slots=()))
    assert without["slot"].result is Result.WARN
    assert checks_of(changed(azure_serves(), "azure", slots=lost))["wal-retained"].result == "warn"


def returning(**azure: Any) -> Looks:
    """Return the world in which AWS streams from Azure, as it does before the switchover."""
    standby: DatabaseLook = healthy().azure.look
    looks = azure_serves(
        in_recovery=True,
        read_only=False,
        current_lsn=None,
        received_lsn=9_000,
        replayed_lsn=9_000,
        replay_paused=False,
        timeline=2,
        epoch=2,
        heartbeat_at=standby.heartbeat_at,
    )
    streams = (StandbyConnection("aws", "streaming", "async", 9_000),)
    looks = changed(looks, "azure.look", standbys=streams, **azure)
    looks = changed(looks, "aws", verifies="verify-full")
    return changed(looks, "azure", slots=(Slot("aws", True, "reserved", 1_000),))


def test_an_aws_that_follows_azure_may_keep_its_own_setting() -> None:
    """The step that promotes AWS empties it first: whom AWS waits for is no fault before."""
    assert returning().aws.look.synchronous_standby_names == "azure"
    assert red(returning()) == {}


def test_an_aws_that_lags_is_waited_for() -> None:
    """The way home is planned, so a lag refuses nothing there."""
    check = checks_of(returning(current_lsn=90_000))["replication-lag"]
    assert (check.result, "a failback waits" in check.reason) == (Result.WARN, True)


def test_an_aws_that_the_failover_stopped_is_no_fault_of_its_own() -> None:
    """The fence's last layer wishes its database away: the way home is what starts it again."""
    stopped = replace(azure_serves(), aws=DatabaseFacts(unreachable("aws", "connection refused")))
    found = checks_of(changed(stopped, "eks", database_wanted=0))
    assert (found["aws-database"].result, found["replication-state"].result) == ("warn", "fail")
    assert "landbridge failback" in found["aws-database"].remedy
    died = checks_of(changed(stopped, "eks", database_wanted=1))
    assert died["aws-database"].result is Result.FAIL


def test_who_serves_has_no_database_that_was_stopped_on_purpose() -> None:
    """While AWS serves nobody wishes Azure's standby away: that fails."""
    looks = changed(healthy(), "", azure=DatabaseFacts(unreachable("azure", "connection refused")))
    looks = changed(changed(looks, "half.cluster", database_wanted=0), "eks", database_wanted=0)
    assert checks_of(looks)["azure-database"].result is Result.FAIL
