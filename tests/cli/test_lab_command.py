"""``landbridge lab`` and ``landbridge failover`` on one machine, as a person tries them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Place, place


@pytest.fixture(scope="module")
def here() -> Iterator[Place]:
    """Bring a lab up; take it down after the tests whatever they did."""
    with place() as here:
        started = here.run("lab", "up")
        assert started.returncode == 0, started.stdout + started.stderr
        yield here
        if here.labs():
            here.run("lab", "down")


def test_a_lab_that_is_up_says_where_it_listens(here: Place) -> None:
    """``lab status --json`` names the lab's parts, and a second ``lab up`` starts nothing."""
    status = json.loads(here.run("lab", "status", "--json").stdout)
    assert {"name_server", "port", "aws_url", "stack", "certificate_authority"} <= status.keys()
    again = here.run("lab", "up")
    assert again.returncode == 1
    assert "a lab is up already" in again.stderr
    assert here.labs() == [Path(status["folder"])]


def test_a_lab_at_rest_is_ready(here: Place) -> None:
    """``preflight --json`` passes every check and ends with 0; ``status`` has nothing to do."""
    answer = here.run("preflight", "--lab", "--json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    checks = json.loads(answer.stdout)["checks"]
    assert {tuple(check) for check in checks} == {("name", "result", "reason", "remedy")}
    assert [check for check in checks if check["result"] != "pass"] == []
    shown = here.run("status", "--lab")
    assert shown.returncode == 0, shown.stderr
    assert "Next: All is well" in shown.stdout


def test_a_rehearsal_is_made_and_kept(here: Place) -> None:
    """``rehearse --lab`` passes and leaves nothing; ``history`` and ``report`` have it by kind."""
    answer = here.run("rehearse", "--lab", "--json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    done = json.loads(answer.stdout)
    assert (done["passed"], done["leaks"], done["differences"]) == (True, [], [])
    assert done["before"]["sites"] == done["after"]["sites"]
    (row,) = json.loads(here.run("history", "--lab", "--json").stdout)["runs"]
    assert (row["kind"], row["outcome"], row["leaks"]) == ("rehearsal", "passed", [])
    assert row["ready_seconds"] == done["shown"]["smoke"]["ready_seconds"]
    told = here.run("report", done["run"], "--lab")
    assert "nothing is left, production is as it was" in " ".join(told.stdout.split())


def test_a_planned_switchover_is_watched_until_azure_serves(here: Place) -> None:
    """``failover --planned --watch`` shows the steps and ends with 0 and who serves."""
    answer = here.run("failover", "--lab", "--reason", "try", "--planned", "--watch")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "Promoting Azure's database" in answer.stdout
    assert "Azure serves." in answer.stdout
    again = here.run("failover", "--lab", "--reason", "try again", "--watch")
    while "is on already" in again.stdout:  # the alarm found AWS held: its run ends by itself
        again = here.run("failover", "--lab", "--reason", "try again", "--watch")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Already on Azure: nothing was touched." in again.stdout


def test_a_run_of_the_lab_is_kept_and_reported(here: Place) -> None:
    """The switchover's record has its hold and a loss of zero; its page has every step's clock."""
    runs = json.loads(here.run("history", "--lab", "--json").stdout)["runs"]
    (row,) = [one for one in runs if one["outcome"] == "recovered"]
    assert (row["kind"], row["trigger"], row["rto_counts_from"]) == ("switchover", "manual", "hold")
    assert 0 < row["rto_estimated_seconds"] == row["hold_estimated_seconds"] < 120
    assert (row["rto_seconds"], row["rpo_bytes"], row["manual_steps"]) == (None, 0, [])
    judged = here.run("history", "--lab", "--gate", "--rto", "120", "--rpo", "0", "--age", "1h")
    assert judged.returncode == 0, judged.stdout + judged.stderr
    told = here.run("report", row["run"], "--lab", "--html", "page.html")
    assert told.returncode == 0, told.stdout + told.stderr
    page = (here.folder / "page.html").read_text()
    assert page.count("<td>Promote Standby</td>") == 1
    assert f"{row['hold_estimated_seconds']:.1f} s" in page
    assert "RECOVERED" in here.run("report", row["run"], "--lab").stdout


def test_after_it_status_says_who_serves_and_what_comes_next(here: Place) -> None:
    """Azure serves without a standby: the preflight fails, and the way home is the next step."""
    shown = json.loads(here.run("status", "--lab", "--json").stdout)
    assert (shown["active"], shown["gate"], shown["dns"]) == ("azure", "open", "azure")
    assert (shown["readiness"], shown["unseen"]) == ("fail", {})
    assert shown["next"]["command"] == "landbridge failback --watch"
    answer = here.run("preflight", "--lab")
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "no standby named 'aws' streams from Azure" in answer.stdout


def test_a_lab_that_is_down_has_left_nothing(here: Place) -> None:
    """``lab down`` leaves no process and no file; then there is no lab to ask about."""
    (lab,) = here.labs()
    assert here.processes(lab)
    assert here.run("lab", "down").returncode == 0
    assert (list(here.temporary.iterdir()), here.processes(lab)) == ([], [])
    answer = here.run("lab", "status")
    assert answer.returncode == 1
    assert "no lab is up on this machine Remedy: start one: landbridge lab up" in answer.stderr
