"""An entry's illness: for good, by turns, and of several causes at a time."""

from hypothesis import given
from hypothesis import strategies as st

from lab.sites.illness import Complaint, is_ill, read_complaints, written

TURNS = Complaint(begun_at=1000.0, shortest_seconds=0.5, longest_seconds=2.0, seed=3)


def test_nobody_who_complains_is_well() -> None:
    """An entry without a complaint is well, with one it is ill for good."""
    assert not is_ill([], 5.0)
    assert is_ill([Complaint(0.0)], 5.0)
    assert is_ill([Complaint(0.0)], 1e9)


def turns_of(complaint: Complaint, seconds: int) -> list[float]:
    """Return when it turned from ill to well or back, to a hundredth of a second."""
    looks = [complaint.begun_at + hundredth / 100 for hundredth in range(seconds * 100)]
    shown = [complaint.shows(at) for at in looks]
    return [at for at, was, now in zip(looks[1:], shown, shown[1:], strict=False) if was != now]


def test_turns_are_as_long_as_they_may_be() -> None:
    """It begins ill, and each turn lasts between the two bounds."""
    turned = turns_of(TURNS, 60)
    lengths = [b - a for a, b in zip([TURNS.begun_at, *turned], turned, strict=False)]
    assert TURNS.shows(TURNS.begun_at)
    assert len(turned) >= 30
    assert all(0.49 <= length <= 2.01 for length in lengths)
    assert max(lengths) - min(lengths) > 0.5


def test_one_seed_is_one_illness() -> None:
    """The seed alone decides when it turns."""
    again = Complaint(1000.0, 0.5, 2.0, seed=3)
    other = Complaint(1000.0, 0.5, 2.0, seed=4)
    assert turns_of(again, 10) == turns_of(TURNS, 10)
    assert turns_of(other, 10) != turns_of(TURNS, 10)


@given(st.lists(st.builds(Complaint, st.floats(0, 1e9), st.just(0.5), st.floats(0.5, 9.0))))
def test_what_is_written_is_read(complaints: list[Complaint]) -> None:
    """The file holds every complaint, whole."""
    assert list(read_complaints(written(complaints))) == complaints
