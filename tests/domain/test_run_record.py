"""What is kept of a cloud run: its estimates, what was done by hand, and what is not known."""

from typing import Any

import pytest

from landbridge.domain.ending import Ending
from landbridge.domain.incident import accounted, earlier_runs, with_steps_by_hand
from landbridge.domain.manual_steps import resequenced_by_hand
from landbridge.domain.run_record import run_facts

ALARM_AT = 1_000.0


def facts(run: str = "failover-alarm-1", outcome: str = "recovered", **changes: Any) -> Any:
    """Return the facts of a failover that the alarm started at 1000 s and that served at 1042 s."""
    began = changes.pop("started_at", 1_002.0)
    synchronous = changes.pop("synchronous", True)
    state = {
        "request": {"trigger": "alarm", "reason": "AWS is down", "occurred_at": ALARM_AT},
        "observed": {"situation": "on_aws"},
        "lock": {"epoch": 2},
        "fence": {"evidence": [], "final_lsn": None},
        "moved": {
            "database": {
                "promotion": {"action": "promote", "lag_bytes": 96},
                "writable": {"timeline": 2},
            }
        },
        "smoke_dns": {"site": "azure", "epoch": 2, "passed_at": 1_042.0},
        **changes,
    }
    ending = Ending(outcome, "why", "", "")
    return run_facts(
        run, state, ending, started_at=began, ended_at=began + 41, synchronous=synchronous
    )


def asked(**options: Any) -> dict[str, Any]:
    """Return the request of a run that a person started."""
    return {"trigger": "manual", "reason": "by hand", "occurred_at": ALARM_AT, **options}


def kept(record: Any, *earlier: Any) -> dict[str, Any]:
    """Return the record as it is kept after those earlier runs."""
    return accounted(record, earlier_runs(record, earlier))


def test_an_alarms_run_is_estimated_from_the_alarm_to_the_users_order() -> None:
    """42 s from the change of state to the order by the users' name; nobody lent a hand."""
    record = kept(facts())
    assert record["rto_estimated_seconds"] == 42.0
    assert record["rto_counts_from"] == "alarm"
    assert record["hold_estimated_seconds"] is None
    assert (record["manual_steps"], record["earlier_runs"]) == ([], [])
    assert (record["kind"], record["flow"], record["epoch"]) == ("failover", "failover", 2)


@pytest.mark.parametrize(
    ("request_", "since", "kind"),
    [
        ({"trigger": "watchdog"}, "watchdog", "failover"),
        ({"trigger": "manual"}, "request", "failover"),
        ({"trigger": "gameday"}, "request", "gameday"),
    ],
)
def test_it_says_what_an_estimate_counts_from(
    request_: dict[str, Any], since: str, kind: str
) -> None:
    """A person's request is no sign of when the outage began, and is not called one."""
    request = {"reason": "r", "occurred_at": ALARM_AT, **request_}
    record = kept(facts(request=request))
    assert (record["rto_counts_from"], record["kind"]) == (since, kind)


@pytest.mark.parametrize(
    "changes",
    [
        {"smoke_dns": None},
        {"smoke_dns": {"passed_at": None}},
        {"smoke_dns": {"passed_at": float("nan")}},
        {"smoke_dns": {"passed_at": 999.0}},
        {"request": {"trigger": "alarm", "occurred_at": "yesterday"}},
        {"request": {"trigger": "alarm"}},
    ],
)
def test_an_rto_whose_ends_are_not_known_is_null(changes: dict[str, Any]) -> None:
    """Neither a missing moment nor a clock that runs backwards becomes a zero."""
    record = kept(facts(**changes))
    assert record["rto_estimated_seconds"] is None
    assert record["rto_counts_from"] is None


def test_a_planned_switchover_counts_from_the_hold() -> None:
    """Users waited from holding the writes on, not from the moment that somebody asked."""
    fence = {"evidence": [], "final_lsn": 4096, "fenced_at": 1_030.0}
    record = kept(facts(request=asked(planned=True), fence=fence))
    assert record["rto_estimated_seconds"] == record["hold_estimated_seconds"] == 12.0
    assert record["rto_counts_from"] == "hold"
    assert record["rpo_bytes"] == 0


LOST = [
    # mode, request, where the fenced primary ended, what may be lost
    (True, {}, None, 0),
    (True, {"accept_data_loss": True}, None, None),
    (False, {}, None, None),
    (False, {}, 8192, 96),
    (False, {"accept_data_loss": True}, 8192, 96),
    (False, {"accept_data_loss": True}, None, None),
]


