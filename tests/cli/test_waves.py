"""Several workloads on the command line: all of them, one by its name, and what is refused."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from landbridge.adapters import operations, status_look
from landbridge.adapters.operations import Execution
from landbridge.cli.main import app
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.history import StepRecord
from landbridge.domain.status import Status
from tests.configuration.changes import CDK_JSON
from tests.configuration.several import several

PARENT, CHILD = "waves-manual-1", "failover-manual-1"
MESSAGE = "orders: Azure serves\nbilling: Azure serves\nNext: landbridge status\n"


class Orchestrator:
    """What a stack of landbridge's answers; ``made`` are the stacks that were asked."""

    made: list[str]
    events: list[tuple[dict[str, Any], str]]
    started: bool
    status: str

    def __init__(self, stack: str, region: str, **_: Any) -> None:
        assert region == "eu-central-1"
        self.made.append(stack)
        self._stack = stack

    def start(self, event: dict[str, Any], flow: str) -> dict[str, Any]:
        """Answer as the starter does."""
        self.events.append((event, flow))
        return {"started": self.started, "run": PARENT, "reason": "manual: x"}

    def executions(self, _flow: str) -> list[str]:
        """Billing has no run yet."""
        return [] if "billing" in self._stack else [CHILD]

    def execution(self, name: str) -> Execution:
        """Return the parent, ended, or the run of orders, which is on."""
        report = {"report": {"message": MESSAGE}}
        if name == PARENT:
            return Execution(name, "arn", self.status, 1.0, 2.0, (), report, "", "")
        step = StepRecord("promote_standby", "Promote Standby", 1.0)
        return Execution(name, "arn", "RUNNING", 1.0, None, (step,), {}, "", "")


@pytest.fixture
def orchestrator(monkeypatch: pytest.MonkeyPatch) -> type[Orchestrator]:
    """Put doubles where the orchestrators are."""
    made: type[Orchestrator] = type("Made", (Orchestrator,), {"made": [], "events": []})
    made.started, made.status = True, "SUCCEEDED"
    monkeypatch.setattr(operations, "Operations", made)
    return made


@pytest.fixture(autouse=True)
def in_a_folder_with_two_workloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work beside a cdk.json with orders and billing."""
    (tmp_path / "cdk.json").write_text(json.dumps({"context": several({})}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def ask(line: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, shlex.split(line))


@pytest.mark.parametrize("flow", ["failover", "failback"])
def test_all_workloads_are_moved_by_the_parent(orchestrator: type[Orchestrator], flow: str) -> None:
    """One request to the parent's own starter; no workload is asked by the command line."""
    answer = ask(f"{flow} --all --reason lost")
    assert answer.exit_code == 0, answer.output
    assert f"Started {PARENT}" in answer.output
    assert orchestrator.made == ["landbridge-waves"]
    ((event, asked),) = orchestrator.events
    assert (asked, event["flow"], event["reason"]) == ("waves", flow, "lost")


@pytest.mark.usefixtures("orchestrator")
def test_every_workload_is_shown_until_all_have_ended() -> None:
    """Wave, run and what it does; then the list of endings."""
    answer = ask("failover --all --reason lost --watch")
    assert answer.exit_code == 0, answer.output
    lines = [" ".join(line.split()) for line in answer.output.splitlines()]
    assert f"1 orders {CHILD} running Promoting Azure's database" in lines
    assert "2 billing waits no run yet" in lines
    assert "billing: Azure serves" in lines


def test_one_that_did_not_arrive_ends_the_command_with_3(
    orchestrator: type[Orchestrator],
) -> None:
    """With the list, as the operators have it; a refusal of the parent likewise."""
    orchestrator.status = "FAILED"
    answer = ask("failover --all --reason lost --watch")
    assert (answer.exit_code, "orders: Azure serves" in answer.output) == (3, True)
    orchestrator.started = False
    answer = ask("failover --all --reason lost")
    assert (answer.exit_code, "Not started: manual: x" in answer.output) == (3, True)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("failover --all --workload orders --reason x", "one of --all and --workload"),
        ("failback --all --lab", "a lab has one workload"),
        ("status --lab --workload orders", "a lab has one workload"),
        ("status --watch", "name one workload"),
    ],
)
def test_options_that_contradict_each_other_are_refused(line: str, words: str) -> None:
    """With 2, before anything is asked."""
    answer = ask(line)
    assert (answer.exit_code, words in answer.output) == (2, True), answer.output


