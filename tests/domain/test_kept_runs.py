"""Kept runs as rows, and the verdict that a pipeline asks for."""

from dataclasses import replace
from typing import Any

import pytest

from lab.report.document import report_document
from lab.report.example import FAULT, example_refused, example_run
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.gameday_ending import GamedayEnding
from landbridge.domain.gameday_record import gameday_record
from landbridge.domain.history_gate import Limits, judge_last_run, parse_age_seconds
from landbridge.domain.kept_drills import drill_run, unreadable_run
from landbridge.domain.kept_runs import (
    KeptRun,
    gameday_run,
    newest_first,
    recorded_runs,
    run_meant,
    sparkline,
)
from tests.domain.test_run_record import facts

DAY = 86_400.0
NOW = 100 * DAY
GOOD = KeptRun(
    run="drill-1",
    kind="drill",
    flow="failover",
    trigger="alarm",
    reason="region-loss",
    outcome="recovered",
    outcome_reason=None,
    started_at=NOW - DAY,
    ended_at=NOW - DAY,
    rto_seconds=9.3,
    rpo_seconds=0.0,
    missing_writes=0,
    manual_steps=(),
)
STRICT = Limits(rto_seconds=60.0, rpo_seconds=0.0, age_seconds=8 * DAY)


def verdict(*rows: KeptRun, limits: Limits = STRICT) -> tuple[bool, tuple[str, ...]]:
    """Return whether the rows pass, and why not."""
    judged = judge_last_run(rows, limits, NOW)
    return judged.passed, judged.reasons


def test_a_drills_row_is_its_report() -> None:
    """Figures are the users' own; nothing is called an estimate."""
    row = drill_run(report_document(replace(example_run(), manual_steps=("resumed",))))
    assert (row.kind, row.trigger, row.outcome) == ("drill", "alarm", "recovered")
    assert row.rto_seconds == pytest.approx(9.0, abs=1.5)
    assert (row.rpo_seconds, row.missing_writes) == (0.0, 0)
    assert (row.rto_estimated_seconds, row.rpo_bytes) == (None, None)
    assert row.manual_steps == ("resumed",)
    assert row.broken == ()
    assert row.started_at == FAULT < (row.ended_at or 0)


def test_a_drill_that_did_not_recover_has_no_rto() -> None:
    """AWS came back by itself: the time until then is not what a failover took."""
    document = report_document(example_refused())
    document["seconds"]["rto"] = 5.0
    row = drill_run(document)
    assert (row.outcome, row.rto_seconds) == ("refused", None)
    assert "OutageNotConfirmedError" in (row.outcome_reason or "")


def test_a_drill_that_did_not_come_home_says_so() -> None:
    """Recovered out and not home is not recovered."""
    document = report_document(example_run())
    document["failback"] = {"outcome": "refused", "reason": "no way led there", "steps": []}
    row = drill_run(document)
    assert (row.outcome, row.outcome_reason) == ("not home", "no way led there")


@pytest.mark.parametrize(
    "document",
    [{}, {"schema": 2}, {"schema": 1}, {"schema": 1, "fault_injected_epoch_seconds": None}],
)
def test_what_is_no_report_is_no_row(document: dict[str, Any]) -> None:
    """A half of a report, or one of another day's schema, raises, so that its reader can say so."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        drill_run(document)


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), "9.3", True])
@pytest.mark.parametrize("where", [("seconds", "rto"), ("ledger", "rpo_seconds")])
def test_a_figure_that_is_none_is_no_row(figure: object, where: tuple[str, str]) -> None:
    """NaN is over no limit: such a report is unreadable, not good."""
    document = report_document(example_run())
    document[where[0]][where[1]] = figure
    with pytest.raises(TypeError, match="no figure"):
        drill_run(document)


def test_a_switchover_is_told_from_a_failover() -> None:
    """Its RTO counts from the hold, so that a table may not call both by one name."""
    asked = {"trigger": "manual", "reason": "r", "occurred_at": 1_000.0, "planned": True}
    (row,) = recorded_runs([facts(request=asked)])
    assert (row.kind, row.flow) == ("switchover", "failover")
    (rehearsed,) = recorded_runs([facts(request={**asked, "trigger": "gameday"})])
    assert rehearsed.kind == "gameday"


def test_a_gameday_has_a_row_of_its_own() -> None:
    """How it ended and who aborted it; the figures are its runs'."""
    state = {
        "request": {"trigger": "gameday", "reason": "the quarter's", "planned": True},
        "out_leg": {"run": "failover-gameday-1"},
        "watched_soak": {"mark": "aborted", "reason": "aborted: enough, ann"},
    }
    ending = GamedayEnding("aborted", "", "aborted: enough, ann", "", "")
    record = gameday_record(
        "gameday-1", state, ending, started_at=NOW, ended_at=NOW + 60, out=None, home=None
    )
    row = gameday_run(record)
    assert (row.kind, row.flow, row.trigger, row.outcome) == (
        "gameday",
        "gameday",
        "gameday",
        "aborted",
    )
    assert row.manual_steps == ("aborted: enough, ann (gameday-1)",)
    assert (row.known_rto_seconds, row.rpo_bytes) == (None, None)


