"""Is AWS down? The decision table of one witness, and the rule over several."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.votes import Ballot, ProbeOutcome, Verdict, Vote, ballot_of_probe, tally

WITNESSES = ("alarm", "orchestrator", "azure")


@pytest.mark.parametrize(
    ("result", "vote", "reason"),
    [
        (200, Vote.UP, "answered 200"),
        (204, Vote.UP, "answered 204"),
        (301, Vote.UP, "answered 301"),
        (399, Vote.UP, "answered 399"),
        (500, Vote.DOWN, "answered 500"),
        (503, Vote.DOWN, "answered 503"),
        (599, Vote.DOWN, "answered 599"),
        (199, Vote.UNKNOWN, "answered 199"),
        (400, Vote.UNKNOWN, "answered 400"),
        (401, Vote.UNKNOWN, "answered 401"),
        (403, Vote.UNKNOWN, "answered 403"),
        (404, Vote.UNKNOWN, "answered 404"),
        (429, Vote.UNKNOWN, "answered 429"),
        (600, Vote.UNKNOWN, "answered 600"),
        (ProbeOutcome.REFUSED, Vote.DOWN, "connection refused"),
        (ProbeOutcome.RESET, Vote.DOWN, "connection reset"),
        (ProbeOutcome.TIMEOUT, Vote.UNKNOWN, "timed out"),
        (ProbeOutcome.NAME, Vote.UNKNOWN, "name not resolved"),
        (ProbeOutcome.DENIED, Vote.UNKNOWN, "access denied"),
        (ProbeOutcome.THROTTLED, Vote.UNKNOWN, "throttled"),
        (ProbeOutcome.OTHER, Vote.UNKNOWN, "failed"),
    ],
)
def test_what_a_probe_saw_is_a_vote(result: int | ProbeOutcome, vote: Vote, reason: str) -> None:
    """The site's own word is up or down; whatever may be our side's trouble is unknown."""
    assert ballot_of_probe("azure", result) == Ballot("azure", vote, reason)


def test_the_detail_goes_with_the_reason() -> None:
    """What was probed stands behind the outcome."""
    seen = ballot_of_probe("azure", ProbeOutcome.TIMEOUT, "no time left")
    assert seen == Ballot("azure", Vote.UNKNOWN, "timed out: no time left")
    assert ballot_of_probe("azure", 503, "x") == Ballot("azure", Vote.DOWN, "answered 503: x")


@pytest.mark.parametrize("votes", list(itertools.product(Vote, repeat=3)))
def test_two_say_down_and_none_says_up(votes: tuple[Vote, Vote, Vote]) -> None:
    """Of all 27 ways to vote, those with two or more down and no up confirm an outage."""
    verdict = tally(Ballot(w, v, "seen") for w, v in zip(WITNESSES, votes, strict=True))
    assert verdict.confirmed == (votes.count(Vote.DOWN) >= 2 and Vote.UP not in votes)


def test_a_verdict_has_every_ballot_in_its_reason() -> None:
    """Whoever reads the record sees who said what and why."""
    down, up = Ballot("alarm", Vote.DOWN, "in ALARM"), Ballot("azure", Vote.UP, "answered 200")
    unknown = Ballot("orchestrator", Vote.UNKNOWN, "timed out")
    heard = "alarm says down (in ALARM); orchestrator says unknown (timed out)"
    assert tally([down, unknown]) == Verdict(
        False, f"1 of the 2 votes needed say down: {heard}", (down, unknown)
    )
    assert tally([down, up]) == Verdict(
        False,
        "azure sees AWS up: alarm says down (in ALARM); azure says up (answered 200)",
        (down, up),
    )
    second = Ballot("azure", Vote.DOWN, "answered 503")
    assert tally([down, second]) == Verdict(
        True,
        "2 of 2 say down, none says up: alarm says down (in ALARM); azure says down (answered 503)",
        (down, second),
    )


BALLOTS = st.builds(Ballot, st.sampled_from(WITNESSES), st.sampled_from(Vote), st.just("seen"))


@given(st.lists(BALLOTS, max_size=12))
def test_one_witness_counts_once(ballots: list[Ballot]) -> None:
    """However often a witness votes, its last word counts, once."""
    verdict = tally(ballots)
    latest = {ballot.witness: ballot for ballot in ballots}
    assert {ballot.witness: ballot for ballot in verdict.ballots} == latest
    assert len(verdict.ballots) == len(latest)
    assert verdict == tally(verdict.ballots)


@given(st.lists(BALLOTS, max_size=12), st.sampled_from(WITNESSES))
def test_not_to_know_never_helps_to_confirm(ballots: list[Ballot], witness: str) -> None:
    """A witness that turns from its word to unknown confirms nothing, unless it had said up."""
    before = tally(ballots)
    said_up = Ballot(witness, Vote.UP, "seen") in before.ballots
    after = tally([*ballots, Ballot(witness, Vote.UNKNOWN, "timed out")])
    assert said_up or after.confirmed <= before.confirmed
