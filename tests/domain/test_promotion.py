"""May this standby be promoted? Each refusal, its price, and what may override it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.database import DatabaseLook, StandbyConnection, unreachable
from landbridge.domain.promotion import Policy, PromotionDecision, Refusal, decide_promotion
from landbridge.domain.synchronous import acknowledges_without

STANDBY = DatabaseLook(
    site="azure",
    reachable=True,
    in_recovery=True,
    timeline=1,
    received_lsn=5000,
    replayed_lsn=5000,
    replay_paused=False,
    synchronous_standby_names="",
    heartbeat_at=100.0,
)
AZURE = StandbyConnection("azure", "streaming", "sync", 5000)
PRIMARY = DatabaseLook(
    site="aws",
    reachable=True,
    in_recovery=False,
    timeline=1,
    current_lsn=5000,
    synchronous_standby_names="azure",
    standbys=(AZURE,),
    heartbeat_at=100.0,
)
ASYNC_PRIMARY = replace(
    PRIMARY, synchronous_standby_names="", standbys=(replace(AZURE, sync_state="async"),)
)
SYNC = Policy(synchronous=True, standby_name="azure", rpo_seconds=5, rpo_bytes=1000)
ASYNC = replace(SYNC, synchronous=False)
PROMOTE = PromotionDecision("promote", (), 0, 0.0)
DOUBT = "writes that AWS acknowledged alone are lost"
CLASH = "writes that AWS acknowledged with another standby's help are lost"


def refusals(decision: PromotionDecision) -> tuple[Refusal, ...]:
    """Return the refusals of a decision that refuses."""
    assert decision.action == "refuse"
    return decision.refusals


@pytest.mark.parametrize(("policy", "primary"), [(SYNC, PRIMARY), (ASYNC, ASYNC_PRIMARY)])
def test_a_standby_that_has_everything_is_promoted(policy: Policy, primary: DatabaseLook) -> None:
    """No lag, one history, the state that the mode asks for."""
    assert decide_promotion(STANDBY, primary, policy) == PROMOTE


def test_what_a_delay_alone_holds_back_is_not_waited_for() -> None:
    """Promoting ends recovery_min_apply_delay; a pause is ended first, and a gap is still lag."""
    delayed = replace(STANDBY, replay_delayed=True, replayed_lsn=4000, heartbeat_at=1.0)
    decision = decide_promotion(delayed, PRIMARY, SYNC)
    assert decision == PromotionDecision("promote", (), 0, None)
    planned = replace(SYNC, planned=True)
    assert decide_promotion(delayed, PRIMARY, planned, 5000).action == "promote"
    assert decide_promotion(delayed, PRIMARY, planned, 5001).action == "wait_replay"
    paused = replace(delayed, replay_paused=True)
    assert decide_promotion(paused, PRIMARY, SYNC).action == "resume_replay"
    behind = replace(PRIMARY, current_lsn=6001)
    (lag,) = refusals(decide_promotion(delayed, behind, SYNC))
    assert lag.reason == "the standby is behind by 1001 bytes of WAL, the budget is 1000"


def test_a_primary_is_promoted_already() -> None:
    """Promoting twice is one promotion, whatever the last look was."""
    promoted = replace(STANDBY, in_recovery=False)
    assert decide_promotion(promoted, None, SYNC) == PromotionDecision("already_promoted")


def test_a_standby_that_was_not_seen_is_not_promoted() -> None:
    """Unknown refuses, and no override makes it known."""
    policy = replace(SYNC, accept_data_loss=True)
    for seen, why in (
        (unreachable("azure", "timed out"), "timed out"),
        (replace(STANDBY, in_recovery=None), "no answer"),
    ):
        price = "nobody knows what would be promoted"
        expected = (Refusal("standby", f"Azure's database: {why}", price),)
        assert refusals(decide_promotion(seen, PRIMARY, policy)) == expected


def test_a_paused_replay_is_resumed_before_anything_is_judged() -> None:
    """A pause hides how far the standby really is."""
    paused = replace(STANDBY, replay_paused=True, timeline=9)
    decision = decide_promotion(paused, None, SYNC)
    assert (decision.action, decision.refusals) == ("resume_replay", ())
    assert decision.reason.startswith("replay is paused")


@pytest.mark.parametrize(
    ("replayed", "reason"),
    [
        (None, "replayed WAL to 0/0 and received it to 0/1388: 5000 bytes short of 0/1388"),
        (4999, "replayed WAL to 0/1387 and received it to 0/1388: 1 bytes short of 0/1388"),
    ],
)
def test_what_was_received_is_replayed_first(replayed: int | None, reason: str) -> None:
    """Received WAL is as good as data once it is replayed, so it is waited for, and how much."""
    behind = replace(STANDBY, replayed_lsn=replayed)
    decision = decide_promotion(behind, PRIMARY, SYNC)
    assert (decision.action, decision.refusals) == ("wait_replay", ())
    assert reason in decision.reason


def test_a_planned_switchover_waits_for_the_final_lsn() -> None:
    """Up to the held primary's last byte, whatever may be lost otherwise."""
    policy = replace(SYNC, planned=True, accept_data_loss=True)
    assert decide_promotion(STANDBY, PRIMARY, policy, 5001).action == "wait_replay"
    assert decide_promotion(STANDBY, PRIMARY, policy, 5000) == PROMOTE


