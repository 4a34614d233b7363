"""What the operator of a drill does next."""

import dataclasses
import itertools

import pytest

from lab.drill.operator import MOST_RESUMES, Act, Seen, next_act

LOST = Seen(error="", broken=False, aws_lost=True, moved=False, stuck=False)


def seen(**changes: object) -> Seen:
    """Return what is seen with these changes."""
    return dataclasses.replace(LOST, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "act"),
    [
        (seen(moved=True), Act.NOTHING),
        (seen(error="FenceUnconfirmedError"), Act.ACCEPT_LOSS),
        (seen(error="FenceUnconfirmedError", acts=(Act.ACCEPT_LOSS,)), Act.RESUME),
        (seen(error="LockHeldError", stuck=True), Act.WAIT),
        (seen(error="LockHeldError", stuck=True, acts=(Act.RESUME, Act.WAIT)), Act.RESUME),
        (seen(error="RolloutPendingError", broken=True, stuck=True), Act.REPAIR),
        (seen(error="RolloutPendingError", stuck=True, acts=(Act.REPAIR,)), Act.RESUME),
        (seen(error="NoRun", broken=True), Act.REPAIR),
        (seen(error="OutageNotConfirmedError", aws_lost=False), Act.NOTHING),
        (seen(error="OutageNotConfirmedError", aws_lost=False, broken=True), Act.REPAIR),
        (seen(error="FenceUnconfirmedError", aws_lost=False, broken=True), Act.REPAIR),
        (seen(error="FenceUnconfirmedError", aws_lost=False), Act.NOTHING),
        (seen(error="X", aws_lost=False, stuck=True), Act.RESUME),
        (seen(error="X", aws_lost=False, moved=True), Act.RESUME),
    ],
)
def test_the_operator_does_what_the_end_of_a_run_asks_for(what: Seen, act: Act) -> None:
    """Accept a named loss, repair before going on, go on while the workload is not served."""
    assert next_act(what) is act


def test_the_operator_gives_up_in_the_end() -> None:
    """Whatever never gets better, no more than a few acts are done."""
    flags = itertools.product([False, True], repeat=4)
    for error, (broken, lost, moved, stuck) in itertools.product(
        ["X", "FenceUnconfirmedError", "LockHeldError"], flags
    ):
        acts: tuple[Act, ...] = ()
        while True:
            act = next_act(Seen(error, broken, lost, moved, stuck, acts))
            if act is Act.NOTHING:
                break
            acts = (*acts, act)
            assert len(acts) <= MOST_RESUMES + 3
