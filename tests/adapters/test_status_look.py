"""``landbridge status`` with parts missing: what cannot be seen is unknown, and says why."""

import json
import socket
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from landbridge.adapters import status_look
from landbridge.adapters.operations import FAILBACK, FAILOVER, GAMEDAY, Execution, Operations
from landbridge.adapters.status_look import Surroundings, status_now
from landbridge.adapters.status_screen import fitted_screen, status_screen
from landbridge.domain.errors import ConfigurationError, LandbridgeError, SiteUnknownError
from landbridge.domain.gate import GateState
from landbridge.domain.history import StepRecord
from landbridge.domain.preflight.check import Result
from landbridge.domain.settings import Names
from landbridge.domain.status import Status
from tests.adapters.serving import running

NAMES = Names("shop.test", "orders.shop.test", "health.shop.test", "health-azure.shop.test")


def report(at: float, **values: Any) -> dict[str, Any]:
    """Return what the Lambda answers in a healthy world."""
    checks = [{"name": "workload", "result": "pass", "reason": "ready", "remedy": ""}]
    return {
        "at": at,
        "active": "aws",
        "active_reason": "AWS's database takes writes",
        "gate": {"state": "closed", "epoch": 1, "since": ""},
        "gate_reason": "",
        "lag_bytes": 1_500,
        "lag_seconds": 0.2,
        "checks": checks,
        **values,
    }


def execution(name: str, status: str = "SUCCEEDED", **values: Any) -> Execution:
    """Return a run that ended ten seconds ago, or is on."""
    now = time.time()
    found: dict[str, Any] = {
        "name": name,
        "arn": "arn",
        "status": status,
        "started_at": now - 60,
        "ended_at": None if status == "RUNNING" else now - 10,
        "steps": (),
        "state": {},
        "error": "",
        "cause": "",
    }
    return Execution(**{**found, **values})


class Orchestrator:
    """What the orchestrator answers; an error in a part's place is raised there."""

    def __init__(self, **parts: Any) -> None:
        self.looks = 0
        self._parts: dict[str, Any] = {
            "outputs": {},
            FAILOVER: [],
            FAILBACK: [],
            GAMEDAY: [],
            "kept": report(time.time() - 30),
            "now": report(time.time()),
            **parts,
        }

    def _part(self, name: str) -> Any:
        part = self._parts[name]
        if isinstance(part, Exception):
            raise part
        return part

    def outputs(self) -> Mapping[str, str]:
        """Return the stack's outputs."""
        return dict(self._part("outputs"))

    def executions(self, flow: str) -> list[str]:
        """Return the flow's runs."""
        return [run.name for run in self._part(flow)]

    def execution(self, name: str) -> Execution:
        """Return one run."""
        runs = [run for flow in (FAILOVER, FAILBACK, GAMEDAY) for run in self._part(flow)]
        return next(run for run in runs if run.name == name)

    def kept_preflight(self) -> dict[str, Any] | None:
        """Return the report that is kept."""
        return self._part("kept")  # type: ignore[no-any-return]

    def preflight(self) -> dict[str, Any]:
        """Look now."""
        self.looks += 1
        return dict(self._part("now"))


@pytest.fixture(name="function_url")
def _function_url() -> Iterator[str]:
    """Serve the two vetoes of a closed gate."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if self.path.endswith("veto-aws") else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with running(server):
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture(name="nowhere")
def _nowhere() -> str:
    """Return a port of loopback at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(autouse=True)
def _dns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_look, "site_answering", lambda *_: "aws")


def seen(orchestrator: Any, function_url: str) -> Status:
    """Look at a world; ``orchestrator`` may be the error that comes instead."""

    def connect() -> Any:
        if isinstance(orchestrator, Exception):
            raise orchestrator
        return orchestrator

    return status_now(Surroundings(NAMES, ("127.0.0.1:53",), function_url, connect))


def screen(status: Status) -> str:
    """Return what a person reads."""
    console = Console(file=StringIO(), width=120)
    console.print(status_screen(status, "orders.shop.test"))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_world_in_good_health_is_read_at_a_glance(function_url: str) -> None:
    """Who serves, gate and epoch, DNS, lag, readiness, run and next step are on one screen."""
    orchestrator = Orchestrator()
    status = seen(orchestrator, function_url)
    assert (status.gate, status.dns, dict(status.unseen)) == (GateState.CLOSED, "aws", {})
    shown = screen(status)
    for words in ("AWS", "closed", "epoch 1", "1.5 kB, 0.2 s", "1 of 1 checks pass", "none yet"):
        assert words in shown
    assert "Nothing to do" in shown
    assert orchestrator.looks == 0