def test_a_held_and_replayed_primary_has_lost_nothing() -> None:
    """After a planned hold, neither budgets nor the synchronous state matter; histories do."""
    policy = replace(SYNC, planned=True)
    odd = replace(PRIMARY, synchronous_standby_names="*", heartbeat_at=900.0)
    decision = decide_promotion(STANDBY, odd, policy, 5000)
    assert decision == PromotionDecision("promote", (), 0, 800.0)
    forked = decide_promotion(replace(STANDBY, timeline=2), odd, policy, 5000)
    assert [refusal.name for refusal in refusals(forked)] == ["timeline"]


def test_in_an_outage_the_final_lsn_is_lag() -> None:
    """A fenced primary whose link is cut is never caught up with: that is loss, and is judged."""
    decision = decide_promotion(STANDBY, ASYNC_PRIMARY, ASYNC, 6001)
    assert decision == PromotionDecision(
        "refuse",
        (
            Refusal(
                "lag",
                "the standby is behind by 1001 bytes of WAL, the budget is 1000",
                "the writes in that gap are lost",
            ),
        ),
        1001,
        0.0,
    )
    assert decide_promotion(STANDBY, ASYNC_PRIMARY, ASYNC, 6000).action == "promote"
    accepted = replace(ASYNC, accept_data_loss=True)
    decision = decide_promotion(STANDBY, ASYNC_PRIMARY, accepted, 6001)
    assert decision == PromotionDecision("promote", (), 1001, 0.0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"current_lsn": 6001}, "1001 bytes of WAL, the budget is 1000"),
        ({"heartbeat_at": 105.1}, "5.1 s, the budget is 5 s"),
        (
            {"current_lsn": 6001, "heartbeat_at": 106.0},
            "1001 bytes of WAL, the budget is 1000 and 6.0 s, the budget is 5 s",
        ),
    ],
)
@pytest.mark.parametrize(("policy", "primary"), [(SYNC, PRIMARY), (ASYNC, ASYNC_PRIMARY)])
def test_lag_over_the_budget_is_refused(
    policy: Policy, primary: DatabaseLook, changes: dict[str, Any], reason: str
) -> None:
    """Bytes and seconds each have a budget, and the refusal says which was passed."""
    (refusal,) = refusals(decide_promotion(STANDBY, replace(primary, **changes), policy))
    said = f"the standby is behind by {reason}"
    assert refusal == Refusal("lag", said, "the writes in that gap are lost")


def test_lag_at_the_budget_is_within_it() -> None:
    """The budget itself may be lost."""
    primary = replace(ASYNC_PRIMARY, current_lsn=6000, heartbeat_at=105.0)
    expected = PromotionDecision("promote", (), 1000, 5.0)
    assert decide_promotion(STANDBY, primary, ASYNC) == expected


def test_a_standby_ahead_of_the_last_look_has_no_lag() -> None:
    """The last look is a minute old; what came after it is no negative lag."""
    primary = replace(PRIMARY, current_lsn=10, heartbeat_at=10.0)
    assert decide_promotion(STANDBY, primary, SYNC) == PROMOTE


@pytest.mark.parametrize("received", [None, 4096])
def test_a_standby_that_was_restarted_counts_what_it_replayed(received: int | None) -> None:
    """Without a receiver PostgreSQL reports nothing received, or a segment's beginning."""
    standby = replace(STANDBY, received_lsn=received)
    assert decide_promotion(standby, PRIMARY, SYNC) == PROMOTE


@pytest.mark.parametrize("policy", [SYNC, ASYNC])
def test_an_unknown_lag_is_refused(policy: Policy) -> None:
    """A primary that was never seen, or a position that is missing: unknown is not zero."""
    never = "how far the standby is behind is unknown: the primary was never seen"
    assert refusals(decide_promotion(STANDBY, None, policy)) == (
        Refusal("last-look", never, DOUBT),
    )
    primary = PRIMARY if policy.synchronous else ASYNC_PRIMARY
    nowhere = replace(primary, current_lsn=None)
    missing = "how far the standby is behind is unknown: a position is missing"
    assert refusals(decide_promotion(STANDBY, nowhere, policy)) == (
        Refusal("last-look", missing, DOUBT),
    )


