"""What a person does next, as one sentence and one command: decided by what could be seen."""

from dataclasses import dataclass

from landbridge.domain.drill_age import LAST_DRILL, TURNS_ON
from landbridge.domain.gate import GateState
from landbridge.domain.preflight.check import Result
from landbridge.domain.status import PreflightReport, RunLook, Status

__all__ = ["NextStep", "decide_next"]

_RESUME = "landbridge failover --resume --watch"
_FAILBACK = "landbridge failback --watch"
_WATCH = "landbridge status --watch"
_ABORT = "landbridge gameday --abort"
_PREFLIGHT = "landbridge preflight"
# Checks of a standby that `landbridge failback` makes anew while AWS serves.
_STANDBY = ("replication-state", "replication-sync", "timeline")

# Refusals that --accept-data-loss overrides; --force overrides the votes' alone.
_LOSSY = ("PromotionRefusedError", "FenceUnconfirmedError")
_RECENT_SECONDS = 3600.0  # an older refusal was of another incident


@dataclass(frozen=True)
class NextStep:
    """``command`` is empty where there is nothing to type."""

    sentence: str
    command: str = ""


def decide_next(status: Status) -> NextStep:
    """Return the next step: a run, what stopped half way, a GameDay, an outage, readiness."""
    for decide in _IN_ORDER:
        found = decide(status)
        if found is not None:
            return found
    return NextStep("All is well: AWS serves, and a failover would work. Nothing to do.")


def _running(status: Status) -> NextStep | None:
    run = status.run
    if run is None or not run.running:
        return None
    if run.waits_for_approval:
        said = "The failback waits for your word: approve it, or `landbridge reject` it."
        return NextStep(said, f"landbridge approve {run.name}")
    return NextStep(f"A {run.flow} is on: {run.step or 'starting'}. Wait for it.", _WATCH)


def _split(status: Status) -> NextStep | None:
    if status.report is None or status.report.active != "both":
        return None
    gate = status.report.named("gate")
    said = gate.remedy if gate else "stop the one with the older epoch"
    return NextStep(f"BOTH DATABASES TAKE WRITES. At once: {said}.")


def _half_way(status: Status) -> NextStep | None:
    gate, active = _gate(status), status.report.active if status.report else ""
    ended = _ending(status.run)
    if gate is GateState.ENGAGED:
        return NextStep(f"A failover stopped half way.{ended} Go on with it.", _RESUME)
    if gate is GateState.CLOSED and active == "azure":
        return NextStep(f"Azure is promoted and DNS still answers AWS.{ended}", _RESUME)
    if gate is GateState.OPEN and active in {"aws", "none"}:
        held = "Nobody takes writes" if active == "none" else "AWS takes writes, DNS answers Azure"
        return NextStep(f"{held}: a failback stopped half way.{ended} Go on with it.", _FAILBACK)
    return None


def _unseen(status: Status) -> NextStep | None:
    if status.report is not None:
        return None
    why = status.unseen.get("orchestrator") or status.unseen.get("readiness") or "no reason"
    serving = {GateState.OPEN: "The gate says that Azure serves.", GateState.CLOSED: ""}
    said = serving.get(status.gate, "") if status.gate else "The gate is not known either."
    return NextStep(f"The orchestrator could not be asked: {why}. {said}".strip(), "")


def _rehearsing(status: Status) -> NextStep | None:
    """Leave a GameDay to itself, unless what serves is down: that is nobody's rehearsal."""
    workload = status.report.named("workload") if status.report else None
    if workload is not None and workload.result is Result.FAIL:
        return None
    if status.gameday is None or not status.gameday.running:
        return None
    said = f"A GameDay is on: {status.gameday.step}. It comes home by itself; to have it sooner:"
    return NextStep(said, "landbridge gameday --abort")


def _on_azure(status: Status) -> NextStep | None:
    if _gate(status) is not GateState.OPEN:
        return None
    run = status.run
    failed = run is not None and run.flow == "failback" and run.outcome in {"failed", "refused"}
    ended = _ending(run) if failed else ""
    return NextStep(f"Azure serves.{ended} Once AWS is well again, bring it home.", _FAILBACK)


def _outage(status: Status) -> NextStep | None:
    workload = status.report.named("workload") if status.report else None
    if workload is None or workload.result is Result.PASS:
        return None
    run = status.run
    if run is None or not _just_refused(run, status.at):
        if workload.result is Result.FAIL:
            off = status.report.automatic_off() if status.report else ""
            said = f"AWS does not serve, and no run is on{off and f': {off}'}."
            return NextStep(said, _failover(""))
        said = f"Whether AWS serves is not known: {workload.reason}. Look again, and for yourself"
        return NextStep(f"{said}; if it is down:", _failover(""))
    said = f"AWS does not serve, and the last run was refused.{_ending(run)}"
    if "There is no override" in run.reason:
        return NextStep(said, _PREFLIGHT)
    lossy = run.reason.startswith(_LOSSY)
    override = "--accept-data-loss" if lossy else "--force"
    return NextStep(f"{said} If you know better:", _failover(override))


def _just_refused(run: RunLook, now: float) -> bool:
    recent = run.ended_at is not None and now - run.ended_at < _RECENT_SECONDS
    return recent and run.flow == "failover" and run.outcome == "refused"


def _failover(override: str) -> str:
    parts = ("landbridge failover", '--reason "AWS does not serve"', override, "--watch")
    return " ".join(part for part in parts if part)


def _readiness(status: Status) -> NextStep | None:
    report = status.report
    if report is None or report.result is Result.PASS:
        return None
    for judge in (_unprotected, _off, _not_ready):
        found = judge(report)
        if found is not None:
            return found
    return None


def _unprotected(report: PreflightReport) -> NextStep | None:
    for name in _STANDBY:
        check = report.named(name)
        if check is not None and check.result is Result.FAIL:
            return NextStep(
                f"AWS serves without the standby that it shall have: {check.reason}. Mend it.",
                _FAILBACK,
            )
    return None


def _off(report: PreflightReport) -> NextStep | None:
    """Where nothing else is against a failover; else that has to be mended before a drill."""
    others = [one for one in report.red() if one.result is Result.FAIL and one.name != LAST_DRILL]
    if others or not report.automatic_off():
        return None
    return NextStep(f"AWS serves, and {report.automatic_off()}. A drill turns it on.", TURNS_ON)


def _not_ready(report: PreflightReport) -> NextStep:
    # A drill waits until what else is against it is mended.
    first = min(report.red(), key=lambda one: one.name == LAST_DRILL)
    said = {
        Result.FAIL: "AWS serves, but a failover would not work as it should",
        Result.UNKNOWN: "AWS serves; not everything could be seen",
    }.get(first.result, "AWS serves, and a failover would work; see to this in time")
    return NextStep(f"{said}: {first.name}: {first.reason}.", _PREFLIGHT)


def _gate(status: Status) -> GateState | None:
    if status.gate is not None:
        return status.gate
    kept = status.report.gate if status.report else None
    return GateState(kept["state"]) if kept else None


def _ending(run: RunLook | None) -> str:
    if run is None or not run.message:
        return ""
    lines = [line for line in run.message.splitlines() if line and "(run " not in line]
    return f" {lines[0]}" if lines else ""


_IN_ORDER = (
    _running,
    _split,
    _half_way,
    _unseen,
    _rehearsing,
    _on_azure,
    _outage,
    _readiness,
)
