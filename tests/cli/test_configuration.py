"""``landbridge config`` as a person and a program ask it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from landbridge.cli.main import app
from landbridge.configuration.schema import configuration_schema

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def in_a_folder_with_cdk_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work beside a copy of cdk.json."""
    shutil.copyfile(ROOT / "cdk.json", tmp_path / "cdk.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")


def ask(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, ["config", *arguments])


def write(file: str = "cdk.json", **fields: Any) -> None:
    """Write a configuration with those fields."""
    document = json.loads((ROOT / "cdk.json").read_text())
    document["context"]["landbridge"] |= fields
    Path(file).write_text(json.dumps(document))


def test_a_good_configuration_says_what_follows_from_it() -> None:
    """Exit 0; detection, the RTO part by part, and when each step is killed."""
    shown = ask("validate")
    assert shown.exit_code == 0, shown.output
    lines = [" ".join(line.split()) for line in shown.output.splitlines()]
    assert "cdk.json breaks no rule." in lines
    assert "180 RTO of 180 s that are planned for (recovery.rto_budget_seconds)" in lines
    assert "Detection takes 90 s at most by the alarm; by the watchdog, 240 s." in lines
    assert "60 75 budgets.promotion_seconds promote_standby" in lines

    told = json.loads(ask("validate", "--json").stdout)
    assert (told["valid"], told["problems"]) == (True, [])
    derived = told["derived"]
    assert (derived["detection_seconds"], derived["watchdog_seconds"]) == (90, 240)
    assert sum(part["seconds"] for part in derived["rto_parts"]) == derived["rto_seconds"] == 180
    assert {
        "budget": "budgets.fence_seconds",
        "seconds": 10.0,
        "step": "fence_primary",
        "timeout_seconds": 30,
    } in derived["timeouts"]


def test_every_problem_is_told_with_its_way_out() -> None:
    """Exit 2; field, value, what is wrong, remedy, the rule and where that is from."""
    write("bad.json", orchestrator_region="eu-west-1", ttl_seconds=60)

    shown = ask("validate", "bad.json")

    assert shown.exit_code == 2
    assert "bad.json is refused." in shown.output
    for words in ("orchestrator_region", "'eu-west-1'", "choose another region", "raise it to 225"):
        assert words in shown.output

    answer = ask("validate", "bad.json", "--json")
    assert answer.exit_code == 2
    told = json.loads(answer.stdout)
    assert (told["valid"], told["derived"]) == (False, None)
    problems = {one["field"]: one for one in told["problems"]}
    assert set(problems) == {"orchestrator_region", "recovery.rto_budget_seconds"}
    assert problems["orchestrator_region"] == {
        "field": "orchestrator_region",
        "value": "'eu-west-1'",
        "problem": "it is primary_region, so what must act in an outage would go down with it",
        "remedy": "choose another region, near to Azure's",
        "rule": "orchestrator-elsewhere",
        "source": "docs/architecture.md, No single witness",
    }


@pytest.mark.parametrize("text", [None, "{", "[]", "{}"])
def test_a_file_that_is_none_is_a_problem_like_another(text: str | None) -> None:
    """No file, no JSON, no context: exit 2, with the file's name, and JSON for a program."""
    if text is not None:
        Path("odd.json").write_text(text)

    answer = ask("validate", "odd.json", "--json")

    assert answer.exit_code == 2
    (problem,) = json.loads(answer.stdout)["problems"]
    assert "odd.json" in problem["problem"]
    assert problem["remedy"]
    assert ask("validate", "odd.json").exit_code == 2


def test_a_secret_is_neither_taken_nor_shown() -> None:
    """Not by the refusal, not by its JSON, not by the explanation of what stands there."""
    password = "postgres://landbridge:swordfish@db"
    document = json.loads((ROOT / "cdk.json").read_text())
    database = document["context"]["landbridge"]["databases"]["aws"]
    database["name"] = password
    Path("cdk.json").write_text(json.dumps(document))

    said = [ask(*words) for words in (["validate"], ["validate", "--json"], ["explain"])]

    assert [one.exit_code for one in said] == [2, 2, 0]
    assert "databases.aws.name" in said[0].output
    assert "Secrets Manager" in said[0].output
    assert [one for one in said if "swordfish" in one.output] == []
    assert "swordfish" not in ask("explain", "databases", "--json").stdout


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"orchestrator_region": "us-east-1"}, "alarm and orchestrator are both in us-east-1"),
        ({"replication": "async"}, "async loses what the standby had not received"),
        ({"budgets": {"watchdog_seconds": 0}}, "an alarm that does not come starts nothing"),
        ({"budgets": {"watchdog_seconds": 89}}, "the watchdog may ask first"),
        (
            {"primary_region": "us-east-1", "eks": "us-east-1"},
            "the watchdog begins the run, after 240 s",
        ),
    ],
)
def test_what_is_allowed_and_costs_something_is_noted(fields: dict[str, Any], words: str) -> None:
    """Exit 0, and a note; without the cause there is none."""
    assert json.loads(ask("validate", "--json").stdout)["notes"] == []
    if "eks" in fields:
        eks = json.loads((ROOT / "cdk.json").read_text())["context"]["landbridge"]["eks"]
        fields = {**fields, "eks": {**eks, "region": fields["eks"]}}
    write(**fields)
    shown = ask("validate")
    assert shown.exit_code == 0, shown.output
    assert words in shown.output


