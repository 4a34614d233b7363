"""AWS is well: what must not move the workload does not, and a person's switchover loses nothing.

The tests build on one lab and run in their order; each leaves it as it found it but the last.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lab.clouds.options import LabOptions
from lab.drill.evidence import find_in
from lab.processes.waiting import wait_until
from landbridge.adapters.operations import Execution
from landbridge.adapters.rehearsing import Rehearsal
from tests.drill.stage import RATE, Stage, alarm_event, stage
from tests.drill.stray_standby import stray_standby

OPTIONS = LabOptions(budgets={"replay_seconds": 2})
HOURS = 3600.0


@pytest.fixture(scope="module")
def up() -> Iterator[Stage]:
    """Bring a lab up with users on AWS."""
    with stage(OPTIONS) as up:
        up.traffic.wait_for_writes("aws", 30, 30.0)
        yield up


@contextmanager
def untouched(up: Stage) -> Iterator[None]:
    """Check that afterwards all is as it was, and that AWS goes on acknowledging."""
    before = up.standing()
    assert (before.gate["state"], before.azure_replicas, before.dns) == ("closed", 0, "aws")
    yield
    after = up.standing()
    assert after.epochs == before.epochs
    assert after.azure_in_recovery
    assert (after.gate["state"], after.azure_replicas, after.dns) == ("closed", 0, "aws")
    wait_until(lambda: not up.pods(), "the end of Azure's pods")
    assert up.lock_holder() == ""
    up.traffic.wait_for_writes("aws", 20, 30.0)


def test_ten_copies_of_an_alarm_are_one_run_and_the_votes_refuse_it(up: Stage) -> None:
    """One incident is one run; AWS answers its witnesses, so that run changes nothing."""
    with untouched(up):
        before, refused = up.executions(), len(up.refusals())
        event = alarm_event(up.clouds)
        for _copy in range(10):
            up.clouds.aws.publish_alarm_event(event)
        run = up.end_of(up.new_run(before))
        wait_until(lambda: len(up.refusals()) >= refused + 9, "refusals of the copies")
        assert up.executions() - before == {run.name}
        assert len(up.refusals()) == refused + 9
        assert up.ending(run)["outcome"] == "refused"
        assert "up" in up.ending(run)["message"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"age_hours": 6}, "s old, more than"),
        ({"previous": "INSUFFICIENT_DATA"}, "came from INSUFFICIENT_DATA, not from OK"),
        ({"malformed": True}, "detail.state.timestamp"),
    ],
)
def test_an_alarm_that_does_not_count_starts_nothing_and_is_on_record(
    up: Stage, changes: dict[str, object], reason: str
) -> None:
    """An old, unfounded or malformed event starts no run; the record says why."""
    with untouched(up):
        before, refused = up.executions(), up.recorded("refusal")
        event = alarm_event(up.clouds, previous=changes.get("previous", "OK"))
        if "age_hours" in changes:
            event = alarm_event(up.clouds, at=up.began_at - 6 * HOURS)
        if "malformed" in changes:
            event["detail"]["state"]["timestamp"] = "yesterday"
        up.clouds.aws.publish_alarm_event(event)
        wait_until(lambda: up.recorded("refusal").keys() > refused.keys(), "its refusal")
        said = {key: one["reason"] for key, one in up.recorded("refusal").items()}
        assert any(reason in said[key] for key in said.keys() - refused.keys())
        assert up.executions() == before


def refused(up: Stage, run: Execution) -> str:
    """Check that the run was refused; return what it told the operators."""
    ending = up.ending(run)
    assert (run.status, ending["outcome"]) == ("FAILED", "refused"), ending
    return ending["message"]


def test_a_switchover_whose_standby_does_not_get_there_gives_writes_back(up: Stage) -> None:
    """The link stands still: the held primary takes writes again, and the reason has numbers.

    Before any other run, for the alarm that a run's fence sets off would find AWS not committing.
    """
    with untouched(up):
        up.clouds.databases.link.hold()
        try:
            message = refused(up, up.start("maintenance", planned=True))
        finally:
            up.clouds.databases.link.heal()
    said = r"Azure's standby has replayed WAL to \S+ .* [1-9]\d* bytes short of"
    assert re.search(said, message), message


def test_another_standby_of_azures_name_refuses_the_promotion(up: Stage) -> None:
    """A receiver that calls itself azure could satisfy AWS's commits: no promotion, all undone."""
    with untouched(up), stray_standby(up.clouds):
        up.clouds.record_look()
        message = refused(up, up.start("we think that it is down", force=True))
    assert "2 standbys call themselves 'azure'" in message
    up.clouds.record_look()


def rehearsal(up: Stage, run: str, say: Callable[[str], None] = lambda _: None) -> Rehearsal:
    """Return a rehearsal by the deployed function, as ``landbridge rehearse`` makes it."""
    return Rehearsal(up.clouds.operations, run, 120, say)


def test_a_rehearsal_beside_users_is_felt_by_nobody(up: Stage) -> None:
    """A clone is promoted and ordered at; no write fails, none is held, none is lost or strange."""
    rows = "SELECT count(*) FROM public.orders WHERE item = 'landbridge rehearsal'"
    with untouched(up):
        began_at = time.time()
        done = rehearsal(up, "rehearsal-beside-users").rehearse()
        ended_at = time.time()
    assert done.verdict.passed, done.document()
    assert done.progress.seen["used"]["transactions"] > 0
    assert done.after.order_known is False
    aws, azure = done.after.sites
    assert (aws.timeline, azure.timeline, aws.standbys) == (1, 1, ("azure streaming sync",))
    during = up.history().between(began_at, ended_at)
    assert len(during.writes) > RATE
    assert [write for write in during.writes if not write.acknowledged] == []
    assert {(write.site, write.epoch) for write in during.writes} == {("aws", 1)}
    assert during.shed == ()
    found = find_in(up.clouds, "aws")([write.id for write in during.writes])
    assert found == {write.id for write in during.writes}
    assert up.clouds.aws_database.query(rows) == up.clouds.azure_database.query(rows) == [[0]]
    assert [key for key, one in up.recorded("rehearsal").items() if one["outcome"] == "passed"]


def test_a_paused_replay_is_resumed_and_the_switchover_loses_nothing(up: Stage) -> None:
    """Somebody paused the replay: it is resumed and caught up first; then Azure serves it all.

    A rehearsal was on, and its command had died: the run waits neither for its clone nor its pods.
    """
    asked = {"run": "rehearsal-forgotten", "seconds": 900}
    ask = up.clouds.operations.rehearsal
    wait_until(lambda: ask("begin", **asked)["left"] == "done", "its Job")
    wait_until(lambda: bool(ask("look")["clone"]), "its clone's first words")
    up.clouds.azure_database.query("SELECT pg_wal_replay_pause()")
    up.traffic.wait_for_writes("aws", 20, 30.0)
    run = up.start("maintenance", planned=True)
    assert run.status == "SUCCEEDED", run.cause
    up.traffic.wait_for_writes("azure", 20, 30.0)
    verdict = up.verdict(run.started_at)
    assert verdict.missing_ids == ()
    assert verdict.acknowledged_by_both_sites_in_one_epoch == 0
    (stopped,) = run.state["stopped"]["evidence"]
    assert (stopped["layer"], stopped["result"]) == ("database", "done")
    assert up.clouds.aws_database.processes() == []
    assert up.standing().dns == "azure"
    left = ask("look")
    assert (left["job"], left["pods"]) == ("absent", [])
