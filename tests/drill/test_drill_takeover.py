"""A drill whose way out is a takeover, and a takeover from a state machine that dies half way.

One lab, in this order: who may not starts none; every API of AWS is denied from the start, a person
in Azure takes over, and the workload goes home as after any failover. Then AWS is lost again, its
machine and a takeover begin in the same second, and the machine dies with the lock in its hand.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from kubernetes import client

from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.clouds.identities import DATABASE_CLIENT
from lab.clouds.options import LabOptions
from lab.drill.drill import play_in
from lab.drill.following import follow
from lab.drill.options import DrillOptions, Trigger, faults_for
from lab.drill.person import PersonInAzure
from lab.drill.rehearsal import Teller
from lab.drill.takeovers import kept_takeovers
from lab.faults.choosing import completed
from lab.faults.region import LOSS, inject
from lab.judgement.evidence import Evidence
from lab.processes.waiting import wait_until
from lab.report.model import RunRecord
from lab.report.promises import promises
from lab.report.write import write_report
from landbridge.adapters.kept_records import cloud_records, whole_record
from landbridge.domain.plan import step_named
from landbridge.domain.takeover_job import LABEL
from tests.drill.secrets_in_sight import (
    Arguments,
    files_in,
    lab_secrets,
    logs,
    records,
    seen_in,
    templates,
)
from tests.drill.stage import Stage

PATIENCE = {"timeout_seconds": 90.0, "poll_seconds": 0.1}
FAULTS = completed(faults_for(Trigger.HAND, ()), "sync")
OPTIONS = DrillOptions(LabOptions(), FAULTS, rate=40.0, clients=6, trigger=Trigger.HAND)
DEAD = "its execution was stopped: somebody saw it in the console before that went"


@dataclass(frozen=True)
class Played:
    """The drill as it was reported, and what it was judged by."""

    record: RunRecord
    evidence: Evidence


@pytest.fixture(scope="module", name="clouds")
def _clouds(arguments: Arguments) -> Iterator[Clouds]:
    assert arguments.seen is not None
    with Clouds(OPTIONS.lab) as clouds:
        yield clouds


@pytest.fixture(scope="module", name="played")
def _played(clouds: Clouds) -> Played:
    record, evidence, _ = play_in(clouds, OPTIONS, create_autospec(Teller))
    return Played(record, evidence)


def test_who_may_not_starts_nothing(clouds: Clouds) -> None:
    """Nobody, a key, and a database's own token: none of them begins a takeover or sees one."""
    guard = {"Authorization": f"Bearer {clouds.entra.token(DATABASE_CLIENT)}"}
    refused = {"nobody": {}, "a key": {"x-functions-key": "a-key"}, "the guard": guard}
    codes = {
        who: [
            _status_of(clouds, method, route, headers)
            for method, route in (("POST", "takeover"), ("GET", "takeovers"))
        ]
        for who, headers in refused.items()
    }
    assert codes == {"nobody": [401, 401], "a key": [401, 401], "the guard": [403, 403]}
    jobs = _jobs(clouds).list_namespaced_job(names.GATE_NAMESPACE, label_selector=f"app={LABEL}")
    assert jobs.items == []


def test_a_takeover_keeps_every_promise_and_the_workload_comes_home(played: Played) -> None:
    """Nothing lost, never two sites, no call of AWS's answered, and the judge found nothing."""
    record = played.record
    broken = [f"{one.name}: {one.why}" for one in promises(record) if not one.held]
    assert broken == [], "\n".join(broken)
    assert (record.executor, record.outcome, record.manual_steps) == ("azure", "recovered", ())
    assert (record.verdict.missing, record.verdict.acknowledged_by_new_site > 0) == (0, True)
    assert record.failback is not None
    assert record.failback.outcome == "recovered"


def test_every_api_of_aws_was_denied_and_none_was_asked(played: Played) -> None:
    """What was asked in vain is the alarm's event, on its way to a starter that is dead."""
    calls = played.evidence.calls
    assert calls
    assert all(not one.answered and one.by != "takeover" for one in calls), calls
    assert all("start-failover" in one.what for one in calls), calls


def test_the_report_has_votes_fence_and_steps_of_azures_own_journal(played: Played) -> None:
    """A person, the checkers by the zone's own word, and Azure's probe; AWS was out of reach."""
    record = played.record
    assert {one.witness: one.vote for one in record.votes} == dict.fromkeys(
        ("operator", "checkers", "azure"), "down"
    )
    assert {one.result for one in record.fence} == {"unreachable"}
    assert [one.state for one in record.gate] == ["closed", "engaged", "open", "closed"]
    assert len(record.steps) > 15


def test_both_clouds_keep_its_record_and_people_were_told(clouds: Clouds, played: Played) -> None:
    """In AKS from the start, in AWS's table and bucket since it is back; the chat had a message."""
    run = played.record.run
    kept = kept_takeovers(clouds)[run]
    assert kept["lease"]["reason"] == "nobody holds the run lock"
    (home,) = [one for one in cloud_records(clouds.operations, 10) if one["run"] == run]
    assert home == kept["record"]
    assert "steps" in whole_record(clouds.operations, run)
    assert any("Azure serves" in json.dumps(message) for message in clouds.chat.messages)


