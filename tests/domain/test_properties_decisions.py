"""What every decision keeps to, whatever was seen: unknown never helps, and each has its reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.catching_up import progress_of
from landbridge.domain.database import DatabaseLook
from landbridge.domain.failback import Return, decide_return, why_not_admitted
from landbridge.domain.fence import FenceEvidence, FenceResult, why_not_fenced
from landbridge.domain.gate import Gate, GateState
from landbridge.domain.old_primary import may_start_as_primary
from landbridge.domain.promotion import Policy, decide_promotion
from landbridge.domain.situation import Situation, decide_situation
from landbridge.domain.synchronous import acknowledges_without
from landbridge.domain.votes import Ballot, ProbeOutcome, Vote, ballot_of_probe, tally
from tests.domain.strategies import AWS_LOOKS, AZURE_LOOKS, BOUNDED, GATES, MANY, MAYBE_GATES

WITNESSES = ("alarm", "orchestrator", "azure", "person")
BALLOTS = st.lists(
    st.builds(Ballot, st.sampled_from(WITNESSES), st.sampled_from(Vote), st.just("seen")),
    unique_by=lambda ballot: ballot.witness,
    max_size=4,
)
POLICIES = st.builds(
    Policy,
    synchronous=st.booleans(),
    standby_name=st.just("azure"),
    rpo_seconds=st.floats(0, 60),
    rpo_bytes=st.sampled_from([0, 50, 2_000]),
    accept_data_loss=st.booleans(),
    planned=st.booleans(),
)
FINAL = st.sampled_from([None, None, 1_000, 1_050])


@BOUNDED
@given(st.data(), BALLOTS)
def test_the_order_of_votes_does_not_matter(data: st.DataObject, ballots: list[Ballot]) -> None:
    """Any order of the same ballots confirms the same."""
    shuffled: Sequence[Ballot] = data.draw(st.permutations(ballots))
    assert tally(shuffled).confirmed is tally(ballots).confirmed


@BOUNDED
@given(BALLOTS)
def test_votes_confirm_by_the_rule_alone(ballots: list[Ballot]) -> None:
    """Two say down and none says up; whoever does not know counts for nothing."""
    votes = [ballot.vote for ballot in ballots]
    confirmed = votes.count(Vote.DOWN) >= 2 and Vote.UP not in votes
    known = [ballot for ballot in ballots if ballot.vote is not Vote.UNKNOWN]
    assert tally(ballots).confirmed is confirmed is tally(known).confirmed
    assert all(ballot.witness in tally(ballots).reason for ballot in ballots)


@BOUNDED
@given(BALLOTS, st.sampled_from(WITNESSES))
def test_one_up_is_a_veto(ballots: list[Ballot], witness: str) -> None:
    """Whatever the others say."""
    assert not tally([*ballots, Ballot(witness, Vote.UP, "200")]).confirmed


@BOUNDED
@given(st.integers(0, 999) | st.sampled_from(ProbeOutcome))
def test_a_probe_says_down_only_where_the_site_said_so(result: int | ProbeOutcome) -> None:
    """A refused or reset connection and a 5xx; 2xx and 3xx are up; all else is unknown."""
    vote = ballot_of_probe("azure", result).vote
    if isinstance(result, ProbeOutcome):
        said_so = result in {ProbeOutcome.REFUSED, ProbeOutcome.RESET}
        assert vote is (Vote.DOWN if said_so else Vote.UNKNOWN)
    else:
        assert (vote is Vote.DOWN) is (result // 100 == 5)
        assert (vote is Vote.UP) is (result // 100 in {2, 3})


@BOUNDED
@given(
    st.lists(
        st.builds(
            FenceEvidence,
            st.sampled_from(["sql", "pods"]),
            st.sampled_from(FenceResult),
            st.just("seen"),
        ),
        unique_by=lambda evidence: evidence.layer,
        max_size=2,
    ),
    st.booleans(),
    st.booleans(),
)
def test_only_a_read_only_database_is_fenced(
    evidence: list[FenceEvidence],
    synchronous: bool,  # noqa: FBT001 - drawn
    planned: bool,  # noqa: FBT001 - drawn
) -> None:
    """Pods gone, silence or a failure fence nothing; in sync mode the promotion itself does."""
    why = why_not_fenced(evidence, synchronous=synchronous, planned=planned)
    read_only = any(e.layer == "sql" and e.result is FenceResult.DONE for e in evidence)
    assert (why is None) is (read_only or (synchronous and not planned))
    backwards = why_not_fenced(evidence[::-1], synchronous=synchronous, planned=planned)
    assert backwards == why


@BOUNDED
@given(AZURE_LOOKS, st.none() | AWS_LOOKS, POLICIES, FINAL)
def test_what_is_promoted_has_all_that_it_shall(
    standby: DatabaseLook, last_look: DatabaseLook | None, policy: Policy, final: int | None
) -> None:
    """A standby whose whole records are replayed; for a plan, all that the held primary wrote."""
    decision = decide_promotion(standby, last_look, policy, final)
    assert decision.action == "promote" or decision.reason or decision.action == "already_promoted"
    if decision.action != "promote":
        return
    assert standby.is_standby
    assert not standby.replay_paused
    replayed = standby.replayed_lsn or 0
    assert replayed >= (standby.received_lsn or 0) or standby.replay_starved
    if policy.planned and final:
        assert replayed >= final
    if last_look is not None:
        assert standby.timeline == last_look.timeline
    if not policy.accept_data_loss and not (policy.planned and final):
        assert last_look is not None or final
        within = decision.lag_bytes is None or decision.lag_bytes <= policy.rpo_bytes
        assert within or policy.synchronous


@BOUNDED
@given(AZURE_LOOKS, AWS_LOOKS, POLICIES, FINAL, st.integers(0, 500))
def test_a_wider_budget_never_refuses_more(
    standby: DatabaseLook, last_look: DatabaseLook, policy: Policy, final: int | None, more: int
) -> None:
    """Whoever may lose more may promote wherever he might before."""
    wider = replace(
        policy, rpo_bytes=policy.rpo_bytes + more, rpo_seconds=policy.rpo_seconds + more
    )
    names = {r.name for r in decide_promotion(standby, last_look, policy, final).refusals}
    assert {r.name for r in decide_promotion(standby, last_look, wider, final).refusals} <= names


@BOUNDED
@given(AZURE_LOOKS, MAYBE_GATES, st.booleans())
def test_where_it_stands_is_known_or_unknown_with_a_reason(
    azure: DatabaseLook,
    gate: Gate | None,
    force: bool,  # noqa: FBT001 - drawn
) -> None:
    """No gate or no answer is unknown; a standby is never taken for Azure serving, nor back."""
    standing = decide_situation(azure, gate, force=force)
    assert standing.reason
    if gate is None or not (azure.is_primary or azure.is_standby):
        assert standing.situation is Situation.UNKNOWN
    if standing.situation in {Situation.ON_AZURE, Situation.MOVING}:
        assert azure.is_primary
    if standing.situation is Situation.ON_AWS:
        assert azure.is_standby
    if standing.situation is Situation.ON_AZURE:
        assert gate is not None
        assert gate.state is GateState.OPEN
        assert not azure.read_only
    calm = decide_situation(azure, gate)
    forced = gate is not None and gate.state is GateState.CLOSED and azure.is_primary
    assert standing == calm or (force and forced)


@BOUNDED
@given(AWS_LOOKS, AZURE_LOOKS, MAYBE_GATES, st.booleans())
def test_a_return_begins_only_from_what_was_seen(
    aws: DatabaseLook,
    azure: DatabaseLook,
    gate: Gate | None,
    synchronous: bool,  # noqa: FBT001 - drawn
) -> None:
    """AWS is home only where it answers as a primary; two sites that take writes are nobody's."""
    standing = decide_return(aws, azure, gate, "azure", synchronous=synchronous)
    assert standing.reason
    if gate is None or gate.state is GateState.ENGAGED:
        assert standing.situation is Return.UNKNOWN
    if standing.situation in {Return.ON_AWS, Return.UNPROTECTED, Return.RETURNING}:
        assert aws.is_primary
    if standing.situation is Return.RETURNING:
        assert why_not_admitted(aws, azure) == ""
        assert not (azure.is_primary and azure.read_only is False)
    if standing.situation in {Return.ON_AZURE, Return.HELD}:
        assert azure.is_primary
        assert why_not_admitted(aws, azure)
        assert (standing.situation is Return.HELD) is bool(azure.read_only)
    if standing.situation is Return.ON_AWS:
        waits = {"sync", "quorum"} if synchronous else {"sync", "quorum", "async", "potential"}
        assert any(
            (one.application_name, one.state) == ("azure", "streaming") and one.sync_state in waits
            for one in aws.standbys
        )