def test_with_everything_gone_the_screen_still_stands(
    nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No AWS, no Function App, no DNS: each is unknown, with its own reason, and no exception."""

    def silent(*_: object) -> str:
        raise SiteUnknownError("no name server answered")

    monkeypatch.setattr(status_look, "site_answering", silent)
    status = seen(ConfigurationError("no credentials", "set AWS_PROFILE"), f"http://{nowhere}")
    assert set(status.unseen) == {"dns", "gate", "orchestrator"}
    shown = screen(status)
    assert shown.count("unknown") >= 6
    for reason in ("no credentials", "connection refused", "no name server answered"):
        assert reason in shown
    assert "set AWS_PROFILE" in shown


def test_without_the_orchestrator_gate_and_dns_are_seen(function_url: str) -> None:
    """The vetoes are anybody's to ask: who serves is known while AWS's region is away."""
    status = seen(SiteUnknownError("AWS did not answer"), function_url)
    shown = screen(status)
    assert (status.gate, status.dns) == (GateState.CLOSED, "aws")
    assert "AWS did not answer" in shown


def test_an_aws_that_swallows_packets_is_not_waited_for(function_url: str) -> None:
    """A port that takes a connection and never answers is unknown after one try."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        keys = {"aws_access_key_id": "lab", "aws_secret_access_key": "lab"}
        operations = Operations("stack", "eu-central-1", url, keys, patience_seconds=0.2)
        status = seen(operations, function_url)
        assert "AWS did not answer" in status.unseen["orchestrator"]
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):  # it was tried once
            silent.accept()


@pytest.mark.parametrize(
    ("part", "unseen"),
    [
        ({"outputs": ConfigurationError("stack: not deployed")}, "orchestrator"),
        ({FAILOVER: SiteUnknownError("ListExecutions: throttled")}, "run"),
        ({GAMEDAY: SiteUnknownError("ListExecutions: throttled")}, "gameday"),
        ({"kept": SiteUnknownError("the table did not answer")}, "readiness"),
        ({"kept": None, "now": LandbridgeError("the Lambda broke")}, "readiness"),
        ({"kept": {"at": 1.0}}, "readiness"),
    ],
)
def test_a_part_that_cannot_be_asked_is_unknown_alone(
    part: dict[str, Any], unseen: str, function_url: str
) -> None:
    """The reason stands at its part; what does not depend on it is seen."""
    status = seen(Orchestrator(**part), function_url)
    assert set(status.unseen) == {unseen}
    assert (status.gate, status.dns) == (GateState.CLOSED, "aws")
    assert "unknown" in screen(status)


@pytest.mark.parametrize(
    ("parts", "looks"),
    [
        ({}, 0),
        ({"kept": None}, 1),
        ({"kept": report(1.0)}, 1),
        ({"kept": report(time.time(), gate={"state": "open", "epoch": 2, "since": ""})}, 1),
        ({FAILOVER: [execution("failover-manual-1")], "kept": report(time.time() - 60)}, 1),
        ({FAILOVER: [execution("failover-manual-1", "RUNNING")]}, 1),
    ],
    ids=["fresh", "none", "old", "gate moved since", "run ended since", "run is on"],
)
def test_a_report_that_may_not_be_true_any_more_is_made_anew(
    parts: dict[str, Any], looks: int, function_url: str
) -> None:
    """The minute's report is enough while nothing has happened since."""
    orchestrator = Orchestrator(**parts)
    seen(orchestrator, function_url)
    assert orchestrator.looks == looks


def test_the_run_that_is_on_comes_before_a_later_one(function_url: str) -> None:
    """A failback that runs is shown, with its step and what it waits for."""
    asks = StepRecord("request_approval", "Request Approval", time.time() - 5)
    running_run = execution("failback-manual-1", "RUNNING", steps=(asks,))
    orchestrator = Orchestrator(
        **{FAILBACK: [running_run], FAILOVER: [execution("failover-alarm-2")]}
    )
    status = seen(orchestrator, function_url)
    assert status.run is not None
    assert (status.run.name, status.run.waits_for_approval) == ("failback-manual-1", True)
    shown = screen(status)
    assert "failback is on" in shown
    assert "landbridge approve failback-manual-1" in shown


