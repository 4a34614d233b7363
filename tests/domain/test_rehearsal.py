"""What comes next in a rehearsal, and what it has shown."""

from dataclasses import asdict, replace
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.database_rebuild import JobState
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.rehearsal import (
    LEASE_SECONDS,
    WATCHED_SECONDS,
    Begin,
    RehearsalLook,
    begin_act,
    deadline_seconds,
    progress_of,
    read_rehearsal,
    removal_act,
)

RUN = "rehearsal-1"
NOTHING = RehearsalLook(JobState.ABSENT)
WORKING = RehearsalLook(JobState.RUNNING, RUN, ("pod-1",))
CLONE = ({"event": "cloned"}, {"event": "promoted", "timeline": 2}, {"event": "isolated"})
SMOKE = ({"event": "smoke", "order": "1"},)
USED = (*CLONE, {"event": "used", "by": ["orders as orders-azure"]})
LOOKS = st.builds(
    RehearsalLook,
    job=st.sampled_from(JobState),
    job_run=st.sampled_from(["", RUN, "rehearsal-0"]),
    pods=st.sampled_from([(), ("pod-1",)]),
    claims=st.sampled_from([(), ("pod-1-clone",)]),
    watched_seconds=st.sampled_from([None, 0.0, WATCHED_SECONDS]),
)
ANOTHERS = RehearsalLook(JobState.RUNNING, "rehearsal-0", ("pod-0",), watched_seconds=3.0)


def followed(look: RehearsalLook, act: Begin) -> RehearsalLook:
    """Return what is true after an act, or after a while where it is to wait."""
    if act is Begin.REMOVE:
        return replace(look, job=JobState.REMOVING)
    if act is Begin.CREATE:
        return WORKING
    return NOTHING if act is Begin.WAIT else look


@given(LOOKS)
def test_from_whatever_is_true_a_run_comes_to_its_own_job(look: RehearsalLook) -> None:
    """What another run left is removed first; begun twice is begun once."""
    for _ in range(4):
        act = begin_act(look, RUN)
        if act is Begin.DONE:
            break
        look = followed(look, act)
    assert look.job_run == RUN
    assert begin_act(look, RUN) is Begin.DONE


@given(LOOKS)
def test_from_whatever_is_true_removing_leaves_nothing(look: RehearsalLook) -> None:
    """Whoever made it, and however often it is removed."""
    for _ in range(3):
        look = followed(look, removal_act(look))
    assert (look.job, look.pods, look.claims) == (JobState.ABSENT, (), ())
    assert removal_act(look) is Begin.DONE


@pytest.mark.parametrize("left", [{"pods": ("old",)}, {"claims": ("old-clone",)}])
def test_no_job_is_begun_while_pods_or_disks_of_another_are_there(
    left: dict[str, tuple[str, ...]],
) -> None:
    """Two clones at once would double the load."""
    assert begin_act(replace(NOTHING, **left), RUN) is Begin.WAIT
    assert removal_act(replace(NOTHING, **left)) is Begin.WAIT


def test_what_another_living_command_watches_is_left_to_it() -> None:
    """Two commands at once do not remove each other's Job; who asks for all of it gets all."""
    assert removal_act(ANOTHERS, RUN) is Begin.DONE
    assert removal_act(ANOTHERS, "rehearsal-0") is Begin.REMOVE
    assert removal_act(ANOTHERS) is Begin.REMOVE


@pytest.mark.parametrize(
    "look",
    [
        replace(ANOTHERS, watched_seconds=WATCHED_SECONDS),
        replace(ANOTHERS, watched_seconds=None),
        replace(ANOTHERS, job=JobState.REMOVING),
    ],
)
def test_what_nobody_watches_any_more_is_nobodys(look: RehearsalLook) -> None:
    """A killed command's Job is no obstacle."""
    assert not look.is_anothers(RUN)
    assert removal_act(look, RUN) is not Begin.DONE


