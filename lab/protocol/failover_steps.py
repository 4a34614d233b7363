"""A failover's steps as atomic actions: functions/<step>/handler.py, call by call."""

from collections.abc import Iterator, Mapping

from lab.protocol.databases import (
    STANDBY_NAME,
    aws_ready,
    azure_commits,
    final_position,
    look_at_aws,
    look_at_azure,
    look_on_record,
)
from lab.protocol.lock_and_gate import (
    check_holder,
    decide_gate,
    free_lock,
    renew,
    take,
    unavailable,
    write_gate,
)
from lab.protocol.promotion_steps import PROMOTE, UNDO_FAILOVER, VERIFY, azure_unreachable
from lab.protocol.step import Action, Outcome, Scene, Went, failed
from lab.protocol.world import Up, World
from landbridge.domain.errors import (
    DnsNotSwitchedError,
    FenceUnconfirmedError,
    OutageNotConfirmedError,
    PromotionRefusedError,
    RolloutPendingError,
    SiteUnknownError,
)
from landbridge.domain.fence import FenceEvidence, FenceResult
from landbridge.domain.gate import GateState
from landbridge.domain.promotion import Policy, decide_promotion
from landbridge.domain.situation import Situation, decide_situation
from landbridge.domain.votes import Ballot, ProbeOutcome, Vote, ballot_of_probe

__all__ = ["FAILOVER_ACTIONS"]


def _observe(scene: Scene) -> Iterator[Outcome]:
    # One action: database and gate, read one after the other, give no pair that lets a run go on
    # and that was not true at one moment.
    world, run, model = scene.world, scene.run, scene.model
    if not world.function_app:
        yield unavailable()
        return
    standing = decide_situation(look_at_azure(world), world.gate)
    if standing.situation is Situation.UNKNOWN:
        yield failed(SiteUnknownError(standing.reason))
        return
    first = not model.synchronous and standing.situation is not Situation.MOVING
    seen = run._replace(
        situation=standing.situation.value,
        seen_state=world.gate.state.value,
        seen_epoch=world.gate.epoch,
        fence_first=first,
    )
    yield Went(f"sees: {standing.reason}", world, seen)


def _probe(witness: str, world: World) -> Ballot:
    if world.aws.up is Up.DEAD or world.aws.cut:
        return ballot_of_probe(witness, ProbeOutcome.REFUSED)
    return ballot_of_probe(witness, 200 if aws_ready(world) else 503)


def _confirm(scene: Scene) -> Iterator[Outcome]:
    world, run = scene.world, scene.run
    azure = _probe("azure", world)
    if not world.function_app:
        azure = Ballot("azure", Vote.UNKNOWN, "the Function App does not answer")
    ballots = (
        Ballot("alarm", Vote.DOWN, "health"),
        _probe("orchestrator", world),
        azure,
    )
    verdict = scene.model.rules.tally(ballots)
    if not verdict.confirmed:
        yield failed(OutageNotConfirmedError(verdict.reason))
        return
    if not world.azure.answers:
        yield failed(SiteUnknownError("AWS may only be waiting for Azure's database"))
        return
    yield Went(f"takes the outage for confirmed: {verdict.reason}", world, run)


def _fence(scene: Scene) -> Iterator[Outcome]:
    world, run, rules = scene.world, scene.run, scene.model.rules
    aws, said, token = world.aws, "nobody fences AWS", run.token
    evidence: tuple[FenceEvidence, ...] = ()
    if rules.fences:
        reached = aws.answers and not aws.standby
        result = FenceResult.DONE if reached else FenceResult.UNREACHABLE
        evidence = (FenceEvidence("sql", result, "connection refused"),)
        said = "AWS's database cannot be reached"
        if reached:
            aws = aws._replace(held=True, held_file=True)
            said = "makes AWS's database read-only and ends its sessions"
            token = "pending" if world.azure.lacks else "met"
    why = rules.why_not_fenced(evidence, synchronous=scene.model.synchronous)
    if why:
        yield failed(FenceUnconfirmedError(why))
        return
    yield Went(said, world._replace(aws=aws), run._replace(token=token))


def _check_promotion(scene: Scene) -> Iterator[Outcome]:
    world, run, model = scene.world, scene.run, scene.model
    if not world.azure.answers:
        yield azure_unreachable()
        return
    policy = Policy(model.synchronous, STANDBY_NAME, rpo_seconds=0.0, rpo_bytes=0)
    seen = look_at_aws(world)
    primary = seen if seen.is_primary else look_on_record(world.noted)
    decision = decide_promotion(look_at_azure(world), primary, policy, final_position(run.token))
    if decision.action == "refuse":
        yield failed(PromotionRefusedError(decision.reason))
        return
    yield Went(f"the promotion gate says {decision.action}", world, run)


def _rollout(scene: Scene) -> Iterator[Outcome]:
    if not azure_commits(scene.world):
        yield failed(RolloutPendingError("Azure's pods wait for a database that takes writes"))
        return
    yield Went("finds Azure's pods ready, and orders straight at Azure", scene.world, scene.run)


def _wait_dns(scene: Scene) -> Iterator[Outcome]:
    seen, wanted = scene.model.rules.pair.answer(scene.world), scene.task.parameters["site"]
    if seen != wanted:
        yield failed(DnsNotSwitchedError(f"DNS answers {seen}"))
        return
    yield Went(f"DNS answers {seen}", scene.world, scene.run)


FAILOVER_ACTIONS: Mapping[str, tuple[Action, ...]] = {
    "observe_sites": (_observe,),
    "confirm_outage": (_confirm,),
    "take_lock": (take,),
    "engage_gate": (decide_gate(GateState.ENGAGED, as_seen=True), write_gate),
    "fence_primary": (renew, _fence),
    "scale_standby": (check_holder,),
    "check_promotion": (_check_promotion,),
    "promote_standby": PROMOTE,
    "verify_writable": VERIFY,
    "wait_rollout": (renew, _rollout),
    "open_gate": (decide_gate(GateState.OPEN), write_gate),
    "wait_dns": (_wait_dns,),
    "release_lock": (free_lock,),
    "undo_failover": UNDO_FAILOVER,
}