@BOUNDED
@given(AWS_LOOKS, AZURE_LOOKS)
def test_admitted_is_proven_and_never_guessed(aws: DatabaseLook, azure: DatabaseLook) -> None:
    """A primary that answers, takes writes, and has a newer epoch than Azure, which is known."""
    admitted = why_not_admitted(aws, azure) == ""
    proven = (
        aws.is_primary
        and not aws.read_only
        and aws.epoch is not None
        and azure.epoch is not None
        and aws.epoch > azure.epoch
    )
    assert admitted is proven


@BOUNDED
@given(GATES, st.none() | st.integers(1, 5), st.none() | st.integers(1, 5))
def test_two_old_primaries_never_both_start_in_older_epochs(
    gate: Gate, aws: int | None, azure: int | None
) -> None:
    """Where both sites' data are older than the gate, one of the two waits."""
    starts = [
        may_start_as_primary(site, gate, lambda epoch=epoch: epoch)[0]
        for site, epoch in (("aws", aws), ("azure", azure))
        if epoch is None or epoch < gate.epoch
    ]
    assert starts.count(True) <= 1


NAMES = st.lists(st.sampled_from(["azure", "backup", "spare"]), min_size=1, max_size=3, unique=True)


@BOUNDED
@given(NAMES, st.integers(1, 3), st.sampled_from(["", "FIRST ", "ANY "]), st.booleans())
def test_a_name_is_needed_only_where_the_others_are_too_few(
    names: list[str],
    count: int,
    word: str,
    quoted: bool,  # noqa: FBT001 - drawn
) -> None:
    """The primary waits for Azure for certain only where all others together do not suffice."""
    listed = ", ".join(f'"{name}"' if quoted else name.upper() for name in names)
    setting = f"{word}{count} ({listed})"
    others = [name for name in names if name != "azure"]
    needed = "azure" in names and len(others) < count
    assert (acknowledges_without(setting, "azure") is None) is needed
    assert acknowledges_without(f"{word}{count} ({listed}, *)", "azure") is not None