def test_the_last_run_says_how_it_ended(function_url: str) -> None:
    """Outcome and message come from the record, the error's name from its reason."""
    record = {
        "outcome": "refused",
        "reason": "OutageNotConfirmedError: nobody says down",
        "message": "landbridge: failover refused (run x)\n\nnobody says down\n",
    }
    ended = execution("failover-alarm-2", "FAILED", state={"record": record})
    status = seen(Orchestrator(**{FAILOVER: [ended]}), function_url)
    assert status.run is not None
    assert (status.run.outcome, status.run.reason) == ("refused", record["reason"])
    shown = screen(status)
    assert "failover refused" in shown
    assert "nobody says down" in shown


def test_red_checks_fit_one_screen(function_url: str) -> None:
    """The worst come first; what is too much is counted, and has a command."""
    rows = [
        {
            "name": f"check-{n}",
            "result": "fail" if n == 11 else "warn",
            "reason": "r",
            "remedy": "m",
        }
        for n in range(12)
    ]
    made = report(time.time(), checks=rows)
    status = seen(Orchestrator(kept=json.loads(json.dumps(made))), function_url)
    assert status.report is not None
    assert status.report.result is Result.FAIL
    shown = screen(status)
    assert shown.index("check-11") < shown.index("check-0")
    assert "and 4 more: landbridge preflight" in shown


def test_a_gameday_that_is_on_is_shown_with_its_phase(function_url: str) -> None:
    """Azure serves and no run is on: it is a rehearsal, and the command is its abort."""
    state = {"plan": {}, "out_leg": {}, "watched_out": {"action": "go_on"}}
    on = execution("gameday-manual-1", "RUNNING", state=state)
    status = seen(Orchestrator(**{GAMEDAY: [on]}), function_url)
    shown = screen(status)
    assert "GameDay is on  Azure serves for a while" in shown
    assert "landbridge gameday --abort" in shown


def test_the_last_gameday_says_how_it_ended(function_url: str) -> None:
    """Its mark and its reason, from its own report."""
    message = "landbridge: GameDay aborted (run gameday-manual-1)\n\nby ada: too loud\nOut: x\n"
    told = {"mark": "aborted", "reason": "by ada: too loud", "message": message}
    ended = execution("gameday-manual-1", "FAILED", state={"report": told})
    shown = screen(seen(Orchestrator(**{GAMEDAY: [ended]}), function_url))
    assert "GameDay aborted" in shown
    assert "by ada: too loud" in shown
    assert "Out: x" not in shown


def test_automatic_failover_that_is_off_is_on_the_screen(function_url: str) -> None:
    """In a line of its own, with the command that turns it on."""
    reason = "automatic failover is off: failover-1 is 40 days old"
    rows = [{"name": "last-drill", "result": "fail", "reason": reason, "remedy": "a drill"}]
    shown = screen(seen(Orchestrator(kept=report(time.time(), checks=rows)), function_url))
    assert f"By itself  {reason}" in shown
    assert "landbridge gameday --watch" in shown


def test_one_screen_is_one_screen_on_a_small_terminal(function_url: str) -> None:
    """80 by 24, a run that told much, a GameDay, and more red checks than there are lines."""
    words = "some words that a check has for what it found and that need more than a line or two"
    rows = [
        {"name": f"check-{n}", "result": "fail", "reason": words, "remedy": words}
        for n in range(12)
    ]
    record = {"outcome": "failed", "reason": "x", "message": "\n".join([words] * 9)}
    orchestrator = Orchestrator(
        **{
            "kept": report(time.time(), checks=rows),
            FAILOVER: [execution("failover-alarm-2", "FAILED", state={"record": record})],
            GAMEDAY: [execution("gameday-manual-1", state={"report": {"mark": "completed"}})],
        }
    )
    console = Console(file=StringIO(), width=80, height=24, force_terminal=True)
    console.print(fitted_screen(seen(orchestrator, function_url), "orders.shop.test", console))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(lines) <= 24
    assert any("Next:" in line for line in lines)
    assert any("checks that do not pass" in line or "more: landbridge" in line for line in lines)