@pytest.mark.parametrize(
    ("mine", "seen", "said"),
    [
        (1, 2, ("1", "2")),
        (3, 2, ("3", "2")),
        (None, 1, ("unknown", "1")),
        (1, None, ("1", "unknown")),
    ],
)
def test_another_history_is_refused_whatever_is_accepted(
    mine: int | None, seen: int | None, said: tuple[str, str]
) -> None:
    """A standby of another timeline, or of an unknown one, has no override."""
    policy = replace(SYNC, accept_data_loss=True)
    decision = decide_promotion(
        replace(STANDBY, timeline=mine), replace(PRIMARY, timeline=seen), policy
    )
    reason = f"the standby is on timeline {said[0]}, the primary was last seen on {said[1]}"
    price = "another history would become the truth; rebuild the standby instead"
    assert refusals(decision) == (Refusal("timeline", reason, price),)
    assert decision.reason == f"timeline: {reason}. There is no override: {price}."


@pytest.mark.parametrize("names", ["", None])
def test_a_primary_that_required_nobody_may_have_more(names: str | None) -> None:
    """An operator emptied the setting to unblock AWS: what came after is on AWS alone."""
    primary = replace(PRIMARY, synchronous_standby_names=names)
    reason = "the primary required no standby at the last look"
    expected = (Refusal("synchronous-state", reason, DOUBT),)
    assert refusals(decide_promotion(STANDBY, primary, SYNC)) == expected


@pytest.mark.parametrize("state", ["async", "potential"])
def test_a_standby_that_was_not_synchronous_is_refused(state: str) -> None:
    """Connected, but not waited for."""
    primary = replace(PRIMARY, standbys=(replace(AZURE, sync_state=state),))
    reason = f"Azure was last seen as {state}, not sync"
    expected = (Refusal("synchronous-state", reason, DOUBT),)
    assert refusals(decide_promotion(STANDBY, primary, SYNC)) == expected


def test_a_standby_in_a_quorum_of_one_is_synchronous() -> None:
    """ANY 1 (azure) reports quorum and waits for Azure just the same."""
    primary = replace(
        PRIMARY,
        synchronous_standby_names="ANY 1 (azure)",
        standbys=(replace(AZURE, sync_state="quorum"),),
    )
    assert decide_promotion(STANDBY, primary, SYNC) == PROMOTE


def test_a_primary_that_waits_for_an_absent_standby_lost_nothing() -> None:
    """Nobody else satisfies it: whatever it wrote since, it acknowledged nothing."""
    waiting = replace(PRIMARY, standbys=(), current_lsn=900_000, heartbeat_at=900.0)
    expected = PromotionDecision("promote", (), 895_000, 800.0)
    assert decide_promotion(STANDBY, waiting, SYNC) == expected


@pytest.mark.parametrize("names", ["*", "other", "azure, other", "ANY 1 (azure, other)"])
def test_a_setting_that_others_satisfy_is_refused(names: str) -> None:
    """Another standby may have confirmed what Azure lacks, whether or not Azure is connected."""
    for standbys in ((AZURE,), ()):
        primary = replace(PRIMARY, synchronous_standby_names=names, standbys=standbys)
        (refusal,) = refusals(decide_promotion(STANDBY, primary, SYNC))
        why = acknowledges_without(names, "azure")
        assert refusal == Refusal("application-name", str(why), CLASH)


def test_two_standbys_of_one_name_are_refused() -> None:
    """One of them may be a copy that somebody made, and confirm what Azure lacks."""
    primary = replace(PRIMARY, standbys=(AZURE, replace(AZURE, application_name="Azure")))
    reason = "2 standbys call themselves 'azure'"
    expected = (Refusal("application-name", reason, CLASH),)
    assert refusals(decide_promotion(STANDBY, primary, SYNC)) == expected


def test_azures_own_setting_is_refused_whatever_is_accepted() -> None:
    """A setting that came over with the copy would make every write in Azure wait for ever."""
    standby = replace(STANDBY, synchronous_standby_names="azure")
    policy = replace(SYNC, accept_data_loss=True)
    (refusal,) = refusals(decide_promotion(standby, PRIMARY, policy))
    assert refusal == Refusal(
        "synchronous-standby-names",
        "Azure's own synchronous_standby_names is 'azure': "
        "its commits would wait for a standby that is not there",
        "every write in Azure would hang",
    )