@BOUNDED
@given(AZURE_LOOKS, AZURE_LOOKS, st.floats(0, 60), st.integers(0, 2_000))
def test_progress_is_never_negative(
    before: DatabaseLook, serving: DatabaseLook, elapsed: float, threshold: int
) -> None:
    """Rates and times left are at least zero, and caught up means streaming and near."""
    earlier = progress_of(before, "aws", None, 100.0, threshold)
    known = earlier.document() if earlier.lag_bytes is not None else None
    now = progress_of(serving, "aws", known, 100.0 + elapsed, threshold)
    assert (now.bytes_per_second or 0) >= 0
    assert (now.seconds_left or 0) >= 0
    if now.caught_up:
        assert any(one.state == "streaming" for one in serving.standbys)
        assert now.lag_bytes is not None
        assert now.lag_bytes <= threshold


def test_the_examples_reach_every_answer() -> None:
    """The properties above are of more than refusals and unknowns."""
    seen: Counter[str] = Counter()

    @MANY
    @given(AWS_LOOKS, AZURE_LOOKS, GATES, POLICIES, FINAL)
    def look(
        aws: DatabaseLook, azure: DatabaseLook, gate: Gate, policy: Policy, final: int | None
    ) -> None:
        seen[decide_promotion(azure, aws, policy, final).action] += 1
        seen[f"failover {decide_situation(azure, gate).situation}"] += 1
        standing = decide_return(aws, azure, gate, "azure", synchronous=policy.synchronous)
        seen[f"failback {standing.situation}"] += 1

    look()
    actions = ["promote", "refuse", "wait_replay", "resume_replay", "already_promoted"]
    wanted = [
        *actions,
        *(f"failover {situation}" for situation in Situation),
        *(f"failback {situation}" for situation in Return),
    ]
    assert [one for one in wanted if not seen[one]] == []