def test_no_secret_of_a_takeover_is_in_sight(
    clouds: Clouds, played: Played, arguments: Arguments, tmp_path: Path
) -> None:
    """In no log, template, Job, record of either cloud, report or argument."""
    write_report(played.record, tmp_path)
    jobs = _jobs(clouds).list_namespaced_job(names.GATE_NAMESPACE, label_selector=f"app={LABEL}")
    sights = {
        "templates": templates(clouds),
        "logs": logs(clouds),
        "AWS's records": records(clouds),
        "AKS's records": [(run, json.dumps(one)) for run, one in kept_takeovers(clouds).items()],
        "Jobs": [(one.metadata.name, str(one)) for one in jobs.items],
        "reports": files_in(tmp_path),
        "arguments": [("argument", one) for one in arguments.seen],
    }
    secrets = lab_secrets(clouds)

    assert {place: seen_in(texts, secrets) for place, texts in sights.items()} == {
        place: [] for place in sights
    }
    assert jobs.items
    # The pattern knows the tokens that are shown in this lab.
    token = clouds.entra.token(DATABASE_CLIENT)
    assert seen_in([("a log", f"Authorization: Bearer {token}")], {}) == [("a log", "a token")]


@dataclass
class Halfway:
    """AWS's run, which died with the lock; the takeover beside it; and the one that went on."""

    stage: Stage
    fault_at: float
    dead: str
    beside: str
    after: str = ""


@pytest.fixture(scope="module", name="halfway")
def _halfway(clouds: Clouds, played: Played) -> Halfway:
    assert played.record.failback is not None, "the workload is not home"
    up, person = Stage(clouds), PersonInAzure(clouds)
    up.traffic.start()
    clouds.let_a_minute_pass()
    up.wait_for_alarm_ok()
    before = up.executions()
    engage = step_named("engage_gate").function_name(clouds.configuration.workload)
    clouds.aws.stop_after(engage)
    fault_at = inject(LOSS, clouds)
    dead = up.new_run(before)
    wait_until(lambda: up.lock_holder() == dead, "a machine with the lock", **PATIENCE)
    return Halfway(up, fault_at, dead, person.take_over("users cannot write, and nobody acts"))


def test_beside_a_machine_that_acts_a_takeover_says_who_holds_the_lock(halfway: Halfway) -> None:
    """Begun in the same second; it waits, and has touched nothing."""
    up, seen = halfway.stage, dict[str, Any]()

    def looked() -> bool:
        seen.update(kept_takeovers(up.clouds).get(halfway.beside, {}))
        return "lease" in seen

    wait_until(looked, "a takeover that looked at the lock", **PATIENCE)
    assert f"run {halfway.dead} holds the lock" in seen["lease"]["reason"]
    assert up.end_of(halfway.dead).status == "ABORTED"
    assert (up.gate()["state"], up.gate()["holder"]) == ("engaged", halfway.dead)
    assert up.lock_holder() == halfway.dead


def test_a_person_takes_the_dead_machines_lock_and_it_goes_on(halfway: Halfway) -> None:
    """AWS's APIs are dead by now; no acknowledged write is missing, and one site took them."""
    up, clouds = halfway.stage, halfway.stage.clouds
    clouds.aws.begin_outage()
    clouds.aws_cluster.refuse(names.ORCHESTRATOR_USER, "dead")
    _delete_job(clouds, halfway.beside)
    halfway.after = PersonInAzure(clouds).take_over("AWS's run is dead", take_lock=DEAD)
    run = follow(clouds, halfway.after, lambda _run: None)
    assert run.status == "SUCCEEDED", (run.error, run.cause)
    lease = kept_takeovers(clouds)[run.name]["lease"]
    assert (lease["act"], lease["taking"]["holder"]) == ("take", halfway.dead)
    assert DEAD in lease["reason"]
    up.traffic.wait_for_writes("azure", 20, 30.0)
    assert (up.gate()["state"], up.gate()["holder"], up.dns()) == ("open", run.name, "azure")
    up.traffic.stop()
    verdict = up.verdict(halfway.fault_at)
    assert (verdict.missing_ids, verdict.both_sites_ids) == ((), ())
    assert verdict.acknowledged_by_new_site > 0
    assert not [one for one in clouds.aws.calls_in_outages() if one["answered"]]


def test_asked_again_it_finds_azure_serving(halfway: Halfway) -> None:
    """A takeover after the takeover changes nothing and ends well."""
    up, clouds = halfway.stage, halfway.stage.clouds
    # Whoever asks while the first one's pod is still there is told of that run.
    wait_until(lambda: _is_over(clouds, halfway.after), "the takeover's Job's end", **PATIENCE)
    before = up.gate()
    run = follow(clouds, PersonInAzure(clouds).take_over("once more"), lambda _run: None)
    assert run.status == "SUCCEEDED"
    assert "moved" not in run.state
    assert up.gate() == before


def _status_of(clouds: Clouds, method: str, route: str, headers: dict[str, str]) -> int:
    url = f"{clouds.function_host.url}/api/{route}"
    data = json.dumps({"reason": "why not"}).encode() if method == "POST" else None
    request = Request(url, data, headers, method=method)  # noqa: S310 - https
    context = clouds.authority.client_context()
    try:
        with urlopen(request, timeout=10.0, context=context) as answer:  # noqa: S310 - https
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def _jobs(clouds: Clouds) -> Any:
    return client.BatchV1Api(clouds.azure_cluster.admin())


def _is_over(clouds: Clouds, name: str) -> bool:
    return bool(_jobs(clouds).read_namespaced_job(name, names.GATE_NAMESPACE).status.succeeded)


def _delete_job(clouds: Clouds, name: str) -> None:
    """As the page for the person at 3 am has it: ``kubectl -n landbridge delete job/NAME``."""
    jobs = _jobs(clouds)
    policy = {"propagation_policy": "Foreground"}
    jobs.delete_namespaced_job(name, names.GATE_NAMESPACE, **policy)

    def gone() -> bool:
        every = jobs.list_namespaced_job(names.GATE_NAMESPACE).items
        return name not in {one.metadata.name for one in every}

    wait_until(gone, "the Job's end", **PATIENCE)
