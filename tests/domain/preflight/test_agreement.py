"""The preflight and the rules that a run goes by agree: what would stop a run is red before it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from landbridge.adapters.database_facts import RIGHTS
from landbridge.domain.database import StandbyConnection
from landbridge.domain.preflight.clusters import permissions, rehearsal_permissions
from landbridge.domain.preflight.database_rights import PROMOTION_RIGHTS, SWITCHOVER_RIGHTS
from landbridge.domain.promotion import Policy, decide_promotion
from tests.domain.preflight.healthy import changed, healthy, red, settings

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"

positions = st.integers(1, 20_000)
names = st.sampled_from(["azure", "AZURE", "restore"])
connections = st.builds(
    StandbyConnection,
    application_name=names,
    state=st.just("streaming"),
    sync_state=st.sampled_from(["sync", "quorum", "async", "potential"]),
    replay_lsn=positions,
)


@given(
    mode=st.sampled_from(["sync", "async"]),
    current=positions,
    received=positions,
    timelines=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    setting=st.sampled_from(["", "azure", "*", "ANY 1 (azure, other)", "other"]),
    own=st.sampled_from(["", "aws"]),
    standbys=st.lists(connections, max_size=3),
)
def test_what_the_promotion_gate_would_refuse_is_red_before(  # noqa: PLR0917 - hypothesis names them
    mode: str,
    current: int,
    received: int,
    timelines: tuple[int, int],
    setting: str,
    own: str,
    standbys: list[StandbyConnection],
) -> None:
    """Where a failover now would be refused, some check fails."""
    looks = changed(
        healthy(),
        "aws.look",
        current_lsn=current,
        timeline=timelines[0],
        synchronous_standby_names=setting,
        standbys=tuple(standbys),
    )
    looks = changed(
        looks,
        "azure.look",
        received_lsn=received,
        replayed_lsn=received,
        timeline=timelines[1],
        synchronous_standby_names=own,
    )
    wanted = settings(replication=mode)
    budgets = wanted.budgets
    policy = Policy(wanted.synchronous, "azure", budgets.rpo_seconds, budgets.rpo_bytes)
    decision = decide_promotion(looks.azure.look, looks.aws.look, policy)
    if decision.action == "refuse":
        assert "fail" in red(looks, replication=mode).values(), decision.reason


def granted(files: tuple[str, ...], user: str) -> set[str]:
    """Return what the roles in some manifests grant, as the permissions' sentences."""
    documents: list[dict[str, Any]] = []
    for name in files:
        documents += yaml.safe_load_all((DEPLOY / name).read_text())
    bound = {
        one["roleRef"]["name"]
        for one in documents
        if one["kind"] == "RoleBinding" and one["subjects"][0]["name"] == user
    }
    found = set()
    for role in documents:
        if role["kind"] != "Role" or role["metadata"]["name"] not in bound:
            continue
        for rule in role["rules"]:
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    for name in rule.get("resourceNames", [""]):
                        what = f"{resource} {name}".strip()
                        found.add(f"{verb} {what} in {role['metadata']['namespace']}")
    return found


@pytest.mark.parametrize(
    ("site", "files", "user"),
    [
        ("aws", ("aws/orchestrator.yaml",), "landbridge-orchestrator"),
        ("azure", ("azure/gate.yaml", "azure/takeover.yaml"), "landbridge-function"),
    ],
)
def test_each_verb_that_is_granted_is_asked_for(
    site: str, files: tuple[str, ...], user: str
) -> None:
    """The reviews ask for what the manifests grant: a role that loses a verb is found out."""
    wanted = settings()
    asked = permissions(site, wanted.deployment, wanted.database_pod, "landbridge")
    assert granted(files, user) == {str(one) for one in asked}


def test_each_verb_of_a_rehearsal_is_asked_for() -> None:
    """The reviews ask for what the rehearsal's role grants, and for no other."""
    asked = rehearsal_permissions(settings().deployment, "orders-rehearsal")
    assert granted(("azure/rehearsal.yaml",), "landbridge-function") == {str(one) for one in asked}


def test_a_database_in_a_namespace_of_its_own_has_its_pods_asked_for() -> None:
    """The fence and the rebuild look at its pods and their logs there."""
    wanted = settings()
    pod = replace(wanted.database_pod, namespace="data")
    asked = {str(one) for one in permissions("aws", wanted.deployment, pod)}
    assert {
        f"{verb} in {where}"
        for verb in ("list pods", "get pods/log")
        for where in ("orders", "data")
    } <= asked


def test_each_right_that_is_needed_is_asked_for() -> None:
    """The database is asked for every privilege that the checks judge, and for no other."""
    assert set(RIGHTS) == {*PROMOTION_RIGHTS, *SWITCHOVER_RIGHTS}


def test_a_right_is_missed_by_its_name() -> None:
    """Each privilege alone is enough to fail the check that needs it."""
    for right in RIGHTS:
        looks = healthy()
        for site in ("aws", "azure"):
            facts = getattr(looks, site)
            looks = replace(looks, **{site: replace(facts, rights={**facts.rights, right: False})})
        assert set(red(looks).values()) == {"fail"}, right