def test_a_job_may_grow_old_by_a_lease_at_a_time_and_never_past_its_time() -> None:
    """So a killed command's Job ends within a lease, and a long one by --timeout."""
    assert deadline_seconds(0.0, 900) == LEASE_SECONDS
    assert deadline_seconds(300.2, 900) == 301 + LEASE_SECONDS
    assert deadline_seconds(890.0, 900) == 900
    assert deadline_seconds(0.0, 60) == 60


def test_each_stage_has_its_sentence_and_the_last_is_the_end() -> None:
    """A person sees where it is; done is done only with all five."""
    looks = [replace(WORKING, clone=tuple(said)) for said in accumulate((one,) for one in CLONE)]
    looks = [WORKING, *looks, replace(WORKING, clone=CLONE, smoke=SMOKE)]
    looks.append(replace(WORKING, clone=USED, smoke=SMOKE))
    seen = [progress_of(look, RUN) for look in looks]
    assert [one.sentence for one in seen] == [
        "Copying the standby",
        "Promoting the clone",
        "Making sure that the clone is alone",
        "Waiting for the workload, ordering at it",
        "Making sure that the workload uses the clone",
        "All was shown",
    ]
    assert [one.done for one in seen] == [False] * 5 + [True]
    assert not any(one.failed for one in seen)
    assert seen[-1].seen["smoke"]["order"] == "1"


def test_an_order_alone_does_not_prove_that_the_clone_was_used() -> None:
    """A workload that went elsewhere would answer just as well."""
    assert not progress_of(replace(WORKING, clone=CLONE, smoke=SMOKE), RUN).done


def test_a_long_copy_shows_how_far_it_is() -> None:
    """In percent, until it is whole."""
    line = {"event": "progress", "bytes": 30, "total_bytes": 120}
    assert progress_of(replace(WORKING, clone=(line,)), RUN).sentence.endswith("(25 %)")


def test_what_a_pod_waits_for_is_said() -> None:
    """An image that cannot be pulled is no reason to wonder."""
    waiting = "container clone: ImagePullBackOff"
    assert waiting in progress_of(replace(WORKING, waiting=waiting), RUN).sentence


FAILED = {"event": "failed", "message": "no space left", "remedy": "a larger disk"}


@pytest.mark.parametrize(
    ("look", "why"),
    [
        (replace(WORKING, lock_holder="failover-1"), "failover-1 began"),
        (NOTHING, "its Job is gone"),
        (replace(WORKING, job_run="rehearsal-2"), "its Job is gone"),
        (replace(WORKING, job=JobState.REMOVING), "its Job is gone"),
        (replace(WORKING, job=JobState.FAILED), "its Job failed"),
        (replace(WORKING, job=JobState.SUCCEEDED), "its Job succeeded before"),
        (replace(WORKING, clone=(*CLONE, FAILED)), "clone: no space left"),
        (replace(WORKING, clone=CLONE, smoke=(FAILED,)), "smoke: no space left"),
    ],
)
def test_it_fails_with_a_reason_and_a_remedy(look: RehearsalLook, why: str) -> None:
    """And a real run that begins is a reason to make way for it."""
    seen = progress_of(look, RUN)
    assert (seen.done, why in seen.failed, bool(seen.remedy)) == (False, True, True), seen


def test_a_real_run_counts_more_than_all_that_was_shown() -> None:
    """The pods, the disk and the people belong to it."""
    shown = replace(WORKING, clone=USED, smoke=SMOKE, lock_holder="failover-1")
    assert progress_of(shown, RUN).failed


def test_a_look_is_read_back_as_it_was_sent() -> None:
    """What the Function App answers is what the orchestrator decides by."""
    look = replace(WORKING, clone=USED, smoke=SMOKE, waiting="x", lock_holder="y")
    look = replace(look, claims=("z",), watched_seconds=1.5)
    assert read_rehearsal(asdict(look)) == look


@pytest.mark.parametrize(
    "change", [{"job": "lost"}, {"clone": ["text"]}, {"clone": None}, {"watched_seconds": "x"}]
)
def test_another_answer_is_no_look(change: dict[str, object]) -> None:
    """A page of somebody else's is refused by name."""
    with pytest.raises(InvalidEventError, match="not a rehearsal's look"):
        read_rehearsal(asdict(WORKING) | change)
