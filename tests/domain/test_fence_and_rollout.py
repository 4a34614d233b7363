"""What a fence leaves behind, and the sentence for pods that are not ready."""

import pytest

from landbridge.domain.errors import (
    AccessDeniedError,
    ClusterUnavailableError,
    DatabaseUnreachableError,
)
from landbridge.domain.fence import FenceEvidence, FenceResult, failed_layer, why_not_fenced
from landbridge.domain.rollout import PodLook, RolloutLook, describe_pending, rollout_done

PODS = FenceEvidence("pods", FenceResult.DONE, "scaled to zero")
HELD = FenceEvidence("sql", FenceResult.DONE, "read-only", 4096)
GONE = FenceEvidence("sql", FenceResult.UNREACHABLE, "no route to host")
DENIED = FenceEvidence("sql", FenceResult.FAILED, "permission denied")
NOT_HELD = "AWS's database could not be made read-only"


@pytest.mark.parametrize(
    ("evidence", "synchronous", "planned", "why"),
    [
        ([HELD, PODS], False, False, None),
        ([HELD], False, True, None),
        ([HELD, PODS], True, True, None),
        ([], True, False, None),
        ([GONE, PODS], True, False, None),
        (
            [GONE, PODS],
            False,
            False,
            f"{NOT_HELD} (unreachable: no route to host) and replication is async",
        ),
        (
            [PODS, DENIED],
            False,
            False,
            f"{NOT_HELD} (failed: permission denied) and replication is async",
        ),
        ([PODS], False, False, f"{NOT_HELD} (not tried) and replication is async"),
        (
            [GONE],
            True,
            True,
            f"{NOT_HELD} (unreachable: no route to host) and a switchover holds its writes first",
        ),
    ],
)
def test_when_a_fence_is_needed_and_missing(
    evidence: list[FenceEvidence],
    synchronous: bool,  # noqa: FBT001 - a table's columns
    planned: bool,  # noqa: FBT001
    why: str | None,
) -> None:
    """Async and planned need a read-only database; pods at zero alone do not do."""
    assert why_not_fenced(evidence, synchronous=synchronous, planned=planned) == why


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (DatabaseUnreachableError("timed out"), FenceResult.UNREACHABLE),
        (ClusterUnavailableError("timed out"), FenceResult.UNREACHABLE),
        (AccessDeniedError("timed out"), FenceResult.FAILED),
    ],
)
def test_silence_and_refusal_are_told_apart(error: Exception, result: FenceResult) -> None:
    """A layer that answered "no" was reached."""
    assert isinstance(error, DatabaseUnreachableError | ClusterUnavailableError | AccessDeniedError)
    assert failed_layer("sql", error) == FenceEvidence("sql", result, "timed out")


READY = PodLook("orders-a", "Running", ready=True)
STARTING = PodLook("orders-b", "Pending", ready=False)


@pytest.mark.parametrize(
    ("look", "done"),
    [
        (RolloutLook(2, 2, observed=True), True),
        (RolloutLook(3, 3, observed=True), True),
        (RolloutLook(2, 1, observed=True), False),
        (RolloutLook(1, 2, observed=True), False),
        (RolloutLook(2, 2, observed=False), False),
    ],
)
def test_when_a_rollout_is_done(look: RolloutLook, done: bool) -> None:  # noqa: FBT001 - a table's column
    """Enough pods are wished for and ready, and the controller has seen the wish."""
    assert rollout_done(look, 2) is done


@pytest.mark.parametrize(
    ("look", "sentence"),
    [
        (
            RolloutLook(2, 1, observed=True, pods=(READY, STARTING)),
            "1 of 2 pods are ready; pod orders-b is Pending; its last log lines: nothing",
        ),
        (
            RolloutLook(
                2,
                0,
                observed=True,
                pods=(
                    PodLook(
                        "a",
                        "Running",
                        ready=False,
                        waiting="CrashLoopBackOff",
                        log_lines=("x", "y"),
                    ),
                    STARTING,
                ),
            ),
            "0 of 2 pods are ready; pod a is Running, CrashLoopBackOff; its last log lines: x | y",
        ),
        (
            RolloutLook(2, 1, observed=True, pods=(READY,)),
            "1 of 2 pods are ready; no pod exists for the rest yet",
        ),
        (
            RolloutLook(2, 2, observed=False, pods=(READY, READY)),
            "2 of 2 pods are ready; the cluster has not taken up the wish for 2 yet",
        ),
        (
            RolloutLook(0, 0, observed=True),
            "0 of 2 pods are ready; the cluster has not taken up the wish for 2 yet",
        ),
    ],
)
def test_what_a_pending_rollout_waits_for(look: RolloutLook, sentence: str) -> None:
    """The count, and the pod that is in the way with what it said last."""
    assert describe_pending(look, 2) == sentence