def test_a_gameday_that_was_refused_is_known_by_its_input() -> None:
    """Nothing was understood of its request yet."""
    state = {"input": {"trigger": "gameday", "reason": "the quarter's"}}
    ending = GamedayEnding("refused", "", "slot: fail", "", "")
    refused = gameday_record("g", state, ending, started_at=1.0, ended_at=2.0, out=None, home=None)
    assert (refused["trigger"], refused["outcome_reason"]) == ("gameday", "slot: fail")
    assert refused["runs"] == refused["manual_steps"] == []


NAMES = ["failover-b-2", "failover-a-1", "drill-1", "drill-10"]


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("last", "failover-b-2"),
        ("failover-a", "failover-a-1"),
        ("drill-1", "drill-1"),
        ("drill-10", "drill-10"),
        # Older ones are kept than the names that were listed.
        ("failback-9", "failback-9"),
    ],
)
def test_a_run_is_meant_by_its_name_by_how_it_begins_or_as_the_last(text: str, run: str) -> None:
    """A whole name wins over one that goes on behind it."""
    assert run_meant(text, NAMES, newest="last") == run


def test_a_beginning_of_two_names_means_neither() -> None:
    """The error names both; without any run there is no last one."""
    with pytest.raises(ConfigurationError, match="2 runs begin with failover, as failover-b-2 and"):
        run_meant("failover", NAMES, newest="last")
    with pytest.raises(ConfigurationError, match="no run is kept yet"):
        run_meant("last", [], newest="last")


def test_cloud_runs_are_accounted_for_together() -> None:
    """An execution that left no record still is the earlier run of the one that went on."""
    aborted = facts(outcome="aborted", smoke_dns=None, moved=None)
    resumed = facts(
        "failover-manual-2",
        request={"trigger": "manual", "reason": "go on", "occurred_at": 1_100.0},
        started_at=1_100.0,
        smoke_dns={"passed_at": 1_150.0},
    )
    newest, oldest = recorded_runs([aborted, resumed])
    assert (newest.run, oldest.outcome) == ("failover-manual-2", "aborted")
    assert newest.rto_estimated_seconds == newest.known_rto_seconds == 150.0
    assert newest.rto_seconds is None
    assert len(newest.manual_steps or ()) == 1


@pytest.mark.parametrize(
    ("values", "blocks"),
    [
        ([], ""),
        ([5.0], "█"),
        ([0.0, 0.0], "▁▁"),
        ([None, None], "··"),
        ([0.0, 7.0, None, 3.5], "▁█·▅"),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], "▂▃▄▅▆▇█"),
    ],
)
def test_blocks_stand_to_each_other_as_the_values_do(
    values: list[float | None], blocks: str
) -> None:
    """Heights are against the greatest; what is not known is a dot, no low block."""
    assert sparkline(values) == blocks


def test_a_good_last_run_passes() -> None:
    """At its limits it is still good."""
    assert verdict(GOOD) == (True, ())
    edge = replace(GOOD, rto_seconds=60.0, started_at=NOW - 8 * DAY, ended_at=NOW - 8 * DAY)
    assert verdict(edge) == (True, ())