@pytest.mark.parametrize(("synchronous", "options", "final_lsn", "lost"), LOST)
def test_what_may_be_lost_follows_from_what_is_proven(
    synchronous: bool,  # noqa: FBT001 - a row of the table
    options: dict[str, Any],
    final_lsn: int | None,
    lost: int | None,
) -> None:
    """Zero by the required standby, exact by a fenced end, and null where AWS may have gone on."""
    fence = {"evidence": [], "final_lsn": final_lsn}
    record = kept(facts(request=asked(**options), fence=fence, synchronous=synchronous))
    assert record["rpo_bytes"] == lost


def test_a_run_that_promoted_nothing_lost_nothing_that_is_known() -> None:
    """A refused run has no RPO: null, not zero."""
    assert kept(facts(outcome="refused", moved=None))["rpo_bytes"] is None
    going_on = {"database": {"promotion": {"action": "already_promoted"}, "writable": {}}}
    assert kept(facts(moved=going_on))["rpo_bytes"] is None


def test_a_resumed_failover_is_of_its_incident() -> None:
    """The outage counts from the first run's alarm; going on by hand is a manual step."""
    stopped = facts(outcome="failed", smoke_dns=None)
    resumed = facts(
        "failover-manual-2",
        request=asked(occurred_at=1_200.0),
        observed={"situation": "moving"},
        moved={"database": {"promotion": {"action": "already_promoted"}, "writable": {}}},
        smoke_dns={"passed_at": 1_260.0},
        started_at=1_201.0,
    )
    record = kept(resumed, stopped)
    assert record["rto_estimated_seconds"] == 260.0
    assert record["rto_counts_from"] == "alarm"
    assert record["rpo_bytes"] == 0
    assert record["earlier_runs"] == ["failover-alarm-1"]
    assert record["manual_steps"] == [
        "started by hand after failover-alarm-1: failover-manual-2",
    ]


def test_a_reason_without_end_is_short_in_the_record() -> None:
    """A page of records has 1 MB; the bucket has the whole."""
    ending = Ending("failed", "log line\n" * 5_000, "", "")
    record = run_facts("failover-1", {}, ending, started_at=1.0, ended_at=2.0, synchronous=True)
    assert len(record["outcome_reason"]) == 1_000


def test_every_override_is_a_manual_step() -> None:
    """Each of the incident's runs adds what was overridden in it, in the order of the runs."""
    refused = facts(outcome="refused", moved=None, smoke_dns=None, request=asked(force=True))
    after = facts(
        "failover-manual-2",
        request=asked(accept_data_loss=True, force=True),
        started_at=1_100.0,
    )
    assert kept(after, refused)["manual_steps"] == [
        "overrode the votes: --force (failover-alarm-1)",
        "started by hand after failover-alarm-1: failover-manual-2",
        "overrode the votes: --force (failover-manual-2)",
        "accepted that writes may be lost: --accept-data-loss (failover-manual-2)",
    ]


def test_each_time_that_somebody_went_on_counts() -> None:
    """A third run has the second one's start among its manual steps, not its own alone."""
    stopped = facts(outcome="failed", smoke_dns=None)
    again = facts(
        "failover-manual-2", "failed", request=asked(), smoke_dns=None, started_at=1_100.0
    )
    last = facts("failover-manual-3", request=asked(), started_at=1_200.0)
    assert kept(last, stopped, again)["manual_steps"] == [
        "started by hand after failover-alarm-1: failover-manual-2",
        "started by hand after failover-manual-2: failover-manual-3",
    ]


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ({"approval": {"approved_by": "ada"}}, ["approved by ada (failback-manual-1)"]),
        (
            {"error": {"Error": "ApprovalDeniedError", "Cause": "rejected by ada"}},
            ["rejected by ada (failback-manual-1)"],
        ),
        ({"error": {"Error": "ApprovalDeniedError", "Cause": "nobody approved in time"}}, []),
        (
            {"request": asked(discard_forked_rows=True)},
            ["let the old primary's own rows go: --discard-forked-rows (failback-manual-1)"],
        ),
        ({}, []),
    ],
)
def test_a_persons_word_in_a_failback_counts(state: dict[str, Any], steps: list[str]) -> None:
    """Approving and rejecting are manual steps, silence is none; nor is starting it."""
    record = kept(facts("failback-manual-1", **{"request": asked(), **state}))
    assert record["manual_steps"] == steps


