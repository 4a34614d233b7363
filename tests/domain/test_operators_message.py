"""Messages and subjects that fit where they are sent."""

import pytest

from landbridge.domain.operators_message import fitting, fitting_subject

NEXT = "Next: landbridge status."


def test_what_fits_is_as_it_was() -> None:
    """Character by character."""
    assert fitting(f"happened\n\n{NEXT}\n", 600) == f"happened\n\n{NEXT}\n"


@pytest.mark.parametrize("middle", ["x" * 5_000, "word\n" * 5_000, "ü" * 5_000, "\n" * 5_000])
def test_what_is_too_long_keeps_its_beginning_and_its_command(middle: str) -> None:
    """The cut is said in between, and all of it is no longer than allowed."""
    cut = fitting(f"failover failed (run r)\n{middle}\n{NEXT}", 600, 20)
    assert cut.startswith("failover failed (run r)\n")
    assert "\n... cut here; the run's record has the rest: landbridge report RUN\n" in cut
    assert cut.endswith(NEXT)
    assert len(cut) <= 600
    assert len(cut.splitlines()) <= 20


def test_a_line_without_end_is_cut_itself() -> None:
    """One line is both beginning and end."""
    cut = fitting("x" * 5_000, 600)
    assert len(cut) <= 600
    assert "cut here" in cut


@pytest.mark.parametrize(
    ("subject", "sent"),
    [
        ("landbridge: failover failed", "landbridge: failover failed"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("bestellungen für alle", "bestellungen f?r alle"),
        ("bell\x07", "bell?"),
        ("", "landbridge"),
        ("s" * 120, "s" * 96 + "..."),
    ],
)
def test_a_subject_is_as_sns_takes_it(subject: str, sent: str) -> None:
    """ASCII, on one line, below a hundred characters."""
    assert fitting_subject(subject) == sent
