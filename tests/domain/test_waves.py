"""Who goes when: waves of workloads, and whose turn it is by how the others ended."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.errors import ConfigurationError
from landbridge.domain.wave_ending import describe_waves
from landbridge.domain.wave_turns import (
    Outcome,
    WorkloadEnding,
    next_turn,
    read_ending,
    run_outcome,
    wait_seconds,
)
from landbridge.domain.waves import cycle_in, homeward, waves_of

AFTER = {"orders": (), "billing": ("orders",), "search": (), "mails": ("billing", "search")}


@st.composite
def orders_of_workloads(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Draw workloads, each after some of those that come before it in a shuffled list."""
    names = draw(st.lists(st.from_regex(r"[a-z]{1,4}", fullmatch=True), unique=True, max_size=9))
    after = {}
    for number, name in enumerate(names):
        earlier = st.lists(st.sampled_from(names[:number]), unique=True, max_size=4)
        after[name] = tuple(draw(earlier)) if number else ()
    return {name: after[name] for name in draw(st.permutations(names))}


def _place(waves: tuple[tuple[str, ...], ...]) -> dict[str, int]:
    return {name: number for number, wave in enumerate(waves) for name in wave}


@given(orders_of_workloads())
def test_every_workload_has_one_wave_after_all_that_it_waits_for(
    after: dict[str, tuple[str, ...]],
) -> None:
    """Once each, each dependency earlier, and none later than it must be."""
    waves = waves_of(after)
    place = _place(waves)
    assert sorted(name for wave in waves for name in wave) == sorted(after)
    assert all(wave for wave in waves)
    for name, others in after.items():
        assert place[name] == max((place[one] + 1 for one in others), default=0)


@given(orders_of_workloads())
def test_the_way_home_is_the_other_way_round(after: dict[str, tuple[str, ...]]) -> None:
    """Whoever waited goes before whom it waited for, and home of home is out."""
    place = _place(waves_of(homeward(after)))
    for name, others in after.items():
        assert all(place[name] < place[one] for one in others)
    assert {name: set(others) for name, others in homeward(homeward(after)).items()} == {
        name: set(others) for name, others in after.items()
    }


@given(orders_of_workloads(), st.data())
def test_a_workload_begins_only_after_all_that_it_waits_for_arrived(
    after: dict[str, tuple[str, ...]], data: st.DataObject
) -> None:
    """Whatever others end with: each has one ending, and begun is who may."""
    begun: set[str] = set()
    endings: tuple[WorkloadEnding, ...] = ()
    for _ in range(len(after) + 1):
        turn = next_turn(after, endings)
        arrived = {one.workload for one in turn.endings if one.outcome is Outcome.ARRIVED}
        for name in turn.wave:
            assert name not in begun
            assert set(after[name]) <= arrived
        begun |= set(turn.wave)
        ended = [
            WorkloadEnding(name, f"run-{name}", data.draw(st.sampled_from(Outcome)), "why")
            for name in turn.wave
        ]
        endings = (*turn.endings, *ended)
        if turn.done:
            break
    assert turn.done
    assert sorted(one.workload for one in turn.endings) == sorted(after)
    for one in turn.endings:
        lacking = [name for name in after[one.workload] if name not in arrived]
        assert (one.workload in begun) == (not lacking)
        if lacking:
            assert one.outcome is Outcome.NOT_BEGUN
            assert all(name in one.reason for name in lacking)


def test_waves_stand_in_the_configurations_order() -> None:
    """Whoever is listed first is first in its wave."""
    assert waves_of(AFTER) == (("orders", "search"), ("billing",), ("mails",))
    assert waves_of(homeward(AFTER)) == (("mails",), ("billing", "search"), ("orders",))


def test_a_circle_is_named_round() -> None:
    """Each one waits for the next, and the first is the last again."""
    after = {"a": ("c",), "b": ("a",), "c": ("b",), "d": ()}
    circle = cycle_in(after)
    assert circle[0] == circle[-1]
    assert set(circle) == {"a", "b", "c"}
    assert all(other in after[name] for name, other in pairwise(circle))
    with pytest.raises(ConfigurationError, match=r"a circle: . after . after . after ."):
        waves_of(after)
    assert cycle_in(AFTER) == ()