def test_a_watchdog_as_late_as_the_alarm_is_nothing_to_note() -> None:
    """With 90 s it never asks before an alarm that comes."""
    write(budgets={"watchdog_seconds": 90})
    assert json.loads(ask("validate", "--json").stdout)["notes"] == []


def test_every_field_is_explained() -> None:
    """Unit, default, what it is now and why; what is given stands beside what is not."""
    write(budgets={"fence_seconds": 8})
    rows = {line.split()[0]: line for line in ask("explain").output.splitlines() if line.strip()}
    assert rows["budgets.fence_seconds"].split()[1:4] == ["s", "10.0", "8"]
    assert rows["workload"].split()[1:4] == ["name", "required", "orders"]
    assert "Route 53 recommends 60 s or less" in rows["ttl_seconds"]


def test_one_field_has_its_whole_story() -> None:
    """Limits, and each rule that looks at it; a section has a table of its own."""
    shown = ask("explain", "budgets.watchdog_seconds").output
    for words in ("at most 3,600", "120", "beginning-without-alarm", "docs/monitoring.md"):
        assert words in shown
    assert "ttl_seconds" not in shown
    section = ask("explain", "recovery").output
    assert "rto-within-budget" in section
    assert "recovery.pods_seconds" in section

    (told,) = json.loads(ask("explain", "ttl_seconds", "--json").stdout)["fields"]
    assert (told["unit"], told["default"], told["now"], told["given"]) == ("s", 15, "15", [15])
    assert [rule["name"] for rule in told["rules"]] == ["rto-within-budget"]


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("fence_seconds", "did you mean budgets.fence_seconds?"),
        ("budgets.fence_secs", "did you mean budgets.fence_seconds"),
        ("xyzzy", "lists all"),
    ],
)
def test_a_field_that_is_none_is_named(field: str, hint: str) -> None:
    """Exit 2, and the nearest ones."""
    answer = ask("explain", field)
    assert answer.exit_code == 2
    assert hint in " ".join(answer.output.split())


def test_fields_are_explained_without_a_file() -> None:
    """Who has no cdk.json yet reads what there is to say, and why no values are shown."""
    answer = ask("explain", "--file", "nowhere.json")
    assert answer.exit_code == 0
    assert "No values are shown: nowhere.json" in answer.stderr
    assert "budgets.fence_seconds" in answer.stdout


def test_the_schema_is_written_as_json() -> None:
    """A program that reads it has what the models have."""
    assert json.loads(ask("schema").stdout) == configuration_schema()


def test_the_records_are_told_with_who_writes_them() -> None:
    """The pair names the outputs with its checks' ids, and the stack writes them."""
    told = json.loads(ask("records", "--json").stdout)
    shown = ask("records")
    named = {one["name"]: one for one in told["records"]}
    pair = {one["failover"]: one for one in told["records"] if one["name"] == "orders.shop.test"}

    assert {role: one["health_check_output"] for role, one in pair.items()} == {
        "PRIMARY": "PrimaryCheckId",
        "SECONDARY": "SecondaryCheckId",
    }
    assert set(named) > {"orders.shop.test", "health.shop.test", "health-azure.shop.test"}
    assert all(one["ttl_seconds"] <= 60 for one in told["records"])
    assert "The stack landbridge-orders-dns writes them: cdk deploy --all" in shown.output


def test_a_zone_elsewhere_has_the_commands_that_fill_it() -> None:
    """From the health stack's output into the zone, with that account's credentials."""
    write(zone="elsewhere")
    shown = ask("records")

    assert shown.exit_code == 0, shown.output
    assert "--stack-name landbridge-orders-health" in shown.output
    assert "OutputKey=='RecordsToCreate'" in shown.output
    assert "aws route53 change-resource-record-sets --hosted-zone-id ZONE \\\n" in shown.output


def test_records_of_a_refused_configuration_are_not_told() -> None:
    """The problem, and nothing that somebody could create."""
    write(zone="elsewhere", hosted_zone_id="Z0123456789ABCDEFGHIJ")
    shown = ask("records", "--json")

    assert shown.exit_code == 2
    assert "hosted_zone_id" in shown.output
    assert "PrimaryCheckId" not in shown.output
