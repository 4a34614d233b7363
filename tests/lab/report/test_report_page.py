"""The written report: three files that agree, and a page that needs nothing else."""

import html.parser
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from lab.report.colours import COLOURS, themed
from lab.report.example import FAULT, example_refused, example_run
from lab.report.model import Instants, RunRecord
from lab.report.page import report_page
from lab.report.promises import promises
from lab.report.step_rows import lanes
from lab.report.timeline import timeline_svg
from lab.report.write import write_report
from lab.users.ledger import History
from lab.users.series import Series

VOID = {"meta", "path", "use", "br", "rect"}


class Page(html.parser.HTMLParser):
    """What a reader gets from a page: its words, and whether its elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words = ""
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.words = re.sub(r"\s+", " ", self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [str(value) for name, value in attrs if name in {"href", "src", "xlink:href"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words += data + " "


def test_what_is_to_be_looked_at_is_in_all_three_files(tmp_path: Path) -> None:
    """A warning of the judge's breaks no promise, and nobody has to search for it."""
    warning = "each run recovers: run 7 stopped half way"
    run = example_run(findings=(), warnings=(warning,))
    paths = write_report(run, tmp_path)

    assert json.loads(paths.json.read_text())["warnings"] == [warning]
    assert warning in Page(paths.html.read_text()).words
    assert f"look at: {warning}" in paths.text.read_text()
    assert all(promise.held for promise in promises(run))


def test_the_three_files_agree(tmp_path: Path) -> None:
    """JSON, page and text tell the same outcome and the same numbers."""
    paths = write_report(example_run(), tmp_path / "reports" / "run")

    report = json.loads(paths.json.read_text())
    page, text = Page(paths.html.read_text()), paths.text.read_text()
    rto = f"{report['seconds']['rto']:.2f}"
    assert report["outcome"] == "recovered"
    assert "RECOVERED" in text
    assert page.words.index("Recovered") < page.words.index("Promises")
    assert rto in text
    assert rto in page.words
    assert "\x1b" not in text
    assert page.open == []


def test_the_page_tells_all() -> None:
    """Promises, steps, votes, fence, DNS, gate and refusals are all on the page."""
    run = example_run()

    words = Page(report_page(run)).words

    told = [promise.name for promise in promises(run)]
    told += [step.name for step in run.steps]
    told += [vote.reason for vote in run.votes]
    told += [layer.detail for layer in run.fence]
    told += [refusal.reason for refusal in run.refusals]
    told += [change.state for change in run.gate]
    told += ["refused", "quick timings", "region-loss", "127.0.0.12"]
    assert [one for one in told if one not in words] == []


def test_the_page_needs_nothing_else() -> None:
    """No address of another place, no script; references stay inside."""
    page = report_page(example_run())

    assert re.findall(r"\w+://", page) == []
    assert "<script" not in page
    assert [link for link in Page(page).links if not link.startswith("#")] == []
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_words_from_outside_stay_words() -> None:
    """A reason cannot become markup, nor a name a formula."""
    evil = '<b onclick="x">$\\frac{1}$ & "quoted"'
    run = example_run(reason=None, run=evil)
    run = replace(run, steps=(replace(run.steps[0], name=evil), *run.steps[1:]))

    page = report_page(run)

    assert "<b onclick" not in page
    assert page.count("&lt;b onclick") >= 4


@pytest.mark.parametrize("wide", [True, False], ids=["desk", "phone"])
def test_the_timeline_is_to_scale(*, wide: bool) -> None:
    """Bars stand where the axis says: twice as long is twice as wide."""
    run = example_run()
    one, two = (
        replace(run.steps[0], name=n, started=FAULT, seconds=s) for n, s in (("a", 2.0), ("b", 4.0))
    )
    svg = timeline_svg(replace(run, steps=(one, two), gate=(), dns=()), wide=wide)

    bars = re.findall(r'd="M ([\d.]+) [\d.]+ \nL ([\d.]+) [^"]*" [^>]*fill: var\(--step\)', svg)
    (left, right), (left_2, right_2) = ((float(a), float(b)) for a, b in bars)
    assert left == left_2
    assert right_2 - left_2 == pytest.approx(2 * (right - left), rel=1e-3)


def test_the_drawing_speaks() -> None:
    """Somebody who does not see the drawing hears its moments."""
    svg = timeline_svg(example_run(), wide=True)

    assert svg.startswith(
        '<svg role="img" aria-label="Timeline in seconds since the fault: fault at'
    )
    assert "gate opens at 7.3 s" in svg


def test_the_drawing_follows_the_page_s_colours() -> None:
    """No placeholder is left, and each variable that it uses is one of the page's."""
    svg = timeline_svg(example_run(), wide=True)

    used = set(re.findall(r"var\(--([\w-]+)\)", svg))
    assert "#0102" not in svg
    assert not re.search(r"(fill|stroke): #", svg)
    assert {"aws", "azure", "bad", "step", "ink"} <= used <= set(COLOURS)
    assert themed("#ffffff") == "#ffffff"


def luminance(colour: str) -> float:
    """Return a colour's relative luminance, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_colours_can_be_told_apart(theme: int) -> None:
    """Text has a contrast of 4.5 to 1 on what it stands on, marks one of 3 to 1 (WCAG 2, AA)."""
    light = {name: luminance(pair[theme]) for name, pair in COLOURS.items()}

    def contrast(one: str, other: str) -> float:
        high, low = max(light[one], light[other]), min(light[one], light[other])
        return (high + 0.05) / (low + 0.05)

    for text in ("ink", "muted", "good", "warn", "bad"):
        for paper in ("paper", "card"):
            assert contrast(text, paper) >= 4.5, (text, paper)
    assert contrast("on-aws", "aws") >= 4.5
    assert contrast("paper", "azure") >= 4.5
    for text in ("ink", "bad"):
        assert contrast(text, "outage") >= 4.5, text
    for mark in ("aws", "azure", "step", "own", "bad", "none"):
        assert contrast(mark, "paper") >= 3.0, mark


def test_steps_of_one_branch_stay_together() -> None:
    """Rows go by start, and a branch's steps stand beside each other between what surrounds it."""
    rows = lanes(reversed(example_run().steps))

    branches = [*[None] * 4, "fence", *["database"] * 3, "pods", *[None] * 9]
    assert [step.branch for step in rows] == branches


def empty_run() -> RunRecord:
    """Return a run of which next to nothing is known."""
    return replace(
        example_run(History()),
        outcome="failed",
        reason="the machine was lost",
        instants=Instants(FAULT),
        series=Series(FAULT, 1.0, {}, ()),
        steps=(),
        votes=(),
        fence=(),
        dns=(),
        gate=(),
        refusals=(),
    )


@pytest.mark.parametrize(
    ("run", "word"),
    [
        (example_refused(), "Refused"),
        (example_run(outcome="failed", reason="pods never became ready"), "Failed"),
        (empty_run(), "Failed"),
        (example_run(fence=()), "Promise broken"),
        (example_run(timings="realtime", replication="async", trigger="gameday"), "Recovered"),
    ],
    ids=["refused", "failed", "empty", "broken", "realtime"],
)
def test_every_end_has_a_report(tmp_path: Path, run: RunRecord, word: str) -> None:
    """However a run ended, all three files are written and say so first."""
    paths = write_report(run, tmp_path)

    page = Page(paths.html.read_text())
    assert page.words.split(" Promises ")[0].count(word) >= 1
    assert word.upper() in paths.text.read_text()
    if run.reason:
        assert run.reason in page.words
