"""What a drill promises, each judged from the record: held or not, and by what numbers.

The drill's exit code stands on these. A promise that nobody could judge is not held.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lab.report.failback_model import Failback
from lab.report.model import AwsCalls, GamedaySeen, RunRecord

__all__ = ["Promise", "promises"]

_TTLS = 3
_VOTES_NEEDED = 2
_LAST_SECONDS = 3.0
_BY_ITSELF = frozenset({"alarm", "watchdog", "timer"})


@dataclass(frozen=True)
class Promise:
    """One promise, whether it was kept, and the numbers that say so."""

    name: str
    held: bool
    why: str


def promises(run: RunRecord) -> list[Promise]:
    """Judge them all, the gravest first.

    Where more was broken than AWS a run may refuse or stop, for the operator to go on: what must
    hold whatever happens is left, and that the judge found nothing.
    """
    acted = [_acted(run)] if run.must_act else []
    if run.gameday is not None:
        acted.append(_as_planned(run.gameday))
    if run.aws_calls is not None and run.outcome == "recovered":
        acted.append(_without_aws(run, run.aws_calls))
    if run.reconciled is not None:
        acted.append(_agreed(run.reconciled))
    if not run.must_recover:
        alone = [_by_itself(run)] if run.recovers else []
        always = [_wrote_in_the_end(run), _nothing_lost(run), _one_site(run), *_whole(run)]
        return [*acted, *alone, *always]
    judged = [*acted, _recovered(run), _nothing_lost(run), _one_site(run), *_whole(run)]
    judged.append(_really_wrote(run))
    if run.trigger in _BY_ITSELF:
        judged.append(_confirmed(run))
    judged += [_fenced(run), _steps(run), _ready_first(run), _dns_stayed(run), _served(run)]
    if run.failback is not None:
        judged += [_came_home(run.failback), _held_briefly(run.failback), _protected(run.failback)]
    return judged


def _acted(run: RunRecord) -> Promise:
    nothing = run.shown_nothing
    why = nothing or f"{', '.join(run.must_act)} did"
    return Promise("The fault had something to act on", not nothing, why)


def _as_planned(gameday: GamedaySeen) -> Promise:
    held = gameday.mark == "completed"
    return Promise("The GameDay went as planned", held, f"{gameday.mark}: {gameday.reason}")


def _without_aws(run: RunRecord, calls: AwsCalls) -> Promise:
    refused = sum(count for _, count in calls.refused)
    mine = sum(count for what, count in calls.refused if what.endswith("by takeover"))
    why = f"{calls.needed} calls answered from the fault on; {refused} refused, {mine} of its own"
    # With more broken AWS may be back before Azure acts, and lead the way out itself.
    own = run.executor == "azure" or not run.must_recover
    held = own and calls.needed == 0
    if run.executor != "azure":
        why = f"the way out was AWS's own; {why}"
    return Promise("Azure led the way out with no API of AWS", held, why)


def _agreed(reconciled: tuple[str, ...]) -> Promise:
    why = "; ".join(reconciled) or "records, gate, DNS and epoch, by landbridge reconcile"
    return Promise("With AWS back, all agreed", not reconciled, why)


def _by_itself(run: RunRecord) -> Promise:
    home = run.failback
    recovered = run.outcome == "recovered" and (home is None or home.outcome == "recovered")
    if run.manual_steps:
        why = f"done by hand: {', then '.join(run.manual_steps)}"
    elif run.outcome != "recovered":
        why = f"the run {run.outcome}: {run.reason or 'no reason was given'}"
    elif not recovered and home is not None:
        why = f"the failback {home.outcome}: {home.reason or 'no reason was given'}"
    else:
        why = "nothing was done by hand"
    return Promise("It recovered by itself", recovered and not run.manual_steps, why)


def _wrote_in_the_end(run: RunRecord) -> Promise:
    before = run.verdict.acknowledged_by_old_site_before_fault
    last = int(_LAST_SECONDS / run.series.bucket_seconds)
    after = sum(sum(counts[-last:]) for counts in run.series.acknowledged.values())
    ended = f"{run.outcome}: {run.reason}" if run.reason else run.outcome
    why = f"{before} acknowledged before, {after} in the last {_LAST_SECONDS:g} s; {ended}"
    return Promise("The users wrote, before it and in the end", before > 0 and after > 0, why)


def _whole(run: RunRecord) -> list[Promise]:
    if run.findings is None:
        return []
    why = "; ".join(run.findings) or "every rule held, over ledger, databases, logs and DNS"
    return [Promise("The judge found nothing", not run.findings, why)]


def _came_home(home: Failback) -> Promise:
    held = home.outcome == "recovered" and home.writes_by_aws > 0
    why = f"{home.writes_by_aws} writes acknowledged by AWS after it"
    if home.outcome != "recovered":
        why = f"the failback {home.outcome}: {home.reason or 'no reason was given'}"
    return Promise("The workload came home", held, why)


def _held_briefly(home: Failback) -> Promise:
    hold, budget = home.hold_seconds, home.hold_budget_seconds
    why = "AWS never took a write" if hold is None else f"{hold:.1f} s of {budget:g} s"
    held = hold is not None and hold <= budget
    return Promise("Writes were held no longer than they may be", held, why)


def _protected(home: Failback) -> Promise:
    ways = [way.name for way in (home.method_aws, home.method_azure) if way is not None]
    held = home.unprotected_seconds is not None
    why = "Azure is not its standby"
    if held:
        why = f"by {' and '.join(ways)}; {home.unprotected_seconds:.1f} s in all without one"
    return Promise("AWS has its standby again", held, why)


def _recovered(run: RunRecord) -> Promise:
    rto = run.verdict.rto_seconds
    held = run.outcome == "recovered" and rto is not None
    why = f"users were served again after {rto:.1f} s" if rto is not None else "Azure never served"
    if run.outcome != "recovered":
        why = f"the run {run.outcome}: {run.reason or 'no reason was given'}"
    return Promise("The workload recovered", held, why)


def _nothing_lost(run: RunRecord) -> Promise:
    verdict = run.verdict
    of = f"of {verdict.acknowledged} acknowledged writes"
    spans = f"missing {of}, reaching back {verdict.rpo_seconds:.2f} s"
    if run.replication == "sync":
        why = f"{verdict.missing} {spans}" if verdict.missing else f"0 missing {of}"
        return Promise("No acknowledged write was lost", verdict.missing == 0, why)
    allowed = run.allowed_missing_ids
    lost = [one for one in verdict.missing_ids if one not in allowed]
    why = f"{verdict.missing} {spans}; {len(allowed)} had not reached the standby"
    if lost:
        why += f"; {len(lost)} lost that had: {', '.join(lost[:3])}"
    return Promise("Only what the standby had not received was lost", not lost, why)


def _one_site(run: RunRecord) -> Promise:
    count = run.verdict.acknowledged_by_both_sites_in_one_epoch
    why = f"{count} acknowledgements by a second site in one epoch"
    if count:
        why += f": {', '.join(run.verdict.both_sites_ids[:3])}"
    return Promise("Never two sites taking writes at a time", count == 0, why)


def _really_wrote(run: RunRecord) -> Promise:
    verdict = run.verdict
    before, after = verdict.acknowledged_by_old_site_before_fault, verdict.acknowledged_by_new_site
    held = verdict.attempted > 0 and before > 0 and after > 0
    why = f"{verdict.attempted} attempted; {before} acknowledged by AWS before the fault, "
    why += f"{after} by Azure after it"
    return Promise("The users really wrote, before and after", held, why)


def _confirmed(run: RunRecord) -> Promise:
    down = [vote.witness for vote in run.votes if vote.vote == "down"]
    up = [vote.witness for vote in run.votes if vote.vote == "up"]
    held = len(down) >= _VOTES_NEEDED and not up
    why = f"{len(down)} of {len(run.votes)} witnesses said down, {len(up)} said up"
    return Promise("No single witness decided", held, why)


def _fenced(run: RunRecord) -> Promise:
    failed = [layer.layer for layer in run.fence if layer.result == "failed"]
    counts = _counted(layer.result for layer in run.fence)
    why = f"failed: {', '.join(failed)}" if failed else counts
    held = bool(run.fence) and not failed
    return Promise("AWS was fenced, with evidence", held, why or "no evidence was kept")


def _counted(words: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _steps(run: RunRecord) -> Promise:
    failed = [step.name for step in run.steps if step.result in {"failed", "timed out", "undone"}]
    repeated = sum(step.attempts - 1 for step in run.steps)
    why = f"{len(run.steps)} steps, {repeated} repeated attempts"
    if failed:
        why = f"failed: {', '.join(failed)}"
    return Promise("Every step ended well", bool(run.steps) and not failed, why)


def _ready_first(run: RunRecord) -> Promise:
    name = "Nobody was sent to Azure before it could write"
    moments = run.instants
    opened, writable, pods = moments.gate_opened, moments.writable_verified, moments.pods_ready
    if opened is None or writable is None or pods is None:
        return Promise(name, held=False, why="a moment is not known")
    spare = opened - max(writable, pods)
    word = "after" if spare >= 0 else "BEFORE"
    why = f"the gate opened {abs(spare):.2f} s {word} a write was read back and pods were ready"
    return Promise(name, spare >= 0, why)


def _dns_stayed(run: RunRecord) -> Promise:
    name = f"DNS stayed on Azure for {_TTLS} TTLs"
    since = run.instants.zone_answered_azure
    if since is None:
        return Promise(name, held=False, why="the zone never answered Azure")
    watched_on = [answer for answer in run.dns if since < answer.at <= run.observed_until]
    others = [answer for answer in watched_on if answer.site != "azure"]
    if others:
        first = others[0]
        why = f"it answered {first.site} {first.at - since:.1f} s after the flip"
        return Promise(name, held=False, why=why)
    watched, needed = run.observed_until - since, _TTLS * run.settings.ttl_seconds
    return Promise(name, watched >= needed, f"watched for {watched:.1f} s of {needed:g} s")


def _served(run: RunRecord) -> Promise:
    name = f"Azure kept serving for {_TTLS} TTLs"
    verdict, ttl = run.verdict, run.settings.ttl_seconds
    first, last = verdict.first_new_site_at, verdict.last_new_site_at
    if first is None or last is None:
        return Promise(name, held=False, why="Azure acknowledged nothing")
    # The watch may end between two writes; what counts is that acknowledgements reach that far.
    why = f"acknowledgements by Azure over {last - first:.1f} s of {_TTLS * ttl:g} s"
    return Promise(name, last - first >= _TTLS * ttl, why)
