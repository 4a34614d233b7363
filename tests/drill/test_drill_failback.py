"""Home again: everything that was written in Azure comes home, cycle after cycle."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.clouds.options import LabOptions
from lab.drill.evidence import find_in
from lab.faults.region import restore
from lab.users.verdict import judge
from landbridge.adapters.operations import Execution
from tests.drill.stage import Stage, stage
from tests.drill.way_home import fail_over, go_home, lose_and_return

OPTIONS = LabOptions(replication="sync")
CYCLES = 3


@dataclass
class Home:
    """A lab after its first cycle."""

    stage: Stage
    fault_at: float
    run: Execution


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """Fail over, live in Azure for a while, change tables there, and go home."""
    with stage(OPTIONS) as up:
        up.traffic.wait_for_writes("aws", 40, 30.0)
        fault_at = fail_over(up)
        azure = up.clouds.azure_database
        azure.query('CREATE TABLE public."Made In Azure" (id serial PRIMARY KEY, word text)')
        azure.query("INSERT INTO public.\"Made In Azure\" (word) VALUES ('one'), ('two')")
        azure.query("ALTER TABLE public.orders ADD COLUMN made_in_azure boolean DEFAULT true")
        restore(up.clouds, "region-loss")
        up.clouds.warm_steps()
        yield Home(up, fault_at, go_home(up))


def test_aws_serves_again_and_azure_is_its_standby(home: Home) -> None:
    """The run ends well, users write to AWS, and Azure streams synchronously with no pods."""
    assert home.run.status == "SUCCEEDED", (home.run.error, home.run.cause)
    up = home.stage
    up.traffic.wait_for_writes("aws", 40, 30.0)
    aws, azure = up.clouds.aws_database, up.clouds.azure_database
    assert aws.query("SELECT application_name, state, sync_state FROM pg_stat_replication") == [
        ["azure", "streaming", "sync"]
    ]
    assert azure.query("SELECT pg_is_in_recovery()") == [[True]]
    standing = up.standing()
    assert (standing.gate["state"], standing.azure_replicas, standing.dns) == ("closed", 0, "aws")
    assert standing.epochs == [[1, "aws"], [2, "azure"], [3, "aws"]]
    assert up.lock_holder() == ""
    assert up.ending(home.run)["outcome"] == "recovered"


def test_everything_made_in_azure_comes_home(home: Home) -> None:
    """Tables, columns and rows of the DR period are there, and the next number is a new one."""
    aws = home.stage.clouds.aws_database
    assert aws.query('SELECT id, word FROM public."Made In Azure" ORDER BY id') == [
        [1, "one"],
        [2, "two"],
    ]
    insert = "INSERT INTO public.\"Made In Azure\" (word) VALUES ('three') RETURNING id > 2"
    assert aws.query(insert) == [[True]]
    assert aws.query("SELECT bool_and(made_in_azure) FROM public.orders") == [[True]]


def test_the_users_saw_one_short_hold(home: Home) -> None:
    """Nothing acknowledged is missing, and no epoch has two sites in it."""
    verdict = judge(home.stage.history(), find_in(home.stage.clouds, "aws"), fault_at=home.fault_at)
    assert verdict.missing_ids == ()
    assert verdict.acknowledged_by_both_sites_in_one_epoch == 0
    assert verdict.acknowledged > 0


def test_the_run_says_how_each_database_was_rebuilt(home: Home) -> None:
    """Method, reason, bytes and seconds of both rebuilds are in the run's state."""
    for name in ("rebuilt_primary", "rebuilt_standby"):
        result = home.run.state[name]["result"]
        assert result["method"] == "rewind", result
        assert "fork" in result["why"]
        assert result["bytes"] > 0
        assert json.dumps(result)


def test_a_second_failback_finds_aws_active(home: Home) -> None:
    """Home is home: refused at once, with nothing touched."""
    before = home.stage.standing()
    run = go_home(home.stage)
    ending = home.stage.ending(run)
    assert (run.status, run.error) == ("FAILED", "AlreadyOnAwsError")
    assert ending["outcome"] == "refused"
    assert "AWS is already active" in ending["message"]
    assert next(step.name for step in run.steps) == "observe_return"
    assert home.stage.standing() == before


def test_three_cycles_lose_nothing(home: Home) -> None:
    """Twice more, with writes all the time and no reset: zero missing, timelines as expected."""
    up = home.stage
    for _again in range(CYCLES - 1):
        lose_and_return(up)
    verdict = judge(up.history(), find_in(up.clouds, "aws"), fault_at=home.fault_at)
    assert verdict.missing_ids == ()
    assert verdict.acknowledged_by_both_sites_in_one_epoch == 0
    aws = up.clouds.aws_database
    assert aws.query("SELECT count(*) - count(DISTINCT number) FROM public.orders") == [[0]]
    walfile = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
    assert aws.query(walfile) == [[f"{1 + 2 * CYCLES:08X}"]]
    sites = [site for _epoch, site in up.standing().epochs]
    assert sites == ["aws", *["azure", "aws"] * CYCLES]
    assert up.clouds.azure_database.query("SELECT pg_is_in_recovery()") == [[True]]
