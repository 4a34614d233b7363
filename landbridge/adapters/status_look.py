"""What ``landbridge status`` sees: each part asked for itself, and a part that is gone says so.

DNS and the gate's vetoes need no AWS: they are asked directly. The rest comes from the
orchestrator: its runs, and the preflight that it keeps each minute.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from landbridge.adapters.http_probe import request_json
from landbridge.adapters.operations import FAILBACK, FAILOVER, GAMEDAY, Execution, Operations
from landbridge.adapters.zone import site_answering
from landbridge.domain.errors import LandbridgeError, SiteUnknownError
from landbridge.domain.gameday_ending import gameday_phase
from landbridge.domain.gate import GateState
from landbridge.domain.plan import step_named
from landbridge.domain.settings import Names
from landbridge.domain.status import (
    FRESH_SECONDS,
    PreflightReport,
    RunLook,
    Status,
    gate_of_vetoes,
    read_report,
)

__all__ = ["Surroundings", "status_now"]

_VETO_SECONDS = 4.0
# While a run moves things, a minute is long; more often would be too much for Route 53's API.
_FRESH_IN_A_RUN_SECONDS = 10.0
Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Surroundings:
    """Where the parts are; ``connect`` makes the orchestrator, which may fail as any part may."""

    names: Names
    name_servers: tuple[str, ...]
    function_url: str
    connect: Callable[[], Operations]


@dataclass
class _Look:
    """One look; ``unseen`` collects why a part was not seen."""

    at: Surroundings
    unseen: dict[str, str] = field(default_factory=dict)

    def try_to(self, part: str, see: Callable[[], Seen]) -> Seen | None:
        """Return what is seen, or None with the reason kept."""
        try:
            return see()
        except (LandbridgeError, OSError, KeyError, ValueError) as error:
            self.unseen[part] = str(error) or type(error).__name__
            return None

    def dns(self) -> str:
        """Return the site that the name servers answer, or in words what they do instead."""
        names, servers = self.at.names, self.at.name_servers
        return self.try_to("dns", lambda: site_answering(names, servers)) or "unknown"

    def gate(self) -> GateState | None:
        """Return the gate as its two vetoes show it to anybody."""
        aws, azure = (self.try_to("gate", partial(self._veto, site)) for site in ("aws", "azure"))
        return gate_of_vetoes(aws, azure)

    def _veto(self, site: str) -> bool:
        url = f"{self.at.function_url}/api/gate/veto-{site}"
        status, _ = request_json("GET", url, timeout_seconds=_VETO_SECONDS)
        if status not in {200, 503}:
            raise SiteUnknownError(f"GET {url}: answered {status}")
        return status == 200  # noqa: PLR2004 - HTTP's OK


def status_now(surroundings: Surroundings) -> Status:
    """Return where the world stands; never raises for a part that cannot be asked."""
    look = _Look(surroundings)
    with ThreadPoolExecutor() as pool:
        dns, gate = pool.submit(look.dns), pool.submit(look.gate)
        operations = look.try_to("orchestrator", surroundings.connect)
        run, report, gameday = None, None, None
        if operations is not None and look.try_to("orchestrator", operations.outputs) is not None:
            rehearsed = pool.submit(look.try_to, "gameday", lambda: _newest(operations, GAMEDAY))
            run = look.try_to("run", lambda: _newest_run(operations))
            state = gate.result()
            report = look.try_to("readiness", lambda: _report(operations, run, state))
            gameday = rehearsed.result()
        return Status(time.time(), gate.result(), dns.result(), report, run, look.unseen, gameday)


def _newest_run(operations: Operations) -> RunLook | None:
    seen = (_newest(operations, flow) for flow in (FAILOVER, FAILBACK))
    runs = [run for run in seen if run is not None]
    return max(runs, key=lambda run: (run.running, run.started_at), default=None)


def _newest(operations: Operations, flow: str) -> RunLook | None:
    names = operations.executions(flow)
    return _run(flow, operations.execution(names[0])) if names else None


def _run(flow: str, seen: Execution) -> RunLook:
    now_on = [step for step in seen.steps if step.result == "running"]
    record: dict[str, Any] = dict(seen.state.get("record") or seen.state.get("report") or {})
    running = seen.status == "RUNNING"
    already = seen.state.get("observed", {}).get("situation") == "on_azure"
    said = "Already on Azure: nothing was touched." if already and not record else seen.cause
    return RunLook(
        name=seen.name,
        flow=flow,
        running=running,
        started_at=seen.started_at,
        ended_at=seen.ended_at,
        step=_doing(flow, seen) if running else "",
        waits_for_approval=running and any(step.name == "request_approval" for step in now_on),
        outcome="" if running else str(_outcome(record) or seen.status.lower()),
        reason=str(record.get("reason") or seen.error),
        message=str(record.get("message") or said),
    )


def _outcome(record: Mapping[str, Any]) -> str | None:
    return record.get("outcome") or record.get("mark")


def _doing(flow: str, seen: Execution) -> str:
    if flow == GAMEDAY:
        return gameday_phase(seen.state)
    now_on = [step for step in seen.steps if step.result == "running"]
    return step_named(now_on[-1].name).sentence if now_on else ""


def _report(operations: Operations, run: RunLook | None, gate: GateState | None) -> PreflightReport:
    """Return the report that is kept, or a new one where that one may not be true any more."""
    kept = operations.kept_preflight()
    report = read_report(kept) if kept else None
    if report is None or _outdated(report, run, gate):
        report = read_report(operations.preflight())
    return report


def _outdated(report: PreflightReport, run: RunLook | None, gate: GateState | None) -> bool:
    running = run is not None and run.running
    if time.time() - report.at > (_FRESH_IN_A_RUN_SECONDS if running else FRESH_SECONDS):
        return True
    if run is not None and run.ended_at is not None and run.ended_at > report.at:
        return True
    return gate is not None and report.gate is not None and gate != report.gate["state"]