@pytest.mark.parametrize(
    "line",
    [
        "failover --reason x",
        "failback",
        "approve run-1",
        "reject run-1",
        "preflight",
        "rehearse",
        "gameday",
        "gameday --next",
        "resequence --site aws",
        "history",
        "history --gate",
        "report last",
        "cost",
    ],
)
def test_a_command_asks_which_of_several(orchestrator: type[Orchestrator], line: str) -> None:
    """It names them, asks nobody, and takes the name."""
    answer = ask(line)
    assert isinstance(answer.exception, ConfigurationError)
    assert "orders, billing" in str(answer.exception)
    assert "--workload orders" in str(answer.exception)
    assert orchestrator.made == []
    named = ask(f"{line} --workload mars")
    assert "there is no workload 'mars'" in str(named.exception)


def test_a_workload_is_asked_by_its_name(orchestrator: type[Orchestrator]) -> None:
    """Its own stack, its own starter."""
    assert ask("failover --reason x --workload billing").exit_code == 0
    assert orchestrator.made == ["landbridge-billing-orchestrator"]
    assert [flow for _, flow in orchestrator.events] == ["failover"]


def test_status_has_a_line_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a document for each, for programs."""

    def look(around: Any) -> Status:
        return Status(1.0, None, "azure", None, None, {"orchestrator": around.names.workload})

    monkeypatch.setattr(status_look, "status_now", look)
    shown = ask("status")
    assert shown.exit_code == 0, shown.output
    assert all(name in shown.output for name in ("orders", "billing"))
    told = json.loads(ask("status --json").stdout)["workloads"]
    assert {name: one["unseen"]["orchestrator"] for name, one in told.items()} == {
        "orders": "orders.shop.test",
        "billing": "billing.shop.test",
    }
    one = json.loads(ask("status --json --workload billing").stdout)
    assert one["unseen"]["orchestrator"] == "billing.shop.test"


def test_one_workload_has_nothing_to_name(orchestrator: type[Orchestrator], tmp_path: Path) -> None:
    """Everything is as ever, but that there is no parent to ask."""
    (tmp_path / "cdk.json").write_bytes(CDK_JSON.read_bytes())
    assert ask("failover --reason x").exit_code == 0
    assert orchestrator.made == ["landbridge-orders-orchestrator"]
    answer = ask("failover --all --reason x")
    assert "cdk.json has one workload" in str(answer.exception)


def test_validate_says_the_waves_and_what_follows_for_each() -> None:
    """For people and for programs."""
    shown = ask("config validate")
    assert shown.exit_code == 0
    assert "Wave 1: orders\nWave 2: billing\n" in shown.output
    told = json.loads(ask("config validate --json").stdout)
    assert told["waves"] == [["orders"], ["billing"]]
    assert {name: one["derived"]["rto_seconds"] for name, one in told["workloads"].items()} == {
        "orders": 180,
        "billing": 180,
    }


def test_a_problem_between_workloads_is_told_with_its_rule(tmp_path: Path) -> None:
    """Exit 2; field, value, rule, remedy and where that is from."""
    context = several({"workloads.1.names.failover": "orders.shop.test"})
    (tmp_path / "cdk.json").write_text(json.dumps({"context": context}))
    answer = ask("config validate --json")
    assert answer.exit_code == 2
    assert json.loads(answer.stdout)["problems"] == [
        {
            "field": "workloads.1.names.failover",
            "value": "'orders.shop.test'",
            "problem": "it is a DNS name of orders already, and orders.shop.test can serve one"
            " workload",
            "remedy": "give billing its own",
            "rule": "each-its-own",
            "source": "docs/workloads.md, Each its own",
        }
    ]


def test_a_field_of_the_list_is_explained() -> None:
    """Its limits, and each rule that looks at it."""
    shown = ask("config explain workloads.after")
    assert shown.exit_code == 0, shown.output
    assert "workloads-in-order" in shown.output
    assert "at least 1" in ask("config explain waves.max_concurrency").output
