"""Pictures for the pages in docs: files of their own, readable on any page, to scale."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.report.colours import COLOURS
from lab.report.distribution import distribution_picture
from lab.report.example import example_run
from lab.report.model import DnsAnswer, Instants
from lab.report.outage import outage_picture
from lab.report.timeline import timeline_picture

SOAK = {
    "seed": 3,
    "outcomes": {"recovered": 2, "refused": 1},
    "rto_seconds": {"p50": 6.0, "p95": 7.8},
    "hold_seconds": None,
    "trials": [
        {"replication": "sync", "rto_seconds": 4.0, "hold_seconds": None},
        {"replication": "async", "rto_seconds": 8.0, "hold_seconds": None},
        {"replication": "async", "rto_seconds": None, "hold_seconds": None},
    ],
}
DRAW: dict[str, Callable[[], str]] = {
    "timeline": lambda: timeline_picture(example_run()),
    "outage": lambda: outage_picture(example_run()),
    "soak": lambda: distribution_picture(SOAK),
}


@pytest.fixture(name="svg", params=DRAW)
def _svg(request: pytest.FixtureRequest) -> str:
    return DRAW[request.param]()


def test_a_picture_stands_by_itself_on_white(svg: str) -> None:
    """On a dark page it brings its own paper, and all its colours are the light ones."""
    first = re.search(r'<path d="[^"]*" style="fill: (#\w+)', svg)
    assert first is not None
    assert first[1] == "#ffffff"
    assert "var(--" not in svg
    assert set(re.findall(r"(?:fill|stroke): (#\w{6})", svg)) <= {
        light for light, _ in COLOURS.values()
    }
    assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own


def test_a_picture_is_small_and_speaks(svg: str) -> None:
    """Its words are words, which can be searched and read aloud; it is no burden to the history."""
    assert "<text" in svg
    assert 'role="img" aria-label="' in svg
    assert len(svg) < 100_000


def test_the_same_run_is_the_same_picture() -> None:
    """Nothing in it is of the moment at which it was drawn."""
    for draw in DRAW.values():
        assert draw() == draw()


def test_the_outage_is_accounted_for_to_its_last_second() -> None:
    """The parts, each named with its seconds, are the whole bar."""
    svg = outage_picture(example_run())
    said = re.search(r'aria-label="An outage of ([\d.]+) s: ([^"]*)"', svg)
    assert said is not None
    parts = [float(one) for one in re.findall(r"([\d.]+) s", said[2])]
    assert sum(parts) == pytest.approx(float(said[1]), abs=0.03)
    assert "orchestration" in said[2]


def test_words_of_short_stretches_do_not_lie_on_each_other() -> None:
    """Neighbours that are shorter than their words get rows of their own."""
    moments = example_run().instants
    zone = moments.pods_ready + 0.02  # a readiness check of next to nothing, a TTL of 0.9 s
    svg = outage_picture(example_run(instants=replace(moments, zone_answered_azure=zone)))
    places = re.findall(
        r'<text [^>]*x="([\d.]+)" y="([\d.]+)"[^>]*>([a-zA-Z ]+ [\d.]+)</text>', svg
    )
    assert len(places) == 5
    for number, (x, y, word) in enumerate(places):
        width = len(word) * 4.0  # a narrow letter's, in points
        for other_x, other_y, _ in places[number + 1 :]:
            assert y != other_y or not float(x) <= float(other_x) < float(x) + width


def test_a_bands_last_word_is_within_the_window() -> None:
    """What DNS answers after the way home lies outside of the picture of the way out."""
    run = example_run()
    later = DnsAnswer(run.observed_until + 20.0, "aws", "127.0.0.11")
    svg = timeline_picture(replace(run, dns=(*run.dns, later)))
    assert svg == timeline_picture(run)


def test_an_outage_that_is_not_known_is_not_drawn() -> None:
    """It would be a guess."""
    run = example_run()
    blind = replace(run, instants=Instants(run.instants.fault_injected))
    with pytest.raises(ValueError, match="a moment of its outage is not known"):
        outage_picture(blind)


def test_a_soak_has_a_dot_for_each_drill_that_was_measured() -> None:
    """A refused one has none: it has no RTO, and is counted in the title."""
    svg = distribution_picture(SOAK)
    dots = re.findall(r"<use [^>]*style=\"fill: (#\w+)", svg)
    legend = 2
    assert len(dots) == 2 + legend
    assert "3 drills with faults drawn by lot (seed 3): 2 recovered, 1 refused" in svg
    assert "p95 7.8 s" in svg