def test_every_refusal_is_in_the_reason_with_its_price() -> None:
    """Several promises at once: each has its sentence, and its override's price."""
    standby = replace(STANDBY, synchronous_standby_names="x", timeline=2)
    primary = replace(PRIMARY, current_lsn=7000, synchronous_standby_names="*")
    reason = decide_promotion(standby, primary, SYNC).reason
    assert reason == (
        "timeline: the standby is on timeline 2, the primary was last seen on 1. "
        "There is no override: another history would become the truth; "
        "rebuild the standby instead. "
        "synchronous-standby-names: Azure's own synchronous_standby_names is 'x': "
        "its commits would wait for a standby that is not there. "
        "There is no override: every write in Azure would hang. "
        "lag: the standby is behind by 2000 bytes of WAL, the budget is 1000. "
        "Price of accept_data_loss: the writes in that gap are lost. "
        "application-name: synchronous_standby_names is '*': any standby satisfies it. "
        f"Price of accept_data_loss: {CLASH}."
    )


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("azure", None),
        ("AZURE", None),
        ('"azure"', None),
        ("FIRST 1 (azure)", None),
        ("1 (azure)", None),
        ("any 1 ( azure )", None),
        ("FIRST 2 (azure, other)", None),
        ("ANY 2 (other, azure)", None),
        ("", "the primary required no standby"),
        ("  ", "the primary required no standby"),
        ("*", "any standby satisfies it"),
        ("FIRST 1 (azure, *)", "any standby satisfies it"),
        ("other", "azure is not in it"),
        ("azure2", "azure is not in it"),
        ("azure, other", "the others satisfy it too"),
        ("FIRST 1 (azure, other)", "the others satisfy it too"),
        ("ANY 1 (azure, other)", "the others satisfy it too"),
        ("2 (a, b, azure)", "the others satisfy it too"),
        ("nonsense (", "azure is not in it"),
    ],
)
def test_who_must_confirm_a_commit(setting: str, why: str | None) -> None:
    """Azure is required where the primary waits for everybody in the list, and it is in it."""
    said = acknowledges_without(setting, "azure")
    assert said == why or str(said) == f"synchronous_standby_names is {setting.strip()!r}: {why}"


POSITIONS = st.none() | st.integers(1, 10_000)
LOOKS = st.builds(
    DatabaseLook,
    site=st.just("azure"),
    reachable=st.booleans(),
    in_recovery=st.sampled_from([True, False, None]),
    timeline=st.none() | st.integers(1, 3),
    current_lsn=POSITIONS,
    received_lsn=POSITIONS,
    replayed_lsn=POSITIONS,
    replay_paused=st.sampled_from([True, False, None]),
    replay_delayed=st.sampled_from([True, False, None]),
    synchronous_standby_names=st.sampled_from([None, "", "azure", "*", "ANY 1 (azure, other)"]),
    standbys=st.lists(
        st.builds(
            StandbyConnection,
            st.sampled_from(["azure", "other"]),
            st.just("streaming"),
            st.sampled_from(["sync", "async", "potential", "quorum"]),
            POSITIONS,
        ),
        max_size=3,
    ).map(tuple),
    heartbeat_at=st.none() | st.floats(0, 1000),
)
POLICIES = st.builds(
    Policy,
    synchronous=st.booleans(),
    standby_name=st.just("azure"),
    rpo_seconds=st.floats(0, 10),
    rpo_bytes=st.integers(0, 2000),
    accept_data_loss=st.booleans(),
    planned=st.booleans(),
)


@given(LOOKS, st.none() | LOOKS, POLICIES, POSITIONS)
def test_whoever_is_promoted_keeps_the_promises(
    standby: DatabaseLook, last_look: DatabaseLook | None, policy: Policy, final_lsn: int | None
) -> None:
    """Of all there is to see, what is promoted is a standby, replayed, of the right history."""
    decision = decide_promotion(standby, last_look, policy, final_lsn)
    assert (decision.action == "refuse") == bool(decision.refusals)
    if decision.action != "promote":
        return
    assert standby.is_standby
    assert not standby.replay_paused
    assert not standby.synchronous_standby_names
    # A promotion replays by itself what only a delay holds back.
    assert standby.whole_lsn >= (standby.received_lsn or 0)
    assert last_look is None or standby.timeline == last_look.timeline
    if policy.planned and final_lsn:
        assert standby.whole_lsn >= final_lsn
    elif not policy.accept_data_loss and policy.synchronous:
        assert last_look is not None
        assert acknowledges_without(last_look.synchronous_standby_names or "", "azure") is None


@given(LOOKS, st.none() | LOOKS, POLICIES, POSITIONS)
def test_accepting_loss_never_adds_a_refusal(
    standby: DatabaseLook, last_look: DatabaseLook | None, policy: Policy, final_lsn: int | None
) -> None:
    """The override only takes reasons away, and each of those is about lost writes."""
    strict = decide_promotion(
        standby, last_look, replace(policy, accept_data_loss=False), final_lsn
    )
    loose = decide_promotion(standby, last_look, replace(policy, accept_data_loss=True), final_lsn)
    assert set(loose.refusals) <= set(strict.refusals)
    dropped = {refusal.name for refusal in set(strict.refusals) - set(loose.refusals)}
    assert dropped <= {"application-name", "lag", "last-look", "synchronous-state"}
