"""What the preflight makes of a cluster's answers, refusals and silence."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from landbridge.adapters.cluster_facts import Questions, cluster_facts
from landbridge.domain.errors import AccessDeniedError, ClusterUnavailableError, InvalidEventError
from landbridge.domain.preflight.cluster_facts import Node, Permission, read_cluster
from landbridge.domain.settings import DatabasePod, Deployment

MAY = Permission("patch", "apps", "deployments/scale", "orders", "orders")
ASKED = Questions(
    "azure",
    Deployment("orders", "orders", 2),
    DatabasePod("orders", "orders-database", "orders-rebuild"),
    (MAY, Permission("list", "", "pods", "orders")),
    (2,),
    b"k" * 16,
)
TEMPLATE = {
    "containers": [
        {
            "name": "orders",
            "image": "orders:1",
            "envFrom": [{"secretRef": {"name": "orders-database"}}],
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
        }
    ]
}
NODE = {
    "metadata": {"name": "n"},
    "status": {
        "allocatable": {"cpu": "1", "memory": "1Gi", "pods": "10"},
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}


class Scripted:
    """A cluster by its answers; what is not in ``answers`` is not there."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        claims = [{"spec": {"resources": {"requests": {"storage": "1Gi"}}}}]
        self._answers: dict[str, Any] = {
            "selfsubjectaccessreviews": (201, {"status": {"allowed": True}}),
            "scale": (200, {}),
            "deployments/orders": (200, {"spec": {"template": {"spec": TEMPLATE}}}),
            "statefulsets/orders-database": (200, {"spec": {"volumeClaimTemplates": claims}}),
            "configmaps/orders-rebuild": (404, {}),
            "secrets/orders-database": (200, {"data": {"PGUSER": "b3JkZXJz"}}),
            "v1/nodes": (200, {"items": [NODE], "metadata": {}}),
            "v1/pods": (200, {"items": [], "metadata": {}}),
            "resourcequotas": (200, {"items": []}),
            **answers,
        }

    def request(
        self, method: str, path: str, body: object = None, _type: str = "application/json"
    ) -> tuple[int, str]:
        """Answer as the script says."""
        self.asked.append((method, path, body))
        plain, _, query = path.partition("?")
        found = [end for end in self._answers if plain.endswith(end)]
        answer = self._answers[max(found, key=len)] if found else (404, {"message": "not found"})
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(query, body)
        status, document = answer
        return status, document if isinstance(document, str) else json.dumps(document)


DENIED = AccessDeniedError("answered 403")


def test_a_cluster_as_it_should_be() -> None:
    """Everything is told, and crosses as JSON unchanged."""
    seen = cluster_facts(Scripted(), ASKED)
    assert (seen.reachable, seen.desired, seen.images) == (True, 0, {"orders": "orders:1"})
    assert set(seen.rights.values()) == {True}
    assert seen.dry_runs == {"2": ""}
    assert [(one.name, one.state, set(one.keys)) for one in seen.references] == [
        ("orders-database", "present", {"PGUSER"})
    ]
    assert (seen.volume_bytes, seen.database_wanted) == (1024**3, 0)
    assert seen.capacity.nodes == (Node("n", 1.0, 1024.0**3, 10),)
    assert seen.rebuild_job == "ConfigMap orders-rebuild is not there"
    assert read_cluster(json.loads(json.dumps(asdict(seen)))) == seen


def test_nothing_is_changed() -> None:
    """The one patch is a dry run, and the one thing that is posted is a question."""
    api = Scripted()
    cluster_facts(api, ASKED)
    changing = {(method, path) for method, path, _ in api.asked if method != "GET"}
    assert changing == {
        ("PATCH", "/apis/apps/v1/namespaces/orders/deployments/orders/scale?dryRun=All"),
        ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
    }


def test_a_verb_that_is_denied_is_named() -> None:
    """Each permission has its own answer; one without a verdict is not taken for a yes."""

    def review(_query: str, body: Any) -> tuple[int, Any]:
        asked = body["spec"]["resourceAttributes"]
        if asked["resource"] == "pods":
            return 201, {"status": {}}
        assert asked["subresource"] == "scale"
        return 201, {"status": {"allowed": False}}

    seen = cluster_facts(Scripted(selfsubjectaccessreviews=review), ASKED)
    assert seen.rights == {str(MAY): False, "list pods in orders": None}