def test_an_unknown_workload_is_refused() -> None:
    """The error lists those that there are."""
    with pytest.raises(ConfigurationError, match=r"billing waits for 'order'.*orders, billing"):
        waves_of({"orders": (), "billing": ("order",)})


def _ending(workload: str, outcome: Outcome, reason: str = "") -> WorkloadEnding:
    return WorkloadEnding(workload, f"failover-manual-{workload}", outcome, reason)


def test_whoever_waits_for_one_that_failed_says_so_and_the_others_go_on() -> None:
    """The first wave's failure reaches its dependents, theirs too, and nobody else."""
    failed = _ending("orders", Outcome.FAILED, "no")
    turn = next_turn(AFTER, [failed, _ending("search", Outcome.ARRIVED)])
    told = {one.workload: one for one in turn.endings}
    assert turn.done
    assert told["billing"].reason == "it waits for orders, which failed"
    assert told["mails"].reason == "it waits for billing, which was not begun"
    assert told["mails"].run == ""


@pytest.mark.parametrize(
    ("status", "error", "cause", "expected"),
    [
        ("RUNNING", "", "", (None, "")),
        ("SUCCEEDED", "", "", (Outcome.ARRIVED, "")),
        ("TIMED_OUT", "", "", (Outcome.FAILED, "its run was timed out")),
        ("ABORTED", "", "by hand", (Outcome.FAILED, "its run was aborted")),
        (
            "FAILED",
            "OutageNotConfirmedError",
            '{"errorType": "OutageNotConfirmedError", "errorMessage": "AWS is up"}',
            (Outcome.REFUSED, "OutageNotConfirmedError: AWS is up"),
        ),
        ("FAILED", "States.Timeout", "", (Outcome.FAILED, "States.Timeout")),
        ("FAILED", "", "", (Outcome.FAILED, "its run gives no reason")),
    ],
)
def test_a_run_is_read_by_step_functions_words(
    status: str, error: str, cause: str, expected: tuple[Outcome | None, str]
) -> None:
    """A named refusal is one; everything else that is no success is a failure."""
    assert run_outcome(status, error, cause) == expected


def test_what_a_catch_wrote_is_a_reason() -> None:
    """The function's own words, or a timeout's name."""
    raised = {"Error": "X", "Cause": '{"errorType": "SiteUnknownError", "errorMessage": "m"}'}
    left = {"workload": "orders", "run": "", "outcome": "unknown"}
    assert read_ending({**left, "error": raised}).reason == "SiteUnknownError: m"
    assert read_ending({**left, "error": {"Error": "States.Timeout"}}).reason == "States.Timeout"


def test_the_end_lists_every_workload() -> None:
    """Arrived, refused with its reason, not begun because of it; then the command."""
    rows = [
        _ending("search", Outcome.ARRIVED),
        _ending("orders", Outcome.REFUSED, "AWS is up"),
        WorkloadEnding("billing", "", Outcome.NOT_BEGUN, "it waits for orders, which was refused"),
    ]
    ending = describe_waves("waves-manual-1", "failover", rows)
    again = "landbridge failover --all: those that arrived find nothing to do"
    assert ending.message.splitlines() == [
        "landbridge: failover of 3 workloads: 1 arrived (run waves-manual-1)",
        "",
        "search: Azure serves (run failover-manual-search)",
        "orders: refused (run failover-manual-orders): AWS is up",
        "billing: not begun: it waits for orders, which was refused",
        f"Next: mend what is named, then again: {again}",
    ]
    assert (ending.error, ending.untold) == ("WavesIncomplete", ("orders", "billing"))
    assert describe_waves("w", "failback", rows[:1]).error == ""


def test_a_day_of_looks_fits_into_a_history() -> None:
    """15 workloads with a failback of a day each stay below 25,000 events."""
    at, looks = 0.0, 0
    while at < 86_400:
        at += 45 + wait_seconds(at)
        looks += 1
    assert looks * 9 * 15 < 25_000
