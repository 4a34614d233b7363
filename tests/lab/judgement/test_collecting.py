"""Evidence from a real lab: at rest it is whole, and what is taken from it is found."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.clouds.options import LabOptions
from lab.drill.collecting import collect
from lab.drill.keeping import read_evidence, write_evidence
from lab.drill.old_primary import committed_rows
from lab.drill.world import look_at_world
from lab.judgement.evidence import Evidence
from lab.judgement.finding import Finding, Rule
from lab.judgement.judge import judge
from lab.judgement.server_logs import takings
from lab.judgement.whole import is_whole
from lab.judgement.world import World
from lab.processes.waiting import wait_until
from tests.drill.stage import Stage, stage

BRIEFLY_SECONDS = 1.0
IDS = "SELECT id::text FROM public.orders ORDER BY id"


@dataclass(frozen=True)
class Seen:
    """One lab, seen at rest, frozen, after a theft of one row, without its standby, dead."""

    at_rest: Evidence
    frozen: World
    stolen: str
    robbed: Evidence
    alone: Evidence
    dead: Evidence
    asked: tuple[tuple[str, ...], ...] | None
    asked_of_the_dead: tuple[tuple[str, ...], ...] | None


def evidence_of(up: Stage, whole_seconds: float = 30.0) -> Evidence:
    """Gather it, after every run: a busy machine's alarm starts one, which the votes refuse."""
    for run in up.executions():
        up.end_of(run)
    return collect(
        up.clouds, ledger=up.traffic.ledger, began_at=up.began_at, whole_seconds=whole_seconds
    )


def steal_a_row(up: Stage) -> str:
    """Delete an acknowledged order in AWS, and with it in Azure."""
    aws, azure = up.clouds.aws_database, up.clouds.azure_database
    stolen = next(one.id for one in up.history().writes if one.acknowledged)
    aws.query("DELETE FROM public.orders WHERE id = CAST(:id AS uuid)", id=stolen)
    gone = "SELECT 1 FROM public.orders WHERE id = CAST(:id AS uuid)"
    wait_until(lambda: not azure.query(gone, id=stolen), "the end of the row in Azure")
    return stolen


def drop_the_slot(up: Stage) -> None:
    """Take away what keeps the standby's WAL; it cannot stream any more."""
    aws, link = up.clouds.aws_database, up.clouds.databases.link
    link.cut()
    slot = "SELECT 1 FROM pg_replication_slots WHERE slot_name = 'azure' AND active"
    wait_until(lambda: not aws.query(slot), "the end of the standby's connection")
    aws.query("SELECT pg_drop_replication_slot('azure')")
    link.heal()


@pytest.fixture(scope="module")
def seen() -> Seen:
    """Let users write for a while, then look, and break one thing after the other.

    Asynchronous, since a synchronous AWS without its standby is an outage, and is failed over from.
    """
    with stage(LabOptions(replication="async")) as up:
        up.traffic.wait_for_writes("aws", 60, 30.0)
        up.traffic.stop()
        at_rest = evidence_of(up)
        up.clouds.azure_database.freeze()
        frozen = look_at_world(up.clouds)
        up.clouds.azure_database.thaw()
        stolen = steal_a_row(up)
        robbed = evidence_of(up)
        asked = committed_rows(up.clouds, "aws", IDS)
        drop_the_slot(up)
        alone = evidence_of(up, BRIEFLY_SECONDS)
        up.clouds.aws_cluster.kill_pods()
        dead = committed_rows(up.clouds, "aws", IDS)
        left = evidence_of(up, BRIEFLY_SECONDS)
        assert not up.clouds.aws_database.answers()
    return Seen(at_rest, frozen, stolen, robbed, alone, left, asked, dead)


def by_rule(evidence: Evidence, rule: Rule) -> list[Finding]:
    """Return what that rule finds."""
    return [one for one in judge(evidence) if one.rule is rule]


def test_a_lab_at_rest_is_found_no_fault_with(seen: Seen) -> None:
    """Everything could be seen, users wrote, and each rule held."""
    assert seen.at_rest.unseen == {}
    assert is_whole(seen.at_rest.world) == ()
    assert judge(seen.at_rest) == ()


def test_the_evidence_has_something_of_every_kind(seen: Seen) -> None:
    """What the judge finds nothing in is not empty."""
    evidence = seen.at_rest
    assert evidence.history is not None
    acknowledged = {one.id for one in evidence.history.writes if one.acknowledged}
    assert len(acknowledged) >= 60
    assert acknowledged <= (evidence.present["azure"] or frozenset())
    assert [one.site for one in evidence.epochs["azure"] or ()] == ["aws"]
    assert evidence.dns
    assert evidence.dns[-1].site == "aws"
    assert evidence.health
    assert evidence.health[-1].healthy
    assert {"FenceUnconfirmedError", "HoldExpiredError"} <= evidence.error_names
    assert takings("azure", evidence.logs) == []
    # AWS's server that made the data, and its pod's, which takes writes to this day.
    assert len(takings("aws", evidence.logs)) == 2


def test_a_row_that_is_gone_from_both_databases_is_missed(seen: Seen) -> None:
    """The users were told of it, and no database says that it ever was."""
    assert is_whole(seen.robbed.world) == ()
    (found,) = judge(seen.robbed)
    assert (found.rule, found.grave, found.details) == (Rule.LOSS, True, (seen.stolen,))


def test_a_standby_without_its_slot_is_not_whole(seen: Seen) -> None:
    """AWS serves on, alone."""
    sentences = [one.sentence for one in by_rule(seen.alone, Rule.WHOLE)]
    assert sentences == ["aws's database has not azure as its one streaming standby, but nobody"]


def test_a_database_that_does_not_answer_is_unknown(seen: Seen) -> None:
    """It is neither a standby nor none, and the reason is kept."""
    assert seen.frozen.databases["azure"] is None
    assert seen.frozen.databases["aws"] is not None
    assert any(
        one.startswith("azure's database could not be seen:") for one in is_whole(seen.frozen)
    )


def test_a_dead_primary_tells_what_it_committed(seen: Seen) -> None:
    """Its data say the same as it said itself, and it is not brought back for that."""
    assert seen.asked
    assert seen.asked_of_the_dead == seen.asked


def test_a_database_that_is_left_dead_is_judged_by_its_data(seen: Seen) -> None:
    """A drill that stays in Azure can be judged for rows of the wrong site, in AWS too."""
    assert (seen.dead.world.databases["aws"], seen.dead.strays["aws"]) == (None, ())


def test_kept_evidence_is_judged_as_it_was(seen: Seen, tmp_path: Path) -> None:
    """A failing drill's evidence, written to a file, leads to the same findings."""
    file = tmp_path / "evidence.json"
    write_evidence(seen.robbed, file)
    assert judge(read_evidence(file)) == judge(seen.robbed)