WORSE = [
    ({"rto_seconds": 60.1}, "its RTO was 60.1 s, 60 s is allowed"),
    (
        {"rto_seconds": None, "rto_estimated_seconds": 61.0},
        "its estimated RTO was 61.0 s, 60 s is allowed",
    ),
    ({"rto_seconds": None}, "its RTO is not known, 60 s is allowed"),
    ({"rpo_seconds": 0.5}, "its RPO was 0.50 s, 0 s is allowed"),
    # The last acknowledged write alone is missing: it reaches back no time at all.
    ({"missing_writes": 1}, "1 acknowledged writes were missing, 0 s is allowed"),
    ({"rpo_seconds": None}, "its RPO is not known, 0 s is allowed"),
    (
        {"rpo_seconds": None, "rpo_bytes": 96},
        "up to 96 bytes of WAL were lost, of unknown age; 0 s is allowed",
    ),
    (
        {"started_at": NOW - 9 * DAY, "ended_at": NOW - 9 * DAY},
        "it is 9.0 days old, 8.0 days is allowed",
    ),
    (
        {"started_at": NOW + 301, "ended_at": None},
        "it is dated 301 s ahead of now: its clock or this one is wrong",
    ),
    ({"outcome": "failed", "outcome_reason": "no pods"}, "it ended failed: no pods"),
    ({"outcome": "refused", "outcome_reason": "PromotionRefusedError: lag"}, "it ended refused: "),
    ({"outcome": "aborted"}, "it ended aborted: no reason was given"),
    ({"broken": ("No write was lost",)}, "a promise was broken: No write was lost"),
]


@pytest.mark.parametrize(("changes", "reason"), WORSE)
def test_a_worse_last_run_fails_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    """Each limit has its own words, and an older good run does not make up for it."""
    passed, reasons = verdict(replace(GOOD, run="drill-2", **changes), GOOD_BEFORE)
    assert not passed
    assert reason in reasons[0]
    assert len(reasons) == 1


GOOD_BEFORE = replace(GOOD, run="drill-0", started_at=NOW - 20 * DAY, ended_at=NOW - 20 * DAY)


def test_an_unreadable_report_is_not_passed_over() -> None:
    """The newest could be the bad one."""
    passed, reasons = verdict(GOOD, unreadable_run("drill-2", "cut off", NOW))
    assert not passed
    assert reasons[0] == "it ended unreadable: cut off"


@pytest.mark.parametrize(
    "silent",
    [
        {"outcome": "running"},
        {"outcome": "undisturbed"},
        {"outcome": "unchanged"},
        {"outcome": "refused", "outcome_reason": "OutageNotConfirmedError: AWS is up"},
        {"flow": "failback", "kind": "failback", "outcome": "failed"},
        {"flow": "gameday", "kind": "gameday", "outcome": "refused"},
    ],
)
def test_what_tells_nothing_about_recovering_is_passed_over(silent: dict[str, Any]) -> None:
    """A false alarm is no bad run, and no good one either."""
    newer = replace(GOOD, run="newer", started_at=NOW, ended_at=NOW, **silent)
    assert judge_last_run([newer, GOOD], STRICT, NOW).run == GOOD.run
    assert verdict(newer) == (False, ("no run is kept that says anything about recovering",))


@pytest.mark.parametrize(
    "otherwise_silent",
    [
        {"outcome": "undisturbed"},
        {"outcome": "refused", "outcome_reason": "OutageNotConfirmedError: AWS is up"},
    ],
)
def test_a_broken_promise_is_never_passed_over(otherwise_silent: dict[str, Any]) -> None:
    """Witnesses that say "up" while users are out have not shown that a failover works."""
    newer = replace(GOOD, run="newer", broken=("It recovered",), **otherwise_silent)
    passed, reasons = verdict(newer, GOOD_BEFORE)
    assert not passed
    assert reasons[-1] == "a promise was broken: It recovered"


def test_without_limits_the_last_run_must_have_recovered() -> None:
    """No limit, no reason but the outcome."""
    unknown = replace(GOOD, rto_seconds=None, rpo_seconds=None)
    assert verdict(unknown, limits=Limits()) == (True, ())
    assert not verdict(replace(GOOD, outcome="failed"), limits=Limits())[0]


def test_rows_come_newest_first() -> None:
    """By their beginning, whatever order they were found in."""
    assert [row.run for row in newest_first([GOOD_BEFORE, GOOD])] == ["drill-1", "drill-0"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5_400.0), ("12h", 43_200.0), ("8d", 8 * DAY), ("1.5d", 1.5 * DAY)]
)
def test_an_age_has_a_unit(text: str, seconds: float) -> None:
    """Minutes, hours and days."""
    assert parse_age_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "8", "0d", "-1d", "8w", "nand", "8 d", "9999999d", "d"])
def test_an_age_without_one_is_refused(text: str) -> None:
    """The error says how it is written."""
    with pytest.raises(ValueError, match="90m, 12h or 8d"):
        parse_age_seconds(text)