def test_a_failback_has_a_hold_and_no_rto() -> None:
    """From the first held write to the order by the users' name, served by AWS again."""
    record = kept(
        facts("failback-manual-1", request=asked(), hold={"held_at": 1_039.5}, promoted={})
    )
    assert record["hold_estimated_seconds"] == 2.5
    assert record["rto_estimated_seconds"] is None
    assert record["rpo_bytes"] == 0


def test_a_failback_that_died_after_admission_held_until_it_was_gone_on_with() -> None:
    """Users waited from the first run's hold to the second run's order."""
    died = facts("failback-manual-1", "failed", request=asked(), hold={"held_at": 1_010.0})
    died = {**died, "served_at": None}
    again = facts(
        "failback-manual-2",
        request=asked(),
        observed={"situation": "returning"},
        hold={"timeline": None},
        smoke_dns={"passed_at": 1_400.0},
        started_at=1_380.0,
    )
    assert kept(again, died)["hold_estimated_seconds"] == 390.0


def test_a_standby_that_is_only_mended_held_nobody_again() -> None:
    """Where AWS had served before the run stopped, the hold ended there."""
    stopped = facts("failback-manual-1", "failed", request=asked(), hold={"held_at": 1_040.0})
    mended = facts(
        "failback-manual-2",
        request=asked(),
        observed={"situation": "unprotected"},
        smoke_dns={"passed_at": 2_000.0},
        started_at=1_900.0,
    )
    assert kept(mended, stopped)["hold_estimated_seconds"] == 2.0


@pytest.mark.parametrize(
    ("earlier", "started_at"),
    [
        (facts(), 1_100.0),
        (facts(outcome="unchanged"), 1_100.0),
        (facts(outcome="failed"), 1_043.0 + 3_601),
        (facts("failback-manual-1", outcome="failed"), 1_100.0),
    ],
    ids=["recovered", "found nothing to do", "long ago", "the other way"],
)
def test_what_is_over_or_long_ago_is_another_incident(earlier: Any, started_at: float) -> None:
    """Such a run adds nothing to the next one's record."""
    record = kept(facts("failover-alarm-2", started_at=started_at), earlier)
    assert (record["earlier_runs"], record["manual_steps"]) == ([], [])


def test_a_step_by_hand_is_counted_with_the_run_before_it() -> None:
    """Of two runs the one that began last before it has it, and once, however often it is read."""
    out = facts()  # from 1002 s to 1043 s
    home = facts("failback-manual-1", request=asked(), started_at=2_000.0)
    steps = [resequenced_by_hand("azure", 3, "ada", at) for at in (1_000.0, 1_500.0, 5_700.0)]

    once = with_steps_by_hand([home, out], steps)
    again = with_steps_by_hand(once, steps)

    assert [one["run"] for one in once] == ["failback-manual-1", "failover-alarm-1"]
    told = "3 sequences moved by ada: landbridge resequence --site azure (1970-01-01T00:25:00"
    for home, out in (once, again):
        (step,) = kept(out, home)["manual_steps"]
        assert step.startswith(told)
        # An hour and more after the end of the last run it is part of none.
        assert kept(home, out)["manual_steps"] == []


def test_a_step_by_hand_while_a_run_is_on_is_that_runs() -> None:
    """It is not known yet when it ends."""
    on = {**facts(), "ended_at": None}
    (known,) = with_steps_by_hand([on], [resequenced_by_hand("aws", 1, "ada", 90_000.0)])
    assert len(kept(known)["manual_steps"]) == 1


def test_a_run_that_saw_nothing_has_its_request_where_the_input_was() -> None:
    """When the first step failed, the state is the machine's input with the error in it."""
    state = {"trigger": "manual", "reason": "r", "force": True, "error": {"Error": "X"}}
    ending = Ending("failed", "X", "", "")
    made = run_facts(
        "failover-manual-1", state, ending, started_at=1.0, ended_at=2.0, synchronous=True
    )
    record = kept(made)
    assert (record["trigger"], record["reason"], record["epoch"]) == ("manual", "r", None)
    assert record["manual_steps"] == ["overrode the votes: --force (failover-manual-1)"]
    assert record["rto_estimated_seconds"] is None