@pytest.mark.parametrize("answer", [DENIED, (422, {"message": "denied by a webhook"})])
def test_a_dry_run_that_is_refused_says_why(answer: Any) -> None:
    """A webhook's word and a missing right are both reasons."""
    seen = cluster_facts(Scripted(scale=answer), ASKED)
    assert seen.reachable
    assert ("webhook" if isinstance(answer, tuple) else "403") in seen.dry_runs["2"]


def test_what_may_not_be_seen_is_unknown_and_hides_nothing_else() -> None:
    """Without the optional roles the rest is told all the same."""
    api = Scripted(**{"secrets/orders-database": DENIED, "v1/nodes": DENIED})
    seen = cluster_facts(api, ASKED)
    assert seen.references[0].state == "unknown"
    assert (seen.capacity.reason, seen.capacity.nodes) == ("answered 403", ())
    assert seen.images


def test_a_deployment_that_is_not_there_is_a_reason() -> None:
    """It has no images, and the reason says that it is missing."""
    seen = cluster_facts(Scripted(**{"deployments/orders": (404, {})}), ASKED)
    assert (seen.images, seen.desired, seen.workload_reason) == ({}, None, "it is not there")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ClusterUnavailableError("no route to host"), "no route to host"),
        (AccessDeniedError("answered 401"), "answered 401"),
        ((201, "<html>"), "no object"),
    ],
)
def test_a_cluster_that_does_not_answer_is_asked_once(answer: Any, words: str) -> None:
    """Silence is a reason after one question; nothing is waited for twice."""
    api = Scripted(selfsubjectaccessreviews=answer)
    seen = cluster_facts(api, ASKED)
    assert (seen.reachable, len(api.asked)) == (False, 1)
    assert words in seen.reason


def test_long_lists_are_read_to_their_end() -> None:
    """The API gives them in pages."""

    def nodes(query: str, _body: Any) -> tuple[int, Any]:
        last = "continue=more" in query
        return 200, {"items": [NODE], "metadata": {} if last else {"continue": "more"}}

    seen = cluster_facts(Scripted(**{"v1/nodes": nodes}), ASKED)
    assert len(seen.capacity.nodes) == 2


@pytest.mark.parametrize("document", [None, [], {}, {"site": "azure", "references": 7}])
def test_what_is_no_clusters_facts_is_refused(document: object) -> None:
    """Another version's answer, or another service's, is an error with a name."""
    with pytest.raises(InvalidEventError, match="not a cluster's facts"):
        read_cluster(document)


def test_a_rehearsals_verbs_are_asked_apart() -> None:
    """They have answers of their own, and what both need is asked once."""
    rehearsal = (Permission("get", "batch", "jobs", "orders", "orders-rehearsal"), MAY)
    api = Scripted()
    seen = cluster_facts(api, replace(ASKED, rehearsal=rehearsal))
    assert seen.rehearsal_rights == {str(one): True for one in rehearsal}
    assert set(seen.rights) == {str(one) for one in ASKED.permissions}
    reviews = [path for _, path, _ in api.asked if "accessreviews" in path]
    assert len(reviews) == 4  # the first is the question whether anybody answers


def test_quotas_that_may_not_be_read_are_not_taken_for_none() -> None:
    """The room on the nodes is told all the same."""
    seen = cluster_facts(Scripted(resourcequotas=DENIED), ASKED)
    assert (seen.capacity.quota, seen.capacity.quota_reason) == ({}, "answered 403")
    assert seen.capacity.nodes


def test_half_of_a_secret_is_not_quoted() -> None:
    """An answer that was cut off is an error that does not show what had come."""
    cut = '{"data": {"PGPASSWORD": "Y29ycmVjdCBob3Jz'
    seen = cluster_facts(Scripted(**{"secrets/orders-database": (200, cut)}), ASKED)
    assert not seen.reachable
    assert "Y29ycmVj" not in repr(seen)


def test_an_answer_that_makes_no_sense_is_a_reason() -> None:
    """What answers is no Kubernetes API: one part of the preflight, and not its end."""
    seen = cluster_facts(Scripted(**{"v1/nodes": (200, {"metadata": {}})}), ASKED)
    assert (seen.reachable, "makes no sense" in seen.reason) == (False, True)
