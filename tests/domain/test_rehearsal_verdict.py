"""When a rehearsal may begin, what it must not change, and what it must not leave."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from landbridge.domain.database_rebuild import JobState
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.rehearsal import Progress, RehearsalLook
from landbridge.domain.rehearsal_verdict import (
    Production,
    SiteFacts,
    differences,
    leaks,
    read_production,
    refusals,
    verdict,
)

GATE = {"state": "closed", "active_site": "aws", "epoch": 3, "holder": "", "since": "then"}
AWS = SiteFacts("aws", "", False, 1, 3, ("azure",), ("azure streaming sync",))
AZURE = SiteFacts("azure", "", True, 1, 3)
CALM = Production(GATE, "aws", (AWS, AZURE))
GONE = RehearsalLook(JobState.ABSENT, where="orders/orders-rehearsal")
ORDER = "0b5a1b1e-0000-4000-8000-000000000001"


def changed(site: SiteFacts, **fields: Any) -> Production:
    """Return the calm production with one site changed."""
    sites = (replace(one, **fields) if one == site else one for one in CALM.sites)
    return replace(CALM, sites=tuple(sites))


def test_a_calm_production_may_be_rehearsed_beside() -> None:
    """AWS serves, Azure is its standby, nobody runs."""
    assert list(refusals(CALM, GONE)) == []


@pytest.mark.parametrize(
    ("production", "look", "why"),
    [
        (CALM, replace(GONE, lock_holder="failover-1"), "failover-1 is on"),
        (replace(CALM, gate=GATE | {"state": "open"}), GONE, "the gate is open"),
        (replace(CALM, gate={}), GONE, "the gate is None"),
        (changed(AZURE, in_recovery=False), GONE, "azure's database is a primary"),
        (changed(AWS, in_recovery=True), GONE, "aws's database is a standby"),
        (changed(AZURE, reason="no answer", in_recovery=None), GONE, "azure: no answer"),
        (replace(CALM, dns="azure"), GONE, "DNS does not answer AWS: azure"),
        (replace(CALM, dns="unknown: no name server answered"), GONE, "DNS does not answer AWS"),
        (changed(AWS, standbys=()), GONE, "no standby streams from aws"),
        (changed(AWS, standbys=("azure catchup sync",)), GONE, "no standby streams from aws"),
    ],
)
def test_any_other_is_not(production: Production, look: RehearsalLook, why: str) -> None:
    """What is unknown counts as not calm."""
    assert why in " ".join(refusals(production, look))


def test_what_stayed_as_it_was_is_no_difference() -> None:
    """An order that production does not know is the very proof."""
    assert list(differences(CALM, replace(CALM, order_known=False), ORDER)) == []


def test_what_nobody_could_say_before_and_after_is_a_difference() -> None:
    """Twice unknown is not the same: DNS may have answered anything, the order be anywhere."""
    silent = replace(CALM, dns="unknown: no name server answered")
    assert len(list(differences(silent, silent))) == 1
    (said,) = differences(CALM, CALM, ORDER)
    assert said.startswith("nobody could say whether")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (replace(CALM, gate=GATE | {"state": "engaged"}), "gate: closed in epoch 3 since then,"),
        (replace(CALM, gate=GATE | {"since": "now"}), "gate:"),
        (replace(CALM, dns="azure"), "DNS: aws, then azure"),
        (changed(AWS, slots=()), "aws: slots azure have gone"),
        (changed(AWS, standbys=()), "aws: standbys azure streaming sync, then none"),
        (changed(AWS, timeline=2), "aws: timeline 1, then 2"),
        (changed(AZURE, in_recovery=False), "azure: in_recovery True, then False"),
        (changed(AZURE, epoch=4), "azure: epoch 3, then 4"),
        (changed(AZURE, reason="no answer"), "azure: no answer"),
        (replace(CALM, order_known=True), "known to the site that serves"),
    ],
)
def test_every_change_of_production_is_named(after: Production, said: str) -> None:
    """Gate, DNS, replication, slots, and an order in the wrong database."""
    (found,) = differences(CALM, after)
    assert said in found


def test_nothing_left_is_no_leak() -> None:
    """And replication by others is none, nor a slot that was there before."""
    assert list(leaks(CALM, CALM, GONE)) == []
    assert list(leaks(None, CALM, GONE)) == []


@pytest.mark.parametrize(
    ("after", "look", "name", "remedy"),
    [
        (CALM, None, "unknown: whether its Job and pods are gone", "landbridge rehearse --clean"),
        (
            changed(AZURE, reason="no answer"),
            GONE,
            "unknown: what is left at azure: no answer",
            "landbridge status",
        ),
        (
            CALM,
            replace(GONE, job=JobState.RUNNING, job_run="rehearsal-1"),
            "Job orders/orders-rehearsal (running)",
            "kubectl -n orders delete job orders-rehearsal",
        ),
        (
            CALM,
            replace(GONE, pods=("orders-rehearsal-x",)),
            "Pod orders/orders-rehearsal-x",
            "kubectl -n orders delete pod orders-rehearsal-x",
        ),
        (
            CALM,
            replace(GONE, claims=("orders-rehearsal-x-clone",)),
            "PersistentVolumeClaim orders/orders-rehearsal-x-clone",
            "kubectl -n orders delete pvc orders-rehearsal-x-clone",
        ),
        (
            changed(AZURE, rehearsals=("17 walsender",)),
            GONE,
            "azure's connection 17 walsender",
            "there: SELECT pg_terminate_backend(17)",
        ),
        (
            changed(AZURE, slots=("pg_basebackup_7",)),
            GONE,
            "azure's slot pg_basebackup_7, which is new",
            "there, if it is nobody's: SELECT pg_drop_replication_slot('pg_basebackup_7')",
        ),
    ],
)
def test_each_thing_that_is_left_has_its_name_and_remedy(
    after: Production, look: RehearsalLook | None, name: str, remedy: str
) -> None:
    """What nobody could ask about counts as left."""
    (found,) = leaks(CALM, after, look)
    assert found.name.startswith(name)
    assert found.remedy == remedy


DONE = Progress("All was shown", done=True)


def test_it_passed_only_where_all_three_are_well() -> None:
    """Shown, removed, and production untouched."""
    assert verdict(DONE, (), ()).passed
    left = tuple(leaks(CALM, CALM, None))
    assert not verdict(DONE, left, ()).passed
    assert not verdict(DONE, (), ("DNS",)).passed
    assert not verdict(Progress("Copying"), (), ()).passed


def test_one_that_was_interrupted_says_where() -> None:
    """A person who ended it reads how far it was."""
    assert verdict(Progress("Copying"), (), ()).failed == "it stopped at: Copying"


def test_a_ledger_is_read_back_as_it_was_sent() -> None:
    """The command judges what the Lambda saw."""
    sent = {**asdict(CALM), "order_known": None}
    assert read_production(sent) == CALM


@pytest.mark.parametrize("change", [{"sites": [{}]}, {"gate": None}, {"sites": None}])
def test_another_answer_is_no_ledger(change: dict[str, object]) -> None:
    """It is refused by name."""
    with pytest.raises(InvalidEventError, match="not production's ledger"):
        read_production(asdict(CALM) | change)
